"""Inline Markdown to the words a reader sees.

Knows: the inline syntax of Markdown and what is written into it: HTML, templates, JSX. Does not
know: blocks, lines, places.
"""

from __future__ import annotations

import re

from dedup.segment.inline import (
    BRACE,
    TEMPLATE,
    collapse,
    decode,
    without_emphasis,
    without_label,
)

_TARGET = (
    rf"\(\s*+(?:<[^<>]*+>|[^\s()<{{]*+(?:(?:\([^\s()]*+\)|{BRACE})[^\s()<{{]*+)*)"
    r"(?:\s+{title})?\s*+\)"
)
_TITLE = r"(?:\"[^\"]*+\"|'[^']*+'|\([^()]*+\))"
_LINK_TARGET = _TARGET.replace("{title}", _TITLE)
_TAG = r"/?[A-Za-z][^\s<>/]*+(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*>|/?>"
_COMMENT = r"!--(?:[^-<]++|-(?!->)|<(?!!--))*-->"

#: Without any of these there is nothing to take out of Markdown but emphasis.
_MARKDOWN_MARKS = "\\`[]<&{"
#: What to take out; each branch looks back at the one character already read.
_MARKDOWN = re.compile(
    r"[\\`!\]\[<&{](?:"
    r"(?<=\\)(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?<=`)(?:(?P<code>[^`]++)`(?!`)|`(?P<code2>[^`]++(?:`[^`]++)*)``(?!`)|`*+)"
    rf"|(?<=!)\[[^\[\]]*+\](?:{_LINK_TARGET}|\[[^\[\]]*+\])"
    rf"|(?<=\])(?:{_LINK_TARGET}|\[(?!\^)[^\[\]]*+\]|)"
    r"|(?<=\[)(?:\^[^\[\]\s]++\]|![A-Za-z][\w-]*+\s*+\[[^\[\]]*+\]\([^()]*+\)\]|)"
    r"|(?<=<)(?:(?P<auto>[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+|[^\s<>@]++@[^\s<>@]++)>"
    rf"|(?P<tag>{_TAG}|{_COMMENT}))"
    r"|(?<=&)(?P<entity>(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    rf"|(?<=\{{)(?P<call>{TEMPLATE[2:]}|/\*(?:[^*{{]++|\*(?!/\}})|\{{(?!/\*))*\*/\}})"
    r"|(?<=\{)(?:[:.#][^{}]*+\}|[a-z][a-z:-]*+\}(?=`))"
    r")"
)
_LEADING = re.compile(r"\[[ xX]\]\s|#{1,6}\s")
_BREAK = re.compile(r"/?br\b", re.IGNORECASE)


def words_of(text: str) -> str:
    """Give the words of a Markdown paragraph. Cost: linear."""
    if text[:1] in "[#" and (task := _LEADING.match(text)):
        text = text[task.end() :]
    text = without_label(text)
    if any(map(text.__contains__, _MARKDOWN_MARKS)):
        text = _MARKDOWN.sub(_words, text)
    return collapse(without_emphasis(text))


def _words(found: re.Match[str]) -> str:
    """Say what a reader sees of one piece of inline markup."""
    kind = found.lastgroup
    if kind is None:
        return ""
    words: str = found[kind]
    if kind == "tag":
        return " " if _BREAK.match(words) else ""
    if kind == "entity":
        return decode("&" + words)
    return " " if kind == "call" else words
