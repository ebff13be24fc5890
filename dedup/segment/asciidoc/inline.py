"""Inline AsciiDoc to the words a reader sees.

Knows: macros, attribute references, cross references, index terms. Does not know: blocks, lines,
places, the values of attributes.
"""

from __future__ import annotations

import re

from dedup.segment.inline import collapse, decode, without_emphasis, without_label

_ASCIIDOC = re.compile(
    r"[\\\[(<{&+](?:"
    r"(?<=\\)(?P<escaped>[*_`#^~{<\[(+:])"
    r"|(?<=\[)(?:\[[^\[\]]*+\]\]|[.#%][^\[\]]*+\](?=[#*_`]))"
    r"|(?<=\()\((?:\([^()]*+\)\)\)|(?P<index>[^()]*+)\)\))"
    r"|(?<=<)<(?:[^<>,]*+,(?P<xref>[^<>]*+)|(?P<id>[^<>]*+))>>"
    r"|(?<=\{)(?:empty|nbsp|sp|zwsp|wj)\}"
    r"|(?<=&)(?P<entity>(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    r"|(?<=\+)(?:\++(?P<passed>[^+\n]*+)\++|)"
    r")"
)
#: A macro, a URL or an attribute that holds one; a target without white space, words in brackets.
_MACRO = re.compile(
    r"(?:(?<![\w:-])(?P<macro>[a-z][a-z0-9_-]*+):(?P<target>[^\s\[\]<>]{0,2000}+)"
    r"|(?<![^\s(\"'*_`#;|])(?P<link>\{(?!(?:empty|blank|nbsp|sp|zwsp|wj|startsb|endsb)\}\[)"
    r"[\w-]{1,99}+\}[^\s\[\]]{0,300}+))"
    r"\[(?P<words>(?:[^\[\]\\]++|\\.)*)\]"
)
_SILENT_MACROS = frozenset({"image", "icon", "anchor", "indexterm", "video", "audio"})
#: Macros that show the words in their brackets as they are, whatever stands there.
_VERBATIM_MACROS = frozenset(
    (
        "footnote",
        "footnoteref",
        "pass",
        "stem",
        "latexmath",
        "asciimath",
        "kbd",
        "btn",
        "indexterm2",
    )
)
#: An attribute of a macro: its name, if it has one, and its value, which may be quoted.
_VALUE = re.compile(
    r"\s*+(?:(?P<name>[A-Za-z][\w-]*+)\s*+=\s*+)?(?:\"(?P<quoted>(?:[^\"\\]++|\\.)*)\"\s*+(?=,|$)"
    r"|(?P<plain>[^,]*+))(?:,|$)"
)


def words_of(text: str) -> str:
    """Give the words of a paragraph in AsciiDoc. Cost: linear."""
    text = without_label(text)
    if "[" in text:
        text = _MACRO.sub(_macro_words, text)
    text = _ASCIIDOC.sub(_words, text)
    for mark in ("**", "__", "`"):
        text = text.replace(mark, "")
    return collapse(without_emphasis(text))


def _macro_words(found: re.Match[str]) -> str:
    """Say what a reader sees of a macro: its text, or else its target."""
    name, target, words = found["macro"] or "link", found["target"], found["words"]
    if name in _SILENT_MACROS:
        return ""
    if name in _VERBATIM_MACROS:
        return words
    if name == "menu":
        return f"{target} {words}"
    if "=" in words or name == "mailto":
        words = _first_value(words)
    if shown := words.strip().removesuffix("^"):
        return shown
    if target is None:
        return found["link"]
    return f"{name}:{target}" if target.startswith("//") else target


def _first_value(words: str) -> str:
    """Give the first of a macro's attributes that has no name, "" if that is none."""
    first = _VALUE.match(words)
    if not first or first["name"]:
        return ""
    return first["quoted"] if first["quoted"] is not None else first["plain"]


def _words(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind is None:
        return " " if found[0].startswith("{") else ""
    return decode("&" + found[kind]) if kind == "entity" else found[kind]
