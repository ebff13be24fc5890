"""Make crawl files in every container for jobs, with copies among them.

Knows: how they are made from a seed. Does not know: jobs.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import corpus
from benchmarks.crawl import write_wet


def documents(seed: int, count: int = 40) -> list[str]:
    """Documents of five paragraphs, of which some repeat others; short lines between them."""
    texts = corpus.paragraphs(5 * count, seed, edited=0.2, exact=0.2).texts
    found = []
    for number in range(count):
        part = texts[5 * number : 5 * number + 5]
        found.append("\n\n".join([*part[:2], "Read more", *part[2:]]) + "\n" * (number % 3))
    return [*found, found[3], found[7]]


def rows(texts: Sequence[str]) -> list[dict[str, object]]:
    return [
        {
            "id": f"r{number}", "n": 1.50, "text": text,
            "url": f"https://site{number % 4}.example/{number}",
            "date": f"2026-01-{1 + number % 28:02d}",
        }
        for number, text in enumerate(texts)
    ]  # fmt: skip


def write_all(folder: Path, seed: int = 1) -> dict[str, bytes]:
    """Write a file of each container; returns their bytes, unpacked, by name; none of Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    jsonl = [
        json.dumps(row, ensure_ascii=bool(number % 2)).encode() + b"\n"
        for number, row in enumerate(rows(documents(seed)))
    ]
    jsonl.insert(5, b"{broken\n")
    jsonl.insert(9, b"\n")
    (folder / "a.jsonl").write_bytes(b"".join(jsonl))
    packed = b"".join(json.dumps(row).encode() + b"\n" for row in rows(documents(seed + 1)))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(packed))
    table = pa.Table.from_pylist(rows(documents(seed + 2)))
    pq.write_table(table, folder / "c.parquet", row_group_size=10)
    lines = [line for text in documents(seed) for line in text.split("\n") if line]
    write_wet(folder / "d.warc.wet.gz", lines[:150], 0)
    text = "\n\n".join(documents(seed)[:12])
    (folder / "e.txt").write_bytes(text.replace("\n", "\r\n").encode("utf-16"))
    (folder / "f.md").write_text(f"# Title\n\n{documents(seed + 1)[3]}\n\n* a\n* b\n", "utf-8")
    return {path.name: unpacked(path) for path in folder.iterdir() if path.suffix != ".parquet"}


def unpacked(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw


def bytes_of(folder: Path) -> dict[str, bytes]:
    """All files under a folder, by their place in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
