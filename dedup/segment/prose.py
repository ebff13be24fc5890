r"""Inline markup to the words a reader sees.

Knows: the inline syntax of Markdown and what is written into it (templates, JSX), of
reStructuredText and AsciiDoc, and character references. Does not know: blocks, lines, places.

Only what would change the words matters: link targets, labels, tags, attributes, roles, escapes.
What ends in the comparison as white space (quotes, dashes) stays as it is. Every pattern begins
with a set of characters, which ``re`` searches fast, and none can run over the same text twice.
"""

from __future__ import annotations

import html
import re

#: A template call: Hugo's ``{{< >}}`` and ``{{% %}}``, mdBook's ``{{#include}}``, Liquid's tags.
TEMPLATE = (
    r"\{(?:\{[<%#](?:[^{}]++|\{(?!\{)|\}(?!\}))*\}\}"
    r"|%(?:[^%{]++|%(?!\})|\{(?!%))*%\}"
    r"|\#(?:[^#{]++|\#(?!\})|\{(?!\#))*\#\})"
)
_TEMPLATE = re.compile(TEMPLATE)
#: What a template call or an output of Liquid, Jinja or Hugo stands for, or a brace of neither.
BRACE = rf"(?:{TEMPLATE}|\{{\{{(?![<%#])(?:[^{{}}]++|\{{(?!\{{)|\}}(?!\}}))*\}}\}}|\{{(?![{{%#]))"
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
#: A run of marks, taken whole, unless a letter or digit stands on either side.
_EMPHASIS = re.compile(r"[*_~](?<![*_~].)(?:(?<![^\W_].)[*_~]*+|[*_~]*+(?![^\W_]))")
#: What says in front of a paragraph that it is a note: ``NOTE:``, ``**Note:**``.
_NOTED = (
    "note|tip|hint|info|important|warning|caution|danger|attention|beware|remark|nota bene|notice"
)
_BOLD = r"(?:[*_]{1,3}|</?(?:b|strong)>)"
_LABEL = re.compile(
    r"(?:(?::[a-z_]{1,30}:|[^\w\s*:<\[`&{\\]{1,4})\s?)?"
    rf"(?:{_BOLD}(?i:{_NOTED})(?:\s?[:.!]{_BOLD}:?|{_BOLD}(?:\s?[:.!]|(?=\n|$)))"
    rf"|(?:{_NOTED.upper()}):(?=\s|$))\s*"
)
_LEADING = re.compile(r"\[[ xX]\]\s|#{1,6}\s")
_BREAK = re.compile(r"/?br\b", re.IGNORECASE)

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
_NUMBER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
_WORD = re.compile(r"[^\W_]")


def collapse(text: str) -> str:
    """Make every run of white space one space; give nothing where there is no word."""
    if not _WORD.search(text):
        return ""
    text = text.replace("\n", " ")
    if "  " not in text and text.isprintable():  # so no other white space stands in it
        return text.strip(" ")
    return " ".join(text.split())


def decode(text: str) -> str:
    """Replace HTML character references; numbers too large for any character become U+FFFD."""
    if "&" not in text:
        return text
    return html.unescape(_NUMBER.sub("\ufffd", text))


def without_templates(text: str) -> str:
    """Take template calls out."""
    return _TEMPLATE.sub(" ", text) if "{" in text else text


def markdown(text: str) -> str:
    """Give the words of a Markdown paragraph. Cost: linear."""
    if text[:1] in "[#" and (task := _LEADING.match(text)):
        text = text[task.end() :]
    text = _without_label(text)
    if any(map(text.__contains__, _MARKDOWN_MARKS)):
        text = _MARKDOWN.sub(_markdown_words, text)
    return collapse(_without_emphasis(text))


def _without_label(text: str) -> str:
    """Take away what says that a paragraph is a note, as markup for notes says it elsewhere."""
    label = _LABEL.match(text)
    return text[label.end() :] if label else text


def _without_emphasis(text: str) -> str:
    if "*" in text or "_" in text or "~" in text:
        return _EMPHASIS.sub("", text)
    return text


def _markdown_words(found: re.Match[str]) -> str:
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


def rst(text: str) -> str:
    """Give the words of a paragraph in reStructuredText. Cost: linear."""
    text = _RST.sub(_rst_words, _without_label(text))
    return collapse(_without_emphasis(text))


def _rst_words(found: re.Match[str]) -> str:
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


def asciidoc(text: str) -> str:
    """Give the words of a paragraph in AsciiDoc. Cost: linear."""
    text = _without_label(text)
    if "[" in text:
        text = _MACRO.sub(_macro_words, text)
    text = _ASCIIDOC.sub(_asciidoc_words, text)
    for mark in ("**", "__", "`"):
        text = text.replace(mark, "")
    return collapse(_without_emphasis(text))


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


def _asciidoc_words(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind is None:
        return " " if found[0].startswith("{") else ""
    return decode("&" + found[kind]) if kind == "entity" else found[kind]
