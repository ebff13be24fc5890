"""Kinds of files that are not read are recognised, with a remedy, and never read as text."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cli import main
from dedup.paragraph import Skipped
from dedup.readers import NotRead, documents, shards
from dedup.readers.containers import HEAD, Shard
from dedup.readers.unsupported import by_head, is_one_value
from tests.support.articles import PARAGRAPHS
from tests.support.containers import PACKS

A, B = PARAGRAPHS[:2]
ROWS = [{"title": "One", "text": A}, {"title": "Two", "text": B}]

Capture = pytest.CaptureFixture[str]


def tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    return made.getvalue()


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", A)
    return made.getvalue()


JSON = "JSON that is one value instead of an object on each line"

UNREAD: dict[str, tuple[str, bytes, str]] = {
    "CSV": ("a.csv", f'id,text\n1,"{A}"\n'.encode(), "a table"),
    "CSV packed": ("a.csv.gz", PACKS["gzip"](b"id,text\n1,a\n"), "a table"),
    "TSV": ("A.TSV", f"id\ttext\n1\t{A}\n".encode(), "a table"),
    "XML": ("wiki.xml", f"<mediawiki><page><text>{A}</text></page></mediawiki>".encode(), "XML"),
    "XML without a suffix": ("export", b'<?xml version="1.0"?>\n<pages/>', "XML"),
    "a feed by another name": ("feed.php", f"<rss><item>{A}</item></rss>".encode(), "XML"),
    "a feed behind a mark": ("feed", b"\xef\xbb\xbf \n<feed xmlns='x'/>", "XML"),
    "SVG": ("a.svg", b"<svg><text>words</text></svg>", "XML"),
    "a list of objects": ("a.json", json.dumps(ROWS).encode(), JSON),
    "a list of many lines": ("a.json", json.dumps(ROWS, indent=2).encode(), JSON),
    "an object of many lines": ("a.json", json.dumps(ROWS[0], indent=1).encode(), JSON),
    "a list of texts": ("a.json", json.dumps([A, B]).encode(), JSON),
    "a text": ("a.json", json.dumps(A).encode(), JSON),
    "a list called Lines": ("a.jsonl", json.dumps(ROWS).encode(), JSON),
    "a list without a suffix": ("response", json.dumps(ROWS).encode(), JSON),
    "objects without a suffix": ("response", json.dumps(ROWS[0], indent=1).encode(), JSON),
    "a list of lists": ("response", json.dumps([["a", 1], ["b", 2]]).encode(), JSON),
    "packed JSON": ("a.json.gz", PACKS["gzip"](json.dumps(ROWS).encode()), JSON),
    "GeoJSON": ("a.geojson", b'{"type": "Feature"}', JSON),
    "a notebook": ("a.ipynb", b'{"cells": []}', "a Jupyter notebook"),
    "a PDF": ("a.pdf", b"%PDF-1.7\n1 0 obj", "a PDF"),
    "a PDF without a suffix": ("paper", b"%PDF-1.7\n1 0 obj", "a PDF"),
    "PostScript": ("a.ps", b"%!PS-Adobe-3.0\n", "PostScript"),
    "RTF by another name": ("letter", b"{\\rtf1\\ansi words}", "RTF"),
    "Word": ("a.docx", zipped(), "an office document"),
    "old Word": ("report", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), "an office document"),
    "a sheet": ("a.ods", zipped(), "an office document"),
    "a ZIP archive": ("pages", zipped(), "a ZIP archive"),
    "a tar archive": ("pages", tar(), "a tar archive"),
    "a packed tar archive": ("pages.tgz", PACKS["gzip"](tar()), "a tar archive"),
}

PAGE = f"<html><body><p>{A}</p></body></html>".encode()

READ: dict[str, tuple[str, bytes, str]] = {
    "a page called text": ("a.txt", b"<!DOCTYPE html>\n" + PAGE, "html"),
    "a page of a mirror": ("view.php?id=1", PAGE, "html"),
    "a page with includes": ("a.shtml", b"<div><!--#include x --></div>", "html"),
    "a page without a suffix": ("index", b"\n\n  <HTML lang=en>" + PAGE, "html"),
    "a page behind comments": ("a", b"<!-- a -- b --><!-- c -->\n<!doctype HTML>" + PAGE, "html"),
    "a page behind a mark": ("a.asp", b"\xef\xbb\xbf<html>" + PAGE, "html"),
    "XHTML": ("a.xml", b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">' + PAGE, "html"),
    "a script": ("a.php", b"<?php echo 1; ?>\nwords", "text"),
    "Markdown with a tag": ("a.md", b"<p align=center>words</p>", "text"),
    "a README with a tag": ("README", b"<h1>words</h1>", "text"),
    "a text that speaks of HTML": ("a.txt", b"In <html> words stand.", "text"),
    "a text that begins with a bracket": ("notes", b"[1] words\n[2] words", "text"),
    "a text that begins with a link": ("notes", b"[words](a.md)", "text"),
    "a text that begins with a brace": ("notes", b"{words} and words", "text"),
    "lines without a suffix": ("rows", json.dumps(ROWS[0]).encode() + b"\n", "jsonl"),
    "lines behind blank ones": ("a.json", b"\n\n" + json.dumps(ROWS[0]).encode(), "jsonl"),
    "a long line": ("a.json", json.dumps({"text": A * 99}).encode() + b"\n", "jsonl"),
    "an empty list of rows": ("a.json", b"", "jsonl"),
    "commas": ("a.txt", b"id,text\n1,a\n", "text"),
}


@pytest.mark.parametrize(("name", "content", "kind"), UNREAD.values(), ids=UNREAD)
def test_what_is_not_read_is_named_with_a_remedy(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    path = tmp_path / "in" / name
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(NotRead, match=f"{kind}, which isn't read; (make|take|unpack) ") as caught:
        list(shards(path))
    assert str(path) in str(caught.value)
    (path.parent / "ok.txt").write_text(A)
    found = list(documents(path.parent))
    assert [each.reason for each in found if isinstance(each, Skipped)] == [kind]
    assert [Path(each.source).name for each in found] in ([name, "ok.txt"], ["ok.txt", name])


@pytest.mark.parametrize(("name", "content", "container"), READ.values(), ids=READ)
def test_what_is_read_is_read_as_what_it_is(
    tmp_path: Path, name: str, content: bytes, container: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert list(shards(path)) == [Shard(str(path), container)]


@pytest.mark.parametrize("name", ["a.csv", "a.xml", "a.json", "a.pdf"])
def test_an_option_overrules_what_a_name_says(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(A)
    for path in (tmp_path, tmp_path / name):
        (found,) = documents(path, container="text")
        assert not isinstance(found, Skipped)
        assert found.text == A


def test_the_commands_refuse_it(tmp_path: Path, capsys: Capture) -> None:
    table = tmp_path / "items.csv"
    table.write_text(f'id,text\n1,"{A}"\n2,"{A}"\n')
    for command in (["find"], ["clean", "-o", str(tmp_path / "out.csv")]):
        assert main([*command, str(table)]) == 2
        assert "items.csv: a table, which isn't read; make JSON Lines of it" in (
            capsys.readouterr().err
        )
    assert not (tmp_path / "out.csv").exists()


@given(st.binary(max_size=300))
def test_any_beginning_is_looked_at_without_an_error(head: bytes) -> None:
    by_head(head)


@pytest.mark.parametrize("char", [b"[", b"{", b'"', b"\\", b'{"', b"[{", b' "a"'])
def test_odd_beginnings_end_soon(char: bytes) -> None:
    for head in (char * HEAD, b"[" + char * HEAD, b'{"a' + char * HEAD):
        is_one_value(head[:HEAD])
