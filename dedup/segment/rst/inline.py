"""Inline reStructuredText to the words a reader sees.

Knows: literals, roles, references, substitutions, escapes. Does not know: blocks, lines, places.
"""

from __future__ import annotations

import re

from dedup.segment.inline import collapse, without_emphasis, without_label

_RST = re.compile(
    r"[`|\\\[:](?:"
    r"(?<=`)(?:`(?P<literal>(?:[^`]++|`(?!`))+)``"
    r"|(?P<text>[^`<]*+)(?:<(?P<target>[^`]*+))?`_{0,2})"
    r"|(?<=\|)(?P<name>[^|\s](?:[^|\n]*+))\|_{0,2}"
    r"|(?<=\\)(?P<escaped>\S|\s)"
    r"|(?<=\[)(?:[0-9]++|\#[\w.-]*+|\*)\]_"
    r"|(?<=:)[A-Za-z][\w.+-]{0,50}+(?::[A-Za-z][\w.+-]{0,50}+){0,3}:(?=`)"
    r")"
)


def words_of(text: str) -> str:
    """Give the words of a paragraph in reStructuredText. Cost: linear."""
    text = _RST.sub(_words, without_label(text))
    return collapse(without_emphasis(text))


def _words(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind is None:
        return ""
    words: str = found[kind]
    if kind == "target":
        if not words.endswith(">"):
            return f"{found['text']}<{words}"
        return found["text"].strip() or words[:-1]
    if kind == "text" and words.startswith(("~", "!")):
        return words[1:].rpartition(".")[2] if words[0] == "~" else words[1:]
    if kind == "escaped" and words.isspace():
        return ""
    return words
