"""The first visit of the overview page: what crosses the wire, and when something is painted."""

from bench.browser import chromium, signed_in
from bench.platform import platform
from bench.report import Row, most
from bench.sending import warm_up
from bench.sizes import Sizes
from bench.web import Web, web


def visit(sizes: Sizes) -> list[Row]:
    with platform(sizes.district, sizes.database) as its_platform, web(its_platform) as its_web, chromium() as browser:
        warm_up(its_platform)
        seen = [_first_visit(browser, its_web) for _ in range(sizes.repeats)]
    how = f"{sizes.district} sites"
    return [
        Row(f"on the wire, {how}", "kB", tuple(kb for kb, _, _ in seen), most(700), "nothing in the cache"),
        Row("first content painted", "ms", tuple(first for _, first, _ in seen), most(1500)),
        Row(
            "numbers painted",
            "ms",
            tuple(numbers for _, _, numbers in seen),
            None,
            "the first live frame is on the page",
        ),
    ]


def _first_visit(browser, web: Web) -> tuple[float, float, float]:  # type: ignore[no-untyped-def]
    """(kilobytes, ms to the first content, ms to the first numbers); in a context whose cache is empty."""
    context = signed_in(browser, web)
    fresh = browser.new_context(storage_state=context.storage_state(), viewport={"width": 1920, "height": 1080})
    fresh.set_default_timeout(60_000)
    page = fresh.new_page()
    octets = [0]
    wire = fresh.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda said: octets.__setitem__(0, octets[0] + int(said["encodedDataLength"])))
    page.goto(web.url + "/")
    page.wait_for_selector("[data-painted]")
    numbers = float(page.evaluate("performance.now()"))
    page.wait_for_timeout(1000)
    first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1")
    fresh.close()
    context.close()
    return octets[0] / 1000, float(first), numbers
