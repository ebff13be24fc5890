"""Inline markup that several markups have in common, and the words that a reader sees of it.

Knows: character references, emphasis, template calls, the labels of notes, white space. Does not
know: the other inline syntax of each markup (``inline`` in its folder), blocks, places.

Only markup that would change the words is taken out: link targets, labels, tags, attributes, roles,
escapes. Quotes and dashes stay, because the comparison takes them for white space. Every pattern
begins with a set of characters, which ``re`` finds quickly, and no pattern reads the same text
twice.
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


def without_label(text: str) -> str:
    """Take away the words in front of a paragraph that say that it is a note: ``NOTE:``."""
    label = _LABEL.match(text)
    return text[label.end() :] if label else text


def without_emphasis(text: str) -> str:
    """Take the marks of emphasis away."""
    if "*" in text or "_" in text or "~" in text:
        return _EMPHASIS.sub("", text)
    return text
