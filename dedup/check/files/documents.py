"""Reads the text of a file, or says why the file is not checked.

Knows: bytes, encodings, the marks that programs leave in files that they generate. Does not know:
how files are named, the blocks of a markup.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from dedup.check.files.discovery import OmittedFile, SourceFile
from dedup.errors import InputError
from dedup.files import open_file
from dedup.segment import Markup, markups
from dedup.segment.lines import front_matter, split_lines

#: How much of a file is searched for the marks of a program that generated it.
_HEAD = 4_000  # characters
_SNIFF = 8_192  # bytes

#: The most bytes that a file of settings or a baseline may have. A baseline takes some 100 bytes
#: for each text that it accepts.
MOST_OWN = 50_000_000

#: A file with more characters than this, and with longer lines on average, is minified.
_MINIFIED_SIZE, _MINIFIED_LINE = 20_000, 5_000

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_GENERATED = re.compile(
    r"@generated\b|\b(?:auto(?:matically)?[- ]?generated\b|generated (?:by|from|using|with)\b"
    r"|(?:do not|don't) (?:edit|modify|change)\b)",
    re.IGNORECASE,
)
#: Every match of ``_GENERATED`` contains one of these. They are searched for first, because that is
#: quick and most files contain none.
_SAID = (
    "generated",
    "not edit",
    "not modify",
    "not change",
    "n't edit",
    "n't modify",
    "n't change",
)
#: Words in a comment that says that only a part of the file is generated.
_IN_PART = re.compile(
    r"\b(?:section|toc|start|begin|block|between|below|list|table)\b", re.IGNORECASE
)
_GENERATOR = re.compile(
    r"<meta\s[^>]{0,200}?\bname\s*=\s*[\"']?generator[\"']?[^>]{0,200}?\b(?:hugo|jekyll|docusaurus|"
    r"mkdocs|sphinx|docutils|gatsby|astro|starlight|vuepress|vitepress|antora|asciidoctor|eleventy|"
    r"next\.js|doxygen|javadoc|rustdoc|typedoc|pdoc|hexo|pelican|zola|nuxt|quarto|bookdown|gitbook)",
    re.IGNORECASE,
)
_OPTED_OUT = re.compile(r"dedup\s*[:=]\s*(?:false|no|off)\b", re.IGNORECASE)
_OPTED_OUT_JSON = re.compile(r"\"dedup\"\s*:\s*false\b")


class Text(NamedTuple):
    """The text of a file that is checked."""

    source: SourceFile
    text: str


def read(root: str, source: SourceFile, content: bytes | None = None) -> Text | OmittedFile:
    """Read a file, unless its content is given, and decide whether it is checked.

    Raises InputError for a file that can't be read or is not UTF-8.
    """
    if content is None:
        try:
            with open_file(os.path.join(root, source.path), buffering=0) as opened:
                content = opened.read()
        except InputError as error:
            raise InputError(source.path, error.reason) from error
        except OSError as error:
            reason = f"can't be read: {error.strerror or error}"
            raise InputError(source.path, reason) from error
    encoding = _encoding(content)
    if encoding == "utf-8" and b"\0" in content[:_SNIFF]:
        return OmittedFile(source.path, "binary", what="binary file")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(source.path, _undecodable(error)) from error
    return _unwanted(source, text) or Text(source, text)


def own_text(path: str) -> str:
    """Read a file that belongs to dedup: settings or a baseline.

    Raises:
        OSError: the file is missing or can't be read.
        ValueError: it is not a regular file, is too large or is not UTF-8; the message says which.

    """
    try:
        with open_file(path) as opened:
            content = opened.read(MOST_OWN + 1)
    except InputError as error:
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise ValueError(f"is {error.reason}") from error
    if len(content) > MOST_OWN:
        raise ValueError(f"is larger than {MOST_OWN / 1e6:,.0f} MB")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"is {_undecodable(error)}") from error


def decode(content: bytes) -> str:
    """Decode a text and put U+FFFD in the place of bytes that are wrong."""
    return content.decode(_encoding(content), "replace")


def _encoding(content: bytes) -> str:
    """Name the encoding by the byte-order mark; without one it is UTF-8."""
    return next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")


def _undecodable(error: UnicodeDecodeError) -> str:
    """Describe the first byte that is wrong, and name its line."""
    before = error.object[: error.start]
    line = 1 + before.count(b"\n")
    shown = error.object[error.start : error.start + 4].hex(" ")
    return f"not {error.encoding.upper()}: byte {error.start} in line {line} ({shown})"


def _unwanted(source: SourceFile, text: str) -> OmittedFile | None:
    """Say why a text is not checked; None if it is checked."""
    head = text[:_HEAD]
    if not source.named:
        if _is_generated(head, source.markup):
            reason = "generated, by a comment at its beginning"
            return OmittedFile(source.path, reason, what="generated file")
        if source.markup == "html" and _GENERATOR.search(head):
            return OmittedFile(source.path, "generated, by its meta element", what="generated file")
        if len(text) > _MINIFIED_SIZE and len(text) > _MINIFIED_LINE * (text.count("\n") + 1):
            return OmittedFile(source.path, "minified", what="minified file")
    if "dedup" in text and source.markup != "auto" and _opts_out(text):
        reason = "'dedup: false' in its front matter"
        return OmittedFile(source.path, reason, what="switched-off file")
    return None


def _is_generated(head: str, markup: str) -> bool:
    """Say whether a comment at the beginning says that a program generated the whole file."""
    written = markups.named(markup)
    if not written.comment:
        return False
    said = list(_comments(head, written))
    if head.startswith("---") and "#" in head[: head.find("\n---\n")]:
        lines = split_lines(head)
        said += [each for each in lines.texts[: front_matter(lines)] if each.lstrip()[:1] == "#"]
    lower = "\n".join(said).lower()
    if not any(words in lower for words in _SAID):
        return False
    return any(_GENERATED.search(each) and not _IN_PART.search(each) for each in said)


def _comments(head: str, markup: Markup) -> Iterator[str]:
    """Give the words of each comment. Cost: linear, even where comments are never closed."""
    if markup.comment_lines:
        yield from (found[1] for found in markup.comment_lines.finditer(head))
    closings = dict(markup.comment_marks)
    ahead = {mark: head.find(mark) for mark in closings}
    while ahead := {mark: place for mark, place in ahead.items() if place >= 0}:
        mark = min(ahead, key=ahead.__getitem__)
        at = ahead[mark] + len(mark)
        end = head.find(closings[mark], at)
        if end >= 0:
            yield head[at:end]
            at = end + len(closings[mark])
        ahead = {each: _next(head, each, place, at) for each, place in ahead.items()}
        if end < 0:
            del ahead[mark]


def _next(head: str, mark: str, place: int, at: int) -> int:
    """Find a mark at or behind a position. place: the last place where it was found."""
    return place if place >= at else head.find(mark, at)


def _opts_out(text: str) -> bool:
    """Say whether the front matter switches the check off for the whole file."""
    lines = split_lines(text)
    matter = lines.texts[: front_matter(lines)]
    if matter and matter[0].startswith("{"):
        return bool(_OPTED_OUT_JSON.search("\n".join(matter)))
    return any(_OPTED_OUT.match(line) for line in matter)
