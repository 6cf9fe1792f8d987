"""Photographs every page: `python -m tests.browser.shots FOLDER [--link LINK] [--readme]`.

Without a link it starts its own server over a small seeded district; with one it photographs a server that runs already.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from dashboard.access import add_account
from tests.browser.addresses import ADDRESSES, AUDITOR, BY_AUDITOR, MORE
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.lived import live
from tests.browser.mailed import mail
from tests.browser.pictures import indexed
from tests.browser.seeded import NOON, SeededDistrict
from tests.browser.serving import serve

SIZES = {"desk": (1920, 1080), "phone": (390, 844)}
WALLS = {"wall": (1920, 1080), "wall-wide": (3840, 1080)}
READY = "[data-painted], .page:not([data-view]), .page[data-view=''], .blank:visible, .signin"
PAGES = {one.name: one.path for one in ADDRESSES.values()} | MORE
PICTURED = "make shots"
"""The name of a wall that is only photographed, before its code: one that was left behind must not be taken for it."""
OF_ANY = {name: path for name, path in PAGES.items() if path.count("/") == 1 and "?" not in path}
"""Those that a server which runs already has as well."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.shots", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--link", help="a one-time sign-in link of a running server, http://HOST:PORT/enter/TOKEN")
    parser.add_argument("--only", default="", metavar="NAMES", help="these pages, comma between")
    parser.add_argument("--readme", action="store_true", help="only the few small pictures of the README")
    asked = parser.parse_args(argv)
    path = chromium_path()
    if path is None:
        print("no Chromium: install the package chromium, or say where it is in CHROMIUM", file=sys.stderr)
        return 1
    os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
    asked.folder.mkdir(parents=True, exist_ok=True)
    photograph = _for_the_readme if asked.readme else _photograph
    with _server(asked.link) as (url, link, auditors, pages), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        state = _sign_in(browser, link, None if asked.readme else asked.folder)
        chosen = {name: path for name, path in pages.items() if not asked.only or name in asked.only.split(",")}
        apart = BY_AUDITOR & chosen.keys()
        for name in photograph(browser, url, state, {n: p for n, p in chosen.items() if n not in apart}, asked.folder):
            print(name)
        if auditors and apart and not asked.readme:
            state = _sign_in(browser, auditors, None)
            for name in photograph(browser, url, state, {n: chosen[n] for n in apart}, asked.folder):
                print(name)
        browser.close()
    return 0


@contextmanager
def _server(link: str | None) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Its address, the officer's link, the auditor's ('' where nobody made one), and the pages that it has."""
    if link:
        yield link.partition("/enter/")[0], link, "", OF_ANY
        return
    with tempfile.TemporaryDirectory() as folder:
        district = SeededDistrict(Path(folder) / "eldercare.db")
        district.register()
        district.day_so_far()
        live(district)
        with serve(district, NOON / 1e6 - time.time(), Path(folder)) as served:
            mail(district, "duty-desk", int(time.time() * 1e6))
            add_account(district.engine, AUDITOR, "auditor", "", int(time.time() * 1e6))
            yield served.url, served.link(), served.link(AUDITOR), PAGES
        district.engine.dispose()


def _sign_in(browser: Browser, link: str, folder: Path | None) -> dict:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(link)
    if folder:
        page.screenshot(path=folder / "enter.png")
    page.click("button[type=submit]")
    page.wait_for_selector("[data-painted]")
    state = context.storage_state()
    context.close()
    return state


def _photograph(browser: Browser, url: str, state: dict, pages: dict[str, str], folder: Path) -> Iterator[str]:
    for language in ("zh", "en"):
        for theme in ("light", "dark"):
            for size, (width, height) in SIZES.items():
                page = _page(browser, url, state, language, theme, (width, height), 2 if size == "phone" else 1)
                for name, path in _with_a_site(page, url, pages).items():
                    picture = f"{name}-{size}-{theme}-{language}.png"
                    _shoot(page, url + path, folder / picture, size == "phone" and name != "map")
                    yield picture
                page.context.close()
        for name, size in WALLS.items() if "walls" in pages else ():
            with _wall(browser, url, state, language, size) as page:
                page.screenshot(path=folder / f"{name}-{language}.png")
                yield f"{name}-{language}.png"


@contextmanager
def _wall(browser: Browser, url: str, state: dict, language: str, size: tuple[int, int]) -> Iterator[Page]:
    """A screen that an officer lets in for a picture, and sends away after it."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(120_000)
    screen, officer = context.new_page(), _page(browser, url, state, "zh", "light", SIZES["desk"], 1)
    screen.goto(f"{url}/wall?lang={language}")
    screen.wait_for_selector("[data-code]")
    officer.goto(f"{url}/walls")
    code = screen.evaluate("document.documentElement.dataset.code")
    officer.fill(".wallform [name=code]", code)
    officer.fill(".wallform [name=name]", f"{PICTURED} {code}")
    officer.click(".wallform button")
    screen.wait_for_selector("[data-painted]")
    screen.wait_for_timeout(2000)
    yield screen
    row = officer.locator(".wallrows > li", has_text=f"{PICTURED} {code}")
    # A second press that comes too late asks again: on a busy machine the two may lie seconds apart.
    while row.is_visible():
        with suppress(PlaywrightTimeoutError):
            for _ in ("sure?", "yes"):
                row.locator("button").click(timeout=30_000)
            row.wait_for(state="hidden", timeout=30_000)
    officer.context.close()
    context.close()


README = (
    ("overview-light-en", "overview", "en", "light", SIZES["desk"]),
    ("alarms-light-en", "alarms", "en", "light", (1440, 900)),
    ("site-dark-zh", "site", "zh", "dark", (1680, 945)),
    ("phone-zh", "overview", "zh", "light", SIZES["phone"]),
)


def _for_the_readme(browser: Browser, url: str, state: dict, pages: dict[str, str], folder: Path) -> Iterator[str]:
    """The first screen of a few pages, small enough to be carried by every clone."""
    for name, what, language, theme, size in README:
        page = _page(browser, url, state, language, theme, size, 2 if size == SIZES["phone"] else 1)
        page.goto(url + _with_a_site(page, url, pages)[what])
        page.wait_for_selector("[data-painted]")
        page.wait_for_timeout(3000)
        empty = browser.new_page()
        (folder / f"{name}.png").write_bytes(indexed(empty, page.screenshot()))
        empty.close()
        page.context.close()
        yield f"{name}.png"
    with _wall(browser, url, state, "zh", SIZES["desk"]) as page:
        empty = browser.new_page()
        (folder / "wall-zh.png").write_bytes(indexed(empty, page.screenshot()))
        empty.close()
    yield "wall-zh.png"


def _page(
    browser: Browser, url: str, state: dict, language: str, theme: str, size: tuple[int, int], scale: int
) -> Page:
    context = browser.new_context(
        storage_state=state, viewport={"width": size[0], "height": size[1]}, device_scale_factor=scale
    )
    cookies = {"lang": language, "theme": theme}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    context.set_default_timeout(120_000)
    return context.new_page()


def _with_a_site(page: Page, url: str, pages: dict[str, str]) -> dict[str, str]:
    """On a server that runs already, the first street centre of its list, which has several areas."""
    if "site" in pages or pages.keys() <= BY_AUDITOR:
        return pages
    page.goto(f"{url}/sites")
    page.wait_for_selector("[data-painted]")
    first = page.locator("a.site", has=page.locator(".ki[data-kind=STC]")).first.get_attribute("href")
    return pages | {"site": first}


def _shoot(page: Page, address: str, picture: Path, whole: bool) -> None:
    """`whole`: as tall as the page, which on a phone scrolls inside its frame."""
    page.goto(address)
    page.wait_for_selector(READY)
    page.wait_for_timeout(500)
    if whole:
        tall = page.evaluate("() => Math.max(844, 120 + (document.querySelector('.page')?.scrollHeight || 0))")
        page.set_viewport_size({"width": 390, "height": min(tall, 4000)})
        page.wait_for_timeout(200)
    page.screenshot(path=picture)
    if whole:
        page.set_viewport_size({"width": 390, "height": 844})


if __name__ == "__main__":
    sys.exit(main())
