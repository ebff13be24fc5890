"""Measure how long a review page takes to open in headless Chromium, and to scroll.

    python -m benchmarks.browser [--findings 1000,10000] [--repeats 5]

Knows: Chromium by playwright, how the page marks a drawn finding. Does not know: what the page
shows.

``dedup find --format html`` makes the page, from made paragraphs of which each has a copy; half of
the copies are edited. It needs playwright, which comes with the extra ``test``, and Chromium:
Debian's, or the one that CHROMIUM names.

A time is the best of all repeats. Processor time is that of all processes of Chromium from the call
until the list is drawn; other programs disturb it less than the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import corpus
from benchmarks.measure import _lines, _tree, machine, table
from benchmarks.recombined import edit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent

#: Seconds in which the list should be drawn, and documents that the paragraphs lie in.
_WANTED, _DOCUMENTS = 2.0, 40

#: Ends when the list is drawn: the finding stands there, and the frame after it was painted.
_DRAWN = """() => document.querySelector("article") && new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""

#: Scrolls from top to bottom in a hundred frames; gives the milliseconds of each.
_SCROLL = """async () => {
    const step = document.documentElement.scrollHeight / 100;
    const times = [];
    for (let k = 0; k < 100; k += 1) {
        const begin = performance.now();
        scrollBy(0, step);
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - begin);
    }
    return times;
}"""

_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")


class Opening(NamedTuple):
    """One opening: seconds till the list was drawn, by the clock and of processors; a scroll.

    scroll: seconds from top to bottom in a hundred frames. longest: seconds of the longest frame.
    findings: how many the page says it shows.
    """

    findings: str
    seconds: float
    busy: float
    scroll: float
    longest: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pages, open each, and print a table; exit with 1 where one takes too long."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--findings", default="1000,10000", help="findings of each page")
    parser.add_argument("--repeats", type=int, default=5, help="runs; the best counts")
    options = parser.parse_args(arguments)
    print(machine(("dedup-paragraphs", "playwright")))
    rows, slowest = [], 0.0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM") or shutil.which("chromium")
        for count in map(int, options.findings.split(",")):
            path = make(Path(folder), count)
            runs = []
            for _ in range(options.repeats):
                browser = playwright.chromium.launch(executable_path=program, args=[*_FLAGS])
                runs.append(opening(browser, path))
                name = browser.version
                browser.close()
            best = Opening(*map(min, zip(*runs, strict=True)))
            slowest = max(slowest, best.seconds)
            rows.append((
                best.findings, f"{path.stat().st_size / 1e6:.1f}", f"{best.seconds:.2f}",
                f"{best.busy:.2f}", f"{best.scroll:.2f}", f"{best.longest * 1000:.0f}",
            ))  # fmt: skip
    head = ("shown", "MB", f"s till drawn ({_WANTED:g} or less)", "cpu s", "s of a scroll",
            "ms, longest frame")  # fmt: skip
    print(f"Chromium {name}, best of {options.repeats}\n\n{table(head, rows)}")
    sys.exit(slowest > _WANTED)


def make(folder: Path, count: int) -> Path:
    """Make documents in which so many paragraphs stand again, and the page of what was found."""
    draw = random.Random(count)
    rows = [text.split() for text in corpus.paragraphs(count, exact=0, edited=0).texts]
    copies = [edit(draw, row, rows) if k % 2 else row for k, row in enumerate(rows)]
    draw.shuffle(copies)  # else neighbours would make one run
    documents = folder / f"{count}.jsonl"
    with documents.open("w", encoding="utf-8") as file:
        for name, texts in (("kept", rows), ("copies", copies)):
            for k in range(_DOCUMENTS):
                text = "\n".join(map(" ".join, texts[k::_DOCUMENTS]))
                file.write(json.dumps({"id": f"{name}{k}", "text": text}) + "\n")
    page = documents.with_suffix(".html")
    command = (sys.executable, "-m", "dedup.cli", "find", documents.name, "--format", "html")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, "-o", page.name], cwd=folder, env=environment, check=True)
    return page


def opening(browser: Browser, path: Path) -> Opening:
    """Open a page in a browser that has opened none, wait for its list, and scroll through it."""
    page: Page = browser.new_context(
        viewport={"width": 1280, "height": 900}, offline=True
    ).new_page()
    begin, before = time.perf_counter(), _processors()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_function(_DRAWN)
    seconds, busy = time.perf_counter() - begin, _processors() - before
    frames = page.evaluate(_SCROLL)
    return Opening(page.inner_text("#shown"), seconds, busy, sum(frames) / 1000, max(frames) / 1000)


def _processors() -> float:
    """Processor seconds of all processes that this one has started, and that still run."""
    total = 0
    for process in _tree(os.getpid()):
        if process != os.getpid():
            fields = "".join(_lines(f"/proc/{process}/stat")).rpartition(")")[2].split()
            total += sum(map(int, fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
