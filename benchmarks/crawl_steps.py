"""Run a peer of ``dedup clean`` on dumps, in a process of its own.

Knows: the steps of datatrove, the command of text-dedup. Does not know: what is measured. The
process runs in a Python that has the peers installed; beside these it needs only numpy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from benchmarks.measure import _busy

#: Packages of the peers, and those they need without saying so.
_NEEDED = {
    "datatrove": ("datatrove", "tokenizers", "spacy", "orjson"),
    "text-dedup": ("text_dedup",),
}


class Peer(NamedTuple):
    """A way to call a peer: the package, the step, whether a row is a paragraph, its options."""

    package: str
    step: str
    paragraphs: bool
    options: Mapping[str, Any]


_LINES = {"n_sentences": 1, "split_sentences": False, "min_doc_words": 0, "min_num_sentences": 0}

PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "datatrove sentences": Peer("datatrove", "sentences", False, {}),
        "datatrove lines": Peer("datatrove", "sentences", False, _LINES),
        "datatrove MinHash of pages": Peer("datatrove", "minhash", False, {}),
        "datatrove MinHash of paragraphs": Peer("datatrove", "minhash", True, {}),
        "text-dedup MinHash of pages": Peer("text-dedup", "command", False, {}),
        "text-dedup MinHash of paragraphs": Peer("text-dedup", "command", True, {}),
        "text-dedup MinHash of paragraphs, 2-grams at 0.5": Peer(
            "text-dedup", "command", True, {"ngram": 2, "threshold": 0.5}
        ),
    }
)


def absent(package: str, python: str) -> str:
    """Say which package of a peer a Python doesn't have, "" for none."""
    needed = _NEEDED[package]
    look = f"from importlib.util import find_spec as f; print(*[n for n in {needed} if not f(n)])"
    found = subprocess.run([python, "-c", look], capture_output=True, text=True, check=False)
    missing = found.stdout.strip() or found.stderr.strip()[-80:]
    return f"absent: {missing}" if missing else ""


def _sentences(path: Path, out: Path, options: Mapping[str, Any]) -> Callable[[], None]:
    """Take out what stands elsewhere to the letter, by the three steps of the sentence filter."""
    steps = import_module("datatrove.pipeline.dedup")
    config = steps.SentDedupConfig(**options)
    signatures, found = str(out / "signatures"), str(out / "found")
    pipelines = (
        (1, [_reader(path), steps.SentenceDedupSignature(signatures, config=config)]),
        (1, [steps.SentenceFindDedups(signatures, found, config=config)]),
        (1, [_reader(path), steps.SentenceDedupFilter(found, config=config), _writer(out)]),
    )
    return lambda: _executed(pipelines, out)


def _minhash(path: Path, out: Path, options: Mapping[str, Any]) -> Callable[[], None]:
    """Take out rows whose MinHash meets another's, by the four steps of the MinHash filter."""
    steps = import_module("datatrove.pipeline.dedup")
    config = import_module("datatrove.pipeline.dedup.minhash").MinhashConfig(**options)
    signatures, buckets, found = (str(out / name) for name in ("signatures", "buckets", "found"))
    pipelines = (
        (1, [_reader(path), steps.MinhashDedupSignature(signatures, config=config)]),
        (config.num_buckets, [steps.MinhashDedupBuckets(signatures, buckets, config=config)]),
        (1, [steps.MinhashDedupCluster(buckets, found, config=config)]),
        (1, [_reader(path), steps.MinhashDedupFilter(found), _writer(out)]),
    )
    return lambda: _executed(pipelines, out)


def _reader(path: Path) -> object:
    reader = import_module("datatrove.pipeline.readers").JsonlReader
    return reader(str(path.parent), glob_pattern=path.name)


def _writer(out: Path) -> object:
    return import_module("datatrove.pipeline.writers").JsonlWriter(str(out / "left"))


def _executed(pipelines: Sequence[tuple[int, list[object]]], out: Path) -> None:
    executor = import_module("datatrove.executor").LocalPipelineExecutor
    for number, (tasks, pipeline) in enumerate(pipelines):
        executor(pipeline, tasks=tasks, workers=1, logging_dir=str(out / f"log{number}")).run()


def _command(path: Path, out: Path, options: Mapping[str, Any]) -> Callable[[], None]:
    """Take out rows by text-dedup's command."""
    minhash = import_module("text_dedup.minhash").main
    load = import_module("datasets").load_from_disk
    out.mkdir(parents=True)
    asked = {
        "path": "json", "data_files": path, "split": "train", "cache_dir": out / "cache",
        "output": out / "kept", "column": "text", "num_proc": 1, **options,
    }  # fmt: skip
    words = [part for key, each in asked.items() for part in (f"--{key}", str(each))]

    def run() -> None:
        minhash(words, standalone_mode=False)
        (out / "left").mkdir()
        load(str(out / "kept")).to_json(str(out / "left" / "kept.jsonl"))

    return run


_STEPS = {"sentences": _sentences, "minhash": _minhash, "command": _command}


def _main(asked: dict[str, str]) -> None:
    """Run one peer and say what it took; what it prints itself goes to standard error."""
    peer = PEERS[asked["name"]]
    answer = os.dup(1)
    os.dup2(2, 1)
    run = _STEPS[peer.step](Path(asked["path"]), Path(asked["out"]), peer.options)
    begin, before = time.perf_counter(), _busy()
    run()
    seconds, busy = time.perf_counter() - begin, _busy() - before
    said = {"seconds": seconds, "busy": busy, "version": version(peer.package)}
    os.write(answer, json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
