"""Put the job on dumps beside peers: one file, each at what it can do, in a process of its own.

Knows: peers and how they are called, what is left of the paragraphs that were planted. Does not
know: how anybody finds copies.

datatrove's sentence filter takes out sentences, or lines, that stand elsewhere to the letter (its
own normalisation beside); here lines, one at a time. text-dedup takes out whole rows whose MinHash
meets another's; here a row is a paragraph. Both are run on one process each, as the job is. They
need not be installed with the project: ``--peers-python`` names a Python that has them.

The vocabulary is made up, so that a third of the edits look like other names and numbers: variants,
which the job keeps unless it's told to ``remove`` them; peers know no such thing.

Taken out of the exact copies: of every wording that stands there n times, n - 1 should go. Of the
edited ones: a wording made from another should be gone altogether. Lost: originals of which no
instance is left.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import corpus
from benchmarks.measure import _busy, table
from benchmarks.watch import watched

#: Packages of the peers, and those they need without saying so.
_NEEDED = {
    "datatrove": ("datatrove", "tokenizers", "spacy", "orjson"),
    "text-dedup": ("text_dedup",),
}

#: Threshold and words of a shingle for text-dedup, and its own choice where it's None.
_MINHASH: dict[str, dict[str, Any]] = {
    "text-dedup minhash, as it comes": {},
    "text-dedup minhash, 2-grams at 0.5": {"ngram": 2, "threshold": 0.5},
}


class Left(NamedTuple):
    """What was done: shares of the exact and edited copies that went, originals lost."""

    exact: float
    edited: float
    lost: int


def beside_peers(folder: Path, count: int, seed: int, memory: str, python: str) -> None:
    """Run the job and its peers on one file of JSON Lines and print what each reaches."""
    from benchmarks.crawl import make, run_job

    made = corpus.paragraphs(count, seed * 1000)
    paths = make(folder / f"jsonl-{count}", count, "jsonl", seed)
    assert len(paths) == 1, f"{count} paragraphs are more than one file; peers get one"
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        ours = 0.0
        for variants in ("report", "remove"):
            out = Path(temporary, variants)
            run = run_job(paths, memory, 1, out=out, variants=variants)
            ours = ours or run.busy
            left = marked(made, lines_of(out.glob("*.jsonl.gz")))
            name = f"dedup clean --variants {variants}"
            rows.append(_row(name, run.seconds, run.busy, ours, run.resident, left))
        for name in ("datatrove lines", *_MINHASH):
            out = Path(temporary, "".join(filter(str.isalnum, name)))
            reason = _absent(name, python)
            if not reason:
                asked = json.dumps({"name": name, "path": str(paths[0]), "out": str(out)})
                command = [python, "-m", "benchmarks.crawl_peers", asked]
                try:
                    told, resident, _ = watched(command)
                except RuntimeError as error:
                    reason = str(error)
            if reason:
                rows.append((name, reason, "", "", "", "", "", ""))
                continue
            left = marked(made, lines_of(out.glob("left/*")))
            rows.append(_row(f"{name} ({told['version']})", told["seconds"], told["busy"], ours,
                             resident, left))  # fmt: skip
            print(f"{name}: done", flush=True)
    head = ("what", "s", "cpu s", "cpu ratio", "resident MB", "exact out", "edited out", "lost")
    print(f"\n{count} paragraphs of JSONL.gz, one worker each\n\n{table(head, rows)}")


def _row(
    name: str, seconds: float, busy: float, ours: float, resident: int, left: Left
) -> tuple[str, ...]:
    return (
        name, f"{seconds:.1f}", f"{busy:.1f}", f"{busy / ours:.1f}", f"{resident / 1e6:.0f}",
        f"{left.exact:.1%}", f"{left.edited:.1%}", str(left.lost),
    )  # fmt: skip


def marked(made: corpus.Corpus, left: Iterable[str]) -> Left:
    """Say which of the planted copies are not among the lines that are left."""
    there = Counter(left)
    own = np.arange(len(made.texts))
    times = np.bincount(made.wording, minlength=len(own))
    first = np.flatnonzero(made.wording == own)
    still = np.array([there[made.texts[row]] for row in first])
    more = times[first] - 1
    edited = made.origin[first] != first
    gone = more - np.clip(still - 1, 0, more)
    return Left(
        float(gone.sum() / max(more.sum(), 1)), float((still[edited] == 0).mean()),
        int((still[~edited] == 0).sum()),
    )  # fmt: skip


def lines_of(paths: Iterable[Path]) -> Iterator[str]:
    """Read the lines of all texts in files of JSON Lines, packed or not; no record of removals."""
    for path in paths:
        if path.name.startswith("removed."):
            continue
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            for row in file:
                yield from json.loads(row)["text"].split("\n")


def _absent(name: str, python: str) -> str:
    """Say which package of a peer can't be found, "" for none."""
    needed = _NEEDED[name.split()[0]]
    look = f"from importlib.util import find_spec as f; print(*[n for n in {needed} if not f(n)])"
    found = subprocess.run([python, "-c", look], capture_output=True, text=True, check=False)
    missing = found.stdout.strip() or found.stderr.strip()[-80:]
    return f"absent: {missing}" if missing else ""


# -- the process of a peer


def _datatrove(name: str, path: Path, out: Path) -> Callable[[], None]:
    """Take out lines that stand elsewhere, by the three steps of the sentence filter."""
    steps = import_module("datatrove.pipeline.dedup")
    executor = import_module("datatrove.executor").LocalPipelineExecutor
    reader = import_module("datatrove.pipeline.readers").JsonlReader
    writer = import_module("datatrove.pipeline.writers").JsonlWriter
    hashing = import_module("datatrove.utils.hashing").HashConfig
    config = steps.SentDedupConfig(
        n_sentences=1, split_sentences=False, min_doc_words=0, min_num_sentences=0,
        hash_config=hashing(hash_fc="sha1"),  # its xxhash fails with xxhash 4
    )  # fmt: skip
    folder, pattern = str(path.parent), path.name
    signatures, found = str(out / "signatures"), str(out / "found")

    def run() -> None:
        pipelines = (
            [
                reader(folder, glob_pattern=pattern),
                steps.SentenceDedupSignature(signatures, config=config),
            ],
            [steps.SentenceFindDedups(signatures, found, config=config)],
            [
                reader(folder, glob_pattern=pattern),
                steps.SentenceDedupFilter(found, config=config),
                writer(str(out / "left")),
            ],
        )
        for number, pipeline in enumerate(pipelines):
            log = str(out / f"log{number}")
            executor(pipeline, tasks=1, workers=1, logging_dir=log).run()

    return run


def _text_dedup(name: str, path: Path, out: Path) -> Callable[[], None]:
    """Take out rows by its command, each row a paragraph; the rows are made beforehand."""
    minhash = import_module("text_dedup.minhash").main
    load = import_module("datasets").load_from_disk

    out.mkdir(parents=True)
    rows = out / "rows.jsonl"
    with rows.open("w") as file:
        file.writelines(json.dumps({"text": line}) + "\n" for line in lines_of([path]))
    options = {
        "path": "json", "data_files": rows, "split": "train", "cache_dir": out / "cache",
        "output": out / "kept", "column": "text", "num_proc": 1, **_MINHASH[name],
    }  # fmt: skip
    arguments = [part for key, each in options.items() for part in (f"--{key}", str(each))]

    def run() -> None:
        minhash(arguments, standalone_mode=False)
        (out / "left").mkdir()
        load(str(out / "kept")).to_json(str(out / "left" / "kept.jsonl"))

    return run


def _main(asked: dict[str, str]) -> None:
    """Run one peer and tell about it; what it prints itself goes to standard error."""
    name, out = asked["name"], Path(asked["out"])
    package = name.split()[0]
    answer = os.dup(1)
    os.dup2(2, 1)
    peer = _datatrove if package == "datatrove" else _text_dedup
    run = peer(name, Path(asked["path"]), out)
    begin, before = time.perf_counter(), _busy()
    run()
    seconds, busy = time.perf_counter() - begin, _busy() - before
    told = {"seconds": seconds, "busy": busy, "version": version(package)}
    os.write(answer, json.dumps(told).encode() + b"\n")


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
