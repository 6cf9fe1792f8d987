"""A real browser before the real server, over a small seeded district."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.seeded import NOON, SeededDistrict
from tests.browser.serving import Served, serve

DESK = (1920, 1080)
PHONE = (390, 844)
PATIENCE_MS = 90_000
"""A condition ends a wait; a busy machine only lengthens it."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        reason = "no Chromium: install the package chromium, or say where it is in CHROMIUM"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server over the seeded district; tests that change it put nothing back, so they use sites of their own."""
    district = SeededDistrict(tmp_path_factory.mktemp("district") / "eldercare.db")
    district.register()
    district.day_so_far()
    with serve(district, NOON / 1e6 - time.time(), tmp_path_factory.mktemp("server")) as served:
        yield served
    district.engine.dispose()


@pytest.fixture(scope="session")
def room(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """One browsing session of somebody who came in by a one-time link; its cache spares every page after the first."""
    context = browser.new_context(locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(served.link())
    page.click("button[type=submit]")
    page.wait_for_selector("[data-painted]")
    page.close()
    yield context
    context.close()


@pytest.fixture(autouse=True)
def ages_stay(request: pytest.FixtureRequest) -> None:
    if "served" in request.fixturenames:
        request.getfixturevalue("served").stand_still()


@dataclass
class Desk:
    """Opens pages as one signed-in person, and keeps what went wrong on them."""

    room: BrowserContext
    served: Served
    opened: list[Page] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def open(
        self, path: str, language: str = "zh", theme: str = "light", size: tuple[int, int] = DESK, painted: bool = True
    ) -> Page:
        page = self.blank(language, theme, size)
        page.goto(self.served.url + path)
        if painted:
            page.wait_for_selector("[data-painted]")
        return page

    def blank(self, language: str = "zh", theme: str = "light", size: tuple[int, int] = DESK) -> Page:
        return self._page(self.room, language, theme, size)

    def alone(self, language: str = "zh", theme: str = "light", size: tuple[int, int] = DESK) -> Page:
        """Signed in as well, but with an empty cache and a clock of its own."""
        browser = self.room.browser
        assert browser is not None
        context = browser.new_context(storage_state=self.room.storage_state(), locale="zh-CN")
        context.set_default_timeout(PATIENCE_MS)
        return self._page(context, language, theme, size)

    def close(self) -> None:
        for page in self.opened:
            page.close() if page.context is self.room else page.context.close()

    def _page(self, context: BrowserContext, language: str, theme: str, size: tuple[int, int]) -> Page:
        cookies = {"lang": language, "theme": theme}
        context.add_cookies([{"name": name, "value": value, "url": self.served.url} for name, value in cookies.items()])
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("request", self._asked)
        self.opened.append(page)
        return page

    def _said(self, message) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console {message.type}: {message.text}")

    def _asked(self, request) -> None:
        if not request.url.startswith((self.served.url, "data:", "blob:")):
            self.wrong.append(f"request to {request.url}")


@pytest.fixture
def desk(room: BrowserContext, served: Served) -> Iterator[Desk]:
    desk = Desk(room, served)
    yield desk
    desk.close()


@pytest.fixture
def tidy(desk: Desk) -> Iterator[Callable[..., Page]]:
    """Opens pages and afterwards insists that nothing was said on the console and nobody else was asked."""
    yield desk.open
    assert desk.wrong == []
