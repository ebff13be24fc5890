r"""Globs over paths.

Knows: the pattern language of the settings. Does not know: files, which setting a glob is of.

Paths are relative, with forward slashes. ``*`` and ``?`` stay inside one name, ``**`` crosses
folders, ``[a-z]`` is one of some characters, ``{md,rst}`` one of some words. A glob without a
slash, but for one at its end, matches at any depth; others are relative to the folder of the
settings. What matches a folder matches everything in it.

A glob that sorts paths (``isolate``) also knows ``{name}``, one name or a part of it:
``{lang}`` is a language tag such as ``de`` or ``pt-BR``, ``{version}`` a version such as ``v2``,
``1.x``, ``version-3.1`` or ``latest``, and any other word is anything. What these stand for is
what a path is sorted by, or, where no glob of a family has any, what each ``*`` stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: Languages of ISO 639-1.
_LANGUAGES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw "
    "ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_LANGUAGE = (
    rf"(?:{'|'.join(_LANGUAGES.split())})(?:[-_][A-Za-z]{{4}})?(?:[-_](?:[A-Za-z]{{2}}|\d{{3}}))?"
)
_VERSION = (
    r"(?:version[-_]?|release[-_]?|v\.?)?\d+(?:[._-](?:\d+|x))*"
    r"(?:[-._]?(?:alpha|beta|rc|dev)\.?\d*)?"
    r"|latest|stable|next|current|unreleased|nightly|canary|main|master|dev|development|edge"
)
_NAMED = {"lang": _LANGUAGE, "locale": _LANGUAGE, "language": _LANGUAGE, "version": _VERSION}

_TOKEN = re.compile(
    r"(?P<deep>\*\*/(?:\*\*/)*)|(?P<all>\*\*+)|(?P<star>\*)|(?P<one>\?)"
    r"|(?P<set>\[[!^]?\]?[^\]/]*\])|\{(?P<name>[A-Za-z][A-Za-z0-9_-]*)\}|\{(?P<any>[^{}]*,[^{}]*)\}"
)


class Glob(NamedTuple):
    """A pattern as it was written, and compiled."""

    pattern: str
    regex: re.Pattern[str]


#: What in a glob is captured.
_NOTHING, _STARS, _NAMES = range(3)


def compile_glob(pattern: str) -> Glob:
    """Compile a pattern. Raises ValueError with the reason."""
    return _compile(pattern, _NOTHING)


def compile_family(patterns: Sequence[str]) -> tuple[Glob, ...]:
    """Compile patterns that sort paths together. Raises ValueError with the reason."""
    named = any(found["name"] for each in patterns for found in _TOKEN.finditer(each))
    return tuple(_compile(each, _NAMES if named else _STARS) for each in patterns)


def _compile(pattern: str, captured: int) -> Glob:
    body = pattern.removeprefix("./")
    if not body.strip("/"):
        raise ValueError("it names no path")
    if "\\" in body:
        raise ValueError("folders are parted by forward slashes")
    if ".." in body.split("/"):
        raise ValueError("it can't lead out of its folder with '..'")
    anywhere = "/" not in body.rstrip("/") and not body.startswith("**")
    inside = body.endswith("/")
    regex = "(?:.*?/)?" if anywhere else ""
    regex += _translate(body.strip("/"), captured)
    try:
        return Glob(pattern, re.compile(regex + ("/.*" if inside else r"(?:/.*)?") + r"\Z", re.S))
    except re.error as error:
        raise ValueError(str(error)) from error


def _translate(body: str, captured: int) -> str:
    regex = ""
    at = 0
    for found in _TOKEN.finditer(body):
        regex += re.escape(body[at : found.start()]) + _piece(found, captured)
        at = found.end()
    return regex + re.escape(body[at:])


def _piece(found: re.Match[str], captured: int) -> str:
    """Translate one special piece of a pattern."""
    kind, text = found.lastgroup, found[0]
    if kind == "deep":
        return "(?:.*?/)?"
    if kind == "all":
        return ".*"
    if kind == "star":
        return "([^/]*)" if captured == _STARS else "[^/]*"
    if kind == "one":
        return "[^/]"
    if kind == "set":
        inner = text[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"[^/{inner[1:]}]" if inner[:1] in ("!", "^") else f"[{inner}]"
    if kind == "any":
        return f"(?:{'|'.join(map(re.escape, found['any'].split(',')))})"
    if captured == _NOTHING:
        return re.escape(text)
    return f"({_NAMED.get(found['name'], '[^/]+?')})"


def first_match(globs: Iterable[Glob], path: str) -> str | None:
    """Give the first pattern that matches a path, None where none does."""
    return next((glob.pattern for glob in globs if glob.regex.match(path)), None)


def below(path: str, folder: str) -> str | None:
    """Give a path relative to a folder ("" is the root), None where it isn't in it."""
    if not folder:
        return path
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None
