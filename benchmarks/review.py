"""Draw the review page as a picture, for the page on the command line.

    python -m benchmarks.review

Knows: which documents are shown, how wide the page is. Does not know: what the page shows of them.
It needs playwright, which comes with the extra ``test``, and Chromium: Debian's, or the one that
CHROMIUM names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = ROOT / "tests" / "ferry.txt"
PICTURE = Path(__file__).with_name("review.png")

#: Pixels of the picture.
WIDTH, HEIGHT = 1080, 860

RELEASE = (
    "To install version 3.4 of the tide service, stop the old one, copy the archive to the "
    "station, and start the installer with the name of the harbour."
)


def main() -> None:
    """Make the documents and their page, and write the picture."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "docs")
        command = (sys.executable, "-m", "dedup.cli", "find", "docs", "--format", "html")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [*command, "-o", "review.html"], cwd=folder, env=environment, check=True
        )  # fmt: skip
        draw(folder / "review.html", PICTURE)
    print(PICTURE)


def make(folder: Path) -> None:
    """Write documents that repeat paragraphs, edit some, and change facts in others."""
    folder.mkdir()
    text = ARTICLE.read_text(encoding="utf-8").splitlines()
    edited = text[7].replace("has sunk once", "sank only once").replace("pull the", "drag the")
    for name, paragraphs in {
        "ferry.md": [*text[1:4], text[7], RELEASE],
        "history.md": [text[9], edited, text[8]],
        "news.md": [*text[2:4], text[5], RELEASE.replace("3.4", "3.5")],
    }.items():
        (folder / name).write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")


def draw(page: Path, picture: Path) -> None:
    """Open a page and write what is seen of it."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", offline=True
        )
        shown = context.new_page()
        shown.goto(page.as_uri())
        shown.evaluate("document.querySelector('details.why').open = true")
        shown.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
