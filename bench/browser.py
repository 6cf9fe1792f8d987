"""A headless Chromium that has signed in."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.processes import CannotMeasure
from bench.web import Web

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


@contextmanager
def chromium() -> Iterator[Browser]:
    path = (
        os.environ.get("CHROMIUM")
        or shutil.which("chromium-headless-shell")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
    )
    if path is None:
        raise CannotMeasure("no Chromium: install the package chromium, or say where it is in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def signed_in(browser: Browser, web: Web) -> BrowserContext:
    # From 1680 on a map stands where the list is, and it is the list whose numbers are watched.
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, locale="zh-CN")
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(web.link())
    page.click("button[type=submit]")
    page.wait_for_url(web.url + "/")
    page.close()
    return context


def overview(context: BrowserContext, web: Web) -> Page:
    page = context.new_page()
    page.goto(web.url + "/")
    page.wait_for_selector("[data-painted]")
    return page
