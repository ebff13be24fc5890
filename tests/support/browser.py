"""A headless Chromium that opens pages from disk without a network, and reports what they do.

The browser is the one that CHROMIUM names, or ``chromium`` on the PATH; Debian's package is enough.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

#: Milliseconds that the opening of a page may take: many times what a busy machine needs.
_OPENING = 120_000

Scheme = Literal["light", "dark"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser with a profile of its own; skip the test where there is none."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium; install Debian's, or name one in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser,
    path: Path,
    width: int = 1280,
    scheme: Scheme = "light",
    bypass_csp: bool = False,
) -> Iterator[Page]:
    """Open a file; at the end make sure that it asked for nothing else, and that nothing failed."""
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=bypass_csp,
        offline=True, accept_downloads=True,
    )  # fmt: skip
    page = context.new_page()
    asked, failed = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda message: failed.append(message.text))
    page.on("dialog", lambda dialog: failed.append(dialog.message))
    try:
        page.goto(path.as_uri(), timeout=_OPENING)
        yield page
        assert failed == []
        assert [each for each in asked if not each.startswith("blob:")] == [path.as_uri()]
    finally:
        context.close()
