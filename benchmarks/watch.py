"""Measure the peak of memory of ``dedup clean`` on inputs that are made to fill it.

    python -m benchmarks.watch [--memory 300MB] [--scale 1.0] [--only NAME,...] [--folder DIR]

Knows: processes, /proc, inputs that need much memory, and how much ``dedup clean`` may use. Does
not know: how a job works.

Every input is made here and cleaned by ``dedup clean`` with one worker, in a process of its own. A
job may use 1.25 times its ``--memory``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from benchmarks.measure import _lines, _tree, table

#: Seconds between two looks at the memory.
_PAUSE = 0.05

#: What a job may take of its memory.
MOST = 1.25

_MB = 10**6


def watched(
    command: list[str], environment: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], int, int]:
    """Run a command that prints JSON at last: (that, peaks of what is resident and anonymous)."""
    folder = Path(__file__).resolve().parent.parent
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder, env=environment)
    watch = _Watch(process.pid)
    answer, _ = process.communicate()
    resident, anonymous = watch.end()
    if process.returncode:
        raise RuntimeError(f"{command[1:4]} ended with exit code {process.returncode}")
    figures: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return figures, resident, anonymous


class _Watch:
    """Follows the memory of a tree of processes from a thread, from its start."""

    def __init__(self, root: int) -> None:
        self._root, self._end = root, threading.Event()
        self._resident = self._anonymous = 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> tuple[int, int]:
        """End, and give the peaks: all that is resident, and what is no page of a file."""
        self._end.set()
        self._thread.join()
        return self._resident, self._anonymous

    def _look(self) -> None:
        while not self._end.wait(_PAUSE):
            sizes = {"VmRSS:": 0, "RssAnon:": 0}
            for process in _tree(self._root):
                for line in _lines(f"/proc/{process}/status"):
                    name, _, value = line.partition("\t")
                    if name in sizes:
                        sizes[name] += int(value.split()[0]) * 1024
            self._resident = max(self._resident, sizes["VmRSS:"])
            self._anonymous = max(self._anonymous, sizes["RssAnon:"])


# -- inputs


def _prose_of(count: int) -> Iterator[str]:
    """Make paragraphs of twelve words by seed; one in four repeats an earlier one."""
    draw = random.Random(1)
    words = [f"w{draw.randrange(10**6)}" for _ in range(30_000)]
    before: list[str] = []
    for _ in range(count):
        if before and draw.random() < 0.25:
            yield draw.choice(before)
            continue
        text = " ".join(draw.choices(words, k=12))
        if len(before) < 10_000:
            before.append(text)
        yield text


def _repeated(piece: bytes, size: int) -> Iterator[bytes]:
    """Give pieces until they have a size."""
    many = piece * max(1, (1 << 20) // len(piece))
    for _ in range(max(1, size // len(many))):
        yield many


def _write(path: Path, pieces: Iterator[bytes], packed: bool = False) -> None:
    with gzip.open(path, "wb", 1) if packed else open(path, "wb") as file:
        for piece in pieces:
            file.write(piece)


def _prose(path: Path, size: int) -> None:
    texts = enumerate(_prose_of(size // 84))
    _write(path, (f"{text}\n{chr(10) * (k % 3 == 0)}".encode() for k, text in texts))


def _tiny_lines(path: Path, size: int) -> None:
    _write(path, _repeated(b"a\n", size))


def _one_line(path: Path, size: int) -> None:
    _write(path, _repeated(b"one long line ", size))


def _bomb(path: Path, size: int) -> None:
    _write(path, _repeated(b"packed small\n", 5 * size), packed=True)


def _row(path: Path, size: int, value: bytes) -> None:
    with gzip.open(path, "wb", 1) as file:
        file.write(b'{"text": "')
        for piece in _repeated(value, size):
            file.write(piece)
        file.write(b'"}\n{"text": "the row after it is read all the same, as any other is"}\n')


def _tiny_paragraphs(path: Path, size: int) -> None:
    _row(path, size, b"a\\n")


def _paragraphs(path: Path, size: int) -> None:
    _row(path, size, b"\\n".join(text.encode() for text in _prose_of(5_000)) + b"\\n")


def _surrogates(path: Path, size: int) -> None:
    _row(path, size, b"\\ud83d")


def _wide(path: Path, size: int) -> None:
    fields = (f'"k{k}":{k},'.encode() for k in range(size // 12))
    with open(path, "wb") as file:
        file.write(b"{")
        file.writelines(fields)
        file.write(b'"text": "a row of very many fields, which are of no use here"}\n')


def _page(path: Path, size: int) -> None:
    _write(path, _repeated(b"<p>a page of very many short paragraphs</p>\n", size))


def _tags(path: Path, size: int) -> None:
    _write(path, _repeated(b"<p>a", size))


def _response(path: Path, size: int, piece: bytes, codings: Sequence[str]) -> None:
    """Write a WARC of one response whose body is packed as often as there are codings."""
    body = b"".join(_repeated(piece, size))
    for coding in codings:
        packer = zlib.compressobj(9, wbits=31 if coding == "gzip" else 15)
        body = packer.compress(body) + packer.flush()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: {', '.join(codings)}"
    content = head.encode() + b"\r\n\r\n" + body
    about = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://h.example/\r\n"
        f"Content-Type: application/http\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    path.write_bytes(about.encode() + content + b"\r\n\r\n")


def _unpacked_response(path: Path, size: int) -> None:
    _response(path, size, b"<p>a", ("gzip",))


def _nested_response(path: Path, size: int) -> None:
    _response(path, size, b"<p>packed twice</p>", ("gzip", "deflate"))


def _wet(path: Path, size: int) -> None:
    with open(path, "wb") as file:
        file.write(b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\n")
        pieces = size // (1 << 20)
        line = b"a line of a record that is very long, as no page is\n"
        each = line * ((1 << 20) // len(line))
        file.write(f"Content-Length: {len(each) * pieces}\r\n\r\n".encode())
        for _ in range(pieces):
            file.write(each)
        file.write(b"\r\n\r\n")


def _head(path: Path, size: int) -> None:
    head = b"WARC/1.0\r\nWARC-Type: conversion\r\nX-Long: "
    _write(path, iter((head, *_repeated(b"x", size), b"\r\nContent-Length: 0\r\n\r\n\r\n\r\n")))


def _cell(path: Path, size: int) -> None:
    _parquet(path, ["a line of a cell that is long\n" * (size // 30), "another cell"], 2)


def _dictionary(path: Path, size: int) -> None:
    import pyarrow

    text = "one text that many rows have, " * 10_000
    indices = pyarrow.array([0] * (size // len(text)), pyarrow.int32())
    _table(path, pyarrow.DictionaryArray.from_arrays(indices, pyarrow.array([text])), 1 << 20)


def _group(path: Path, size: int) -> None:
    _parquet(path, [*_prose_of(size // 84)], 1 << 24)


def _parquet(path: Path, texts: list[str], rows: int) -> None:
    import pyarrow

    _table(path, pyarrow.array(texts, pyarrow.large_string()), rows)


def _table(path: Path, texts: object, rows: int) -> None:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"text": texts}), path, row_group_size=rows)


class Input(NamedTuple):
    """An input: the suffix of its file, how it is made, bytes of it at full scale."""

    suffix: str
    make: Callable[[Path, int], None]
    size: int


INPUTS: Mapping[str, Input] = MappingProxyType(
    {
        "text of 200 MB": Input(".txt", _prose, 200 * _MB),
        "text of 3 million lines": Input(".txt", _tiny_lines, 6 * _MB),
        "one line of 200 MB": Input(".txt", _one_line, 200 * _MB),
        "text of 1 GB packed small": Input(".txt.gz", _bomb, 200 * _MB),
        "row of a million tiny paragraphs": Input(".jsonl.gz", _tiny_paragraphs, 3 * _MB),
        "row of 21 million tiny paragraphs": Input(".jsonl.gz", _tiny_paragraphs, 63 * _MB),
        "row of 10 MB of paragraphs": Input(".jsonl.gz", _paragraphs, 10 * _MB),
        "row of half surrogate pairs": Input(".jsonl.gz", _surrogates, 63 * _MB),
        "row of half surrogate pairs, small": Input(".jsonl.gz", _surrogates, 5 * _MB),
        "row of a million fields": Input(".jsonl", _wide, 12 * _MB),
        "page of 50 MB": Input(".html", _page, 50 * _MB),
        "page of tags": Input(".html", _tags, 4 * _MB),
        "response of tags, unpacked": Input(".warc", _unpacked_response, 20 * _MB),
        "response packed twice": Input(".warc", _nested_response, 200 * _MB),
        "record of 200 MB": Input(".warc.wet", _wet, 200 * _MB),
        "head of 50 MB": Input(".warc.wet", _head, 50 * _MB),
        "cell of 100 MB": Input(".parquet", _cell, 100 * _MB),
        "cells of one text": Input(".parquet", _dictionary, 300 * _MB),
        "row group of 200 MB": Input(".parquet", _group, 200 * _MB),
    }
)

#: Cleans a file and tells its exit code and its own peak: ``ru_maxrss`` counts the
#: memory of the caller too, as it was when the process began.
_CLEAN = """
import json, sys
from dedup.cli import main
try:
    code = main(sys.argv[1:]) or 0
except SystemExit as error:
    code = error.code or 0
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
print(json.dumps({"code": code, "peak": peak}))
"""


class Kept(NamedTuple):
    """What a job took: its exit code, its peak in bytes, and that for each byte of its memory."""

    code: int
    peak: int
    ratio: float


def clean(path: Path, output: Path, memory: int) -> Kept:
    """Clean a file with one worker and so many bytes of memory."""
    asked = ["clean", str(path), "-o", str(output), "--memory", str(memory), "--workers", "1"]
    done = subprocess.run(
        [sys.executable, "-c", _CLEAN, *asked], capture_output=True,
        cwd=Path(__file__).resolve().parent.parent, check=False,
    )  # fmt: skip
    if not done.stdout.strip():
        raise RuntimeError(f"{path.name}: {done.stderr.decode(errors='replace')[-500:]}")
    figures = json.loads(done.stdout.splitlines()[-1])
    return Kept(figures["code"], figures["peak"], figures["peak"] / memory)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all inputs and print a table; exit with 1 where one takes too much."""
    from dedup.sizes import parse_size

    parser = argparse.ArgumentParser(prog="python -m benchmarks.watch", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--memory", default="300MB", type=parse_size, help="of each job")
    parser.add_argument(
        "--scale", default=1.0, type=float, help="factor for the sizes of all inputs"
    )
    parser.add_argument(
        "--only", default="", help="words, separated by commas, all of them in the name"
    )
    parser.add_argument(
        "--folder", type=Path, help="make the files here; a temporary folder if not given"
    )
    options = parser.parse_args(arguments)
    rows = []
    worst = 0.0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for name, each in INPUTS.items():
            if not all(word in name for word in options.only.split(",")):
                continue
            path = Path(folder, f"input{each.suffix}")
            each.make(path, int(each.size * options.scale))
            with tempfile.TemporaryDirectory(dir=folder) as out:
                kept = clean(path, Path(out, "out"), options.memory)
            path.unlink()
            worst = max(worst, kept.ratio)
            sizes = (f"{size / _MB:.0f}" for size in (options.memory, kept.peak))
            rows.append((name, *sizes, f"{kept.ratio:.2f}", str(kept.code)))
            print(*rows[-1], flush=True)
    print("\n" + table(("input", "limit, MB", "peak, MB", f"ratio ({MOST} or less)", "exit"), rows))
    sys.exit(worst > MOST)


if __name__ == "__main__":
    main()
