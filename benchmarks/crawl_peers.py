"""Compare ``dedup clean`` with peers that are used on crawls: one file, each in its own process.

    python -m benchmarks.crawl_peers [--texts FOLDER] [--paragraphs N] [--peers-python PYTHON]
                                     [--only WORDS] [--memory 1GB] [--folder DIR]

Knows: how many planted paragraphs are left in an output. Does not know: how peers are called
(``crawl_steps``), how any contender finds copies.

The file is JSONL.gz; a row is a page, and a line of its text is a paragraph. With ``--texts`` the
pages come from a folder of real documents (``crawl_pages``), otherwise they are made up. A third of
the edits look like other names and numbers. These are variants, which dedup keeps unless
``variants`` is "remove"; peers have no variants.

Peers need not be installed beside dedup. They need other versions of packages, so:

    python -m venv peers && peers/bin/pip install 'datatrove[io,processing]' spacy text-dedup
    python -m benchmarks.crawl_peers --peers-python peers/bin/python

datatrove's sentence filter takes out spans of three sentences that stand elsewhere, and then pages
of fewer than 50 words or 3 sentences; with another setting it takes out single lines. Its MinHash
and that of text-dedup take out whole rows: pages, or paragraphs that are given as rows. Each peer
has one process, as dedup has. The time of a peer begins after its imports.

Exact: of a text that stands n times, n - 1 instances should be taken out; the share of these.
Edited: the share of the edited texts of which no instance is left. Lost: paragraphs that were no
copy and of which nothing is left: no instance, and no text that shares half of its words in the
same order ("at 0.8": that is as similar as the default threshold). Cut: texts in the output that
stood nowhere in the input, because something was cut from their middle.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from benchmarks import corpus, crawl_pages
from benchmarks.crawl import pages_of, run_job, write_rows
from benchmarks.crawl_steps import PEERS, Peer, absent
from benchmarks.measure import machine, table
from benchmarks.watch import watched

#: Similarities to what is left below which a paragraph is lost.
_HALF, _ALIKE = 0.5, 0.8

#: Texts that are compared with all others at a time.
_ROWS = 200

#: What a word is, and the code point of the first, beyond the surrogates.
_WORD, _FIRST = re.compile(r"\w+"), 0x10000


class Left(NamedTuple):
    """What a run did: see the head of the module.

    pages: how many of them have nothing left, None where paragraphs were the rows.
    """

    pages: int | None
    paragraphs: int
    exact: float
    edited: float
    lost: int
    unlike: int
    cut: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the job and its peers on one file of JSON Lines and print what each reaches."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crawl_peers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--texts", type=Path, help="a folder of real documents, instead of made ones")
    add("--paragraphs", type=float, default=20_000, help="of the file")
    add("--peers-python", default=sys.executable, help="a Python in which peers are installed")
    add("--only", default="", help="words, separated by commas, all of them in the name")
    add("--memory", default="1GB", help="of the job")
    add("--folder", type=Path, help="make the files here")
    add("--seed", type=int, default=1, help="decides the made texts")
    options = parser.parse_args(arguments)
    print(machine(("dedup-paragraphs", "numpy")))
    count = int(options.paragraphs)
    pages = _made_up(count, options.seed)
    if options.texts:
        pages = crawl_pages.read(options.texts, count, options.seed)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = [*_ours(Path(folder), pages, options.memory)]
        for name, peer in PEERS.items():
            if all(word in name for word in options.only.split(",")):
                rows.append(_beside(Path(folder), pages, name, peer, options.peers_python))
                print(*rows[-1], flush=True)
    own = np.arange(len(pages.corpus.texts))
    exact = int((pages.corpus.wording != own).sum())
    edited = int(((pages.corpus.wording == own) & (pages.corpus.origin != own)).sum())
    print(
        f"\n{len(pages.starts) - 1} pages of {len(own)} paragraphs as JSONL.gz, {exact} of them "
        f"exact copies, {edited} edited ones; one process each\n"
    )
    head = ("what", "s", "cpu s", "MB", "pages", "paragraphs", "exact", "edited", "lost",
            "at 0.8", "cut")  # fmt: skip
    print(table(head, rows))


def _made_up(count: int, seed: int) -> crawl_pages.Pages:
    made = corpus.paragraphs(count, seed * 1000)
    sizes = [0, *(len(page) for page in pages_of(made.texts))]
    return crawl_pages.Pages(made, np.cumsum(sizes))


def _ours(folder: Path, pages: crawl_pages.Pages, memory: str) -> Iterator[tuple[str, ...]]:
    path = folder / "in" / "pages.jsonl.gz"
    path.parent.mkdir()
    write_rows(path, pages.texts(), 0)
    for variants in ("report", "remove"):
        out = folder / variants
        run = run_job([path], memory, 1, out=out, variants=variants)
        left = marked(pages, [*texts_of(out.glob("*.jsonl.gz"))], False)
        yield _row(f"dedup clean --variants {variants}", run.seconds, run.busy, run.resident, left)


def _beside(
    folder: Path, pages: crawl_pages.Pages, name: str, peer: Peer, python: str
) -> tuple[str, ...]:
    """Run one peer: a row of the table, or one that says why there is none."""
    missing = absent(peer.package, python)
    if missing:
        return (f"{name}: {missing}", *[""] * 10)
    rows = pages.texts()
    if peer.paragraphs:
        rows = [[text] for page in rows for text in page]
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        path, out = Path(temporary, "in", "rows.jsonl.gz"), Path(temporary, "out")
        path.parent.mkdir()
        write_rows(path, rows, 0)
        asked = json.dumps({"name": name, "path": str(path), "out": str(out)})
        try:
            said, resident, _ = watched([python, "-m", "benchmarks.crawl_steps", asked])
        except RuntimeError as error:
            return (f"{name}: {error}", *[""] * 10)
        left = marked(pages, [*texts_of(out.glob("left/*"))], peer.paragraphs)
    name = name.replace(peer.package, f"{peer.package} {said['version']}")
    return _row(name, said["seconds"], said["busy"], resident, left)


def _row(name: str, seconds: float, busy: float, resident: int, left: Left) -> tuple[str, ...]:
    return (
        name, f"{seconds:.1f}", f"{busy:.1f}", f"{resident / 1e6:.0f}",
        "" if left.pages is None else str(left.pages), str(left.paragraphs),
        f"{left.exact:.1%}", f"{left.edited:.1%}", str(left.lost), str(left.unlike), str(left.cut),
    )  # fmt: skip


def marked(pages: crawl_pages.Pages, rows: Sequence[str], paragraphs: bool) -> Left:
    """Say what became of the paragraphs, from the texts of the rows that are left."""
    made = pages.corpus
    there = Counter(line for row in rows for line in row.split("\n") if line)
    own = np.arange(len(made.texts))
    times = np.bincount(made.wording, minlength=len(own))
    first = np.flatnonzero(made.wording == own)
    still = np.array([there[made.texts[row]] for row in first])
    more = times[first] - 1
    edited = made.origin[first] != first
    gone = more - np.clip(still - 1, 0, more)
    missing = [made.texts[row] for row in first[~edited & (still == 0)]]
    nearest = _nearest(missing, [*there])
    cut = set(there) - set(made.texts)
    return Left(
        None if paragraphs else len(pages.starts) - 1 - sum(map(bool, rows)),
        int((times[first] - np.minimum(still, times[first])).sum()),
        float(gone.sum() / max(more.sum(), 1)), float((still[edited] == 0).mean()),
        int((nearest < _HALF).sum()), int((nearest < _ALIKE).sum()), len(cut),
    )  # fmt: skip


def _nearest(texts: list[str], left: list[str]) -> NDArray[np.float32]:
    """Give each text's highest similarity to any that is left. Cost: 0.1 us a pair."""
    characters: dict[str, str] = {}
    others = [_spelled(text, characters) for text in left]
    found = [np.zeros(0, dtype=np.float32)]
    for begin in range(0, len(texts), _ROWS):
        some = [_spelled(text, characters) for text in texts[begin : begin + _ROWS]]
        matrix = cdist(
            some, others, scorer=Indel.normalized_similarity, score_cutoff=_HALF, dtype=np.float32
        )
        found.append(matrix.max(axis=1, initial=0))
    return np.concatenate(found)


def _spelled(text: str, characters: dict[str, str]) -> str:
    """Write a text with one character a word, those of new words put to those that are known."""
    return "".join(
        [
            characters.setdefault(word, chr(_FIRST + len(characters)))
            for word in _WORD.findall(text.lower())
        ]
    )


def texts_of(paths: Iterable[Path]) -> Iterator[str]:
    """Read all texts in files of JSON Lines, packed or not; no record of removals."""
    for path in paths:
        if path.name.startswith("removed."):
            continue
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            for row in file:
                yield json.loads(row)["text"]


if __name__ == "__main__":
    main()
