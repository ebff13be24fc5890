"""Small sound inputs of every container, markup and file of ours, from which damaged ones are made.

Knows: how they are written. Does not know: damages.
"""

from __future__ import annotations

import gzip
import io
import json
from functools import cache

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.containers import PACKS, SUFFIX, conversion, record, response, warcinfo

FERRY = "The ferry leaves the stone quay at nine in the morning and once more at noon."
LAMPS = "Seven lamps stood in the window of the council house all through that long winter."
EDITED = "The ferry leaves the old stone quay at nine in the morning and again at noon."
SHORT = "Read more"

PAGE = (
    "<!doctype html><html><head><meta charset=utf-8><title>T</title></head><body><nav>menu</nav>"
    f"<p>{FERRY}</p><ul><li>{LAMPS}<li>{SHORT}</ul><p>{FERRY}<br>ü &amp; x</p></body></html>"
)

#: Documents of each markup, with copies in them.
MARKED = {
    "auto": f"{FERRY}\n{LAMPS}\n{FERRY}\n",
    "lines": f"{FERRY}\r\n{SHORT}\r\n{FERRY}\r\n",
    "blank": f"{FERRY}\n\n{LAMPS}\nand on\n\n\n{FERRY}\n\n{EDITED}\n",
    "markdown": (
        f"---\na: b\n---\n# T\n\n{FERRY}\n\n* {LAMPS}\n\n  {FERRY}\n\n> {FERRY}\n\n"
        "```\nx\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n[a]: http://b 'c'\n\n"
        "<!-- dedup -->\n\nx[^1]\n\n[^1]: y\n"
    ),
    "mdx": f"import A from 'a'\n\n<A b={{1}}>\n{FERRY}\n</A>\n\n{{/* x */}}\n\n- {FERRY}\n",
    "rst": (
        f"T\n=\n\n{FERRY}\n\n.. note:: {LAMPS}\n\n   {FERRY}\n\n- {FERRY}\n\n::\n\n   x\n\n"
        "-f FILE  Read it.\n\n.. x\n\n:a: b\n\n== ==\na  b\n== ==\n"
    ),
    "asciidoc": (
        f"= T\n:a: b\n\n{FERRY}\n\n* {LAMPS}\n+\n{FERRY}\n\n----\nx\n----\n\nNOTE: {FERRY}\n\n"
        "|===\n|a\n|===\n"
    ),
    "html": PAGE,
}


def _rows() -> list[dict[str, object]]:
    texts = [FERRY, f"{LAMPS}\n\n{FERRY}\n", EDITED, SHORT, "", FERRY]
    return [
        {"id": k, "url": f"http://h{k % 2}.org/{k}", "date": "2026-01-02", "text": text, "n": 1.5}
        for k, text in enumerate(texts)
    ]


def _parquet(compression: str) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(_rows()), target, row_group_size=4, compression=compression)
    return target.getvalue()


def _archives() -> tuple[list[bytes], list[bytes]]:
    wet = [
        warcinfo(),
        *(conversion(text, f"http://h/{k}") for k, text in enumerate(MARKED.values())),
    ]
    body = PAGE.encode()
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    warc = [
        warcinfo(), response(body, "http://h/1"),
        response(gzip.compress(body, mtime=0), "http://h/2", "text/html", "Content-Encoding: gzip"),
        response(chunked, "http://h/3", "text/html", "Transfer-Encoding: chunked"),
        response(PAGE.encode("latin-1"), "http://h/4", "text/html; charset=latin-1"),
        record("resource", FERRY.encode(), "http://h/5", ("Content-Type", "text/plain")),
        record("metadata", b"a: b", "http://h/6"),
    ]  # fmt: skip
    return wet, warc


@cache
def containers() -> dict[str, bytes]:
    """Files by name: every container, and each packing it may have."""
    rows = [json.dumps(row, ensure_ascii=bool(k % 2)).encode() for k, row in enumerate(_rows())]
    plain = {
        "a.jsonl": b"\n".join([*rows, b""]),
        "b.jsonl": b"\r\n".join([rows[0], b"", b"{broken", *rows[1:]]),
        "a.txt": MARKED["blank"].encode(),
        "b.txt": MARKED["lines"].encode("utf-16"),
        "c.txt": MARKED["auto"].encode("utf-8-sig"),
        "a.html": PAGE.encode(),
        "b.html": PAGE.replace("charset=utf-8", "charset=latin-1").encode("latin-1"),
        "a.md": MARKED["markdown"].encode(),
        "a.rst": MARKED["rst"].encode(),
        "a.adoc": MARKED["asciidoc"].encode(),
    }
    found = dict(plain)
    for name in ("a.jsonl", "a.txt", "a.html"):
        for packing in ("gzip", "zstd"):
            found[name + SUFFIX[packing]] = PACKS[packing](plain[name])
    for name, parts in zip(("a.warc.wet", "a.warc"), _archives(), strict=True):
        for packing, pack in PACKS.items():
            found[name + SUFFIX[packing]] = b"".join(map(pack, parts))
        found[f"one.{name}.gz"] = PACKS["gzip"](b"".join(parts))
    found["a.parquet"] = _parquet("snappy")
    found["b.parquet"] = _parquet("zstd")
    return found


#: Files of settings: each line may be combined with each other.
SETTINGS = (
    'threshold = 0.9', 'min-words = 12', 'fail-on = "error"', 'include = ["docs/**/*.md"]',
    'exclude = ["a/", "*.txt", "[a-z]?{b,c}"]', 'extend-exclude = ["x"]',
    'boilerplate = ["_shared/"]', 'isolate = ["v/*/**", ["{lang}/**", "x/{version}/*"]]',
    'headings = true', 'baseline = "b.json"', 'presets = ["none"]', 'hidden = true',
    '[markup]\n"*.txt" = "markdown"', '[rules]\nsimilar-paragraph = "off"',
    '[per-file-ignores]\n"a/*" = ["repeated-paragraph"]', '[tool.dedup]\nthreshold = 0.8',
    '[[a]]\nb = 1',
)  # fmt: skip
