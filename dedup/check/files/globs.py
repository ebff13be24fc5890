r"""Globs over paths.

Knows: the pattern language of the settings. Does not know: files, which setting a glob is of.

Paths are relative, with forward slashes. ``*`` and ``?`` stay inside one name, ``**`` crosses
folders, ``[a-z]`` is one of some characters, ``{md,rst}`` one of some words. A glob without a
slash, except for one at its end, matches at any depth; others are relative to the folder of the
settings. A glob that matches a folder matches everything in it.

A glob that sorts paths (``isolate``) may also contain ``{name}``, which stands for a name or a part
of one: ``{lang}`` is a language tag such as ``de`` or ``pt-BR``, ``{version}`` a version such as
``v2``, ``1.x``, ``version-3.1`` or ``latest``, and any other word is anything. The text that these
stand for decides the section of a path. If no glob of a family contains any, the text that each
``*`` stands for decides it.

The time of a match is proportional to the length of the path. Within a name, each part between two
``*`` is matched at the first place where it stands, and so is each run of folders between two
``**``: if the rest of the glob can't follow there, it can't follow later either. So nothing is
matched twice. This needs parts of a fixed length, so braces beside other braces, or between two
``*``, are written out. Globs that sort paths capture text and try all ways in turn. Therefore they
may contain only a few wildcards, and match only paths of the lengths that file systems allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product
from math import prod
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
#: The name of a folder that is a language, or a version.
LANGUAGE_NAME, VERSION_NAME = re.compile(_LANGUAGE), re.compile(_VERSION)

_NAMED = {"lang": _LANGUAGE, "locale": _LANGUAGE, "language": _LANGUAGE, "version": _VERSION}

_TOKEN = re.compile(
    r"(?P<deep>(?:\*\*/)+)|(?P<all>\*\*++)|(?P<star>\*)|(?P<one>\?)|(?P<slash>/)"
    r"|(?P<set>\[[!^]?\]?[^\]/]{0,255}\])|\{(?P<name>[A-Za-z][A-Za-z0-9_-]*+)\}"
    r"|\{(?P<any>[^{},]*+,[^{}]*+)\}"
)

#: The most ways to write out the braces of one glob.
_MOST_WAYS = 1_000

#: Bounds of a glob that sorts paths: wildcards and braces in one name, ``**`` before the end.
_MOST_WILD, _MOST_DEEP = 3, 2

#: Such a glob matches paths of up to 4,096 characters, with names of up to 255.
_USUAL_PATH = r"(?=.{0,4096}+\Z)(?=(?:[^/]{0,255}+(?:/|\Z))*\Z)"


class _Token(NamedTuple):
    """A piece of a glob: its kind, a group of ``_TOKEN`` or "text", and how it is written."""

    kind: str
    text: str


_STAR, _SLASH, _DEEP = _Token("star", "*"), _Token("slash", "/"), _Token("deep", "**/")

#: Any number of folders.
_FOLDERS = "(?:[^/]*+/)*?"


class Glob(NamedTuple):
    """A pattern as it was written, and compiled."""

    pattern: str
    regex: re.Pattern[str]


class Globs(NamedTuple):
    """Several patterns as they were written, and compiled into one expression."""

    patterns: tuple[str, ...]
    regex: re.Pattern[str]

    def first(self, path: str) -> str | None:
        """Give the first pattern that matches a path; None if none does."""
        found = self.regex.match(path)
        return self.patterns[found.lastindex - 1] if found and found.lastindex else None


#: What in a glob is captured.
_NOTHING, _STARS, _NAMES = range(3)


def compile_glob(pattern: str) -> Glob:
    """Compile a pattern. Raises ValueError with the reason."""
    return _compile(pattern, _NOTHING)


def compile_globs(patterns: Sequence[str]) -> Globs:
    """Compile one pattern or more of which nothing is captured. Raises ValueError."""
    ways = (rf"({_regex(each, _NOTHING)}\Z)" for each in patterns)
    return Globs(tuple(patterns), re.compile("|".join(ways), re.S))


def compile_family(patterns: Sequence[str]) -> tuple[Glob, ...]:
    """Compile patterns that sort paths together. Raises ValueError with the reason."""
    named = any(found["name"] for each in patterns for found in _TOKEN.finditer(each))
    return tuple(_compile(each, _NAMES if named else _STARS) for each in patterns)


def _compile(pattern: str, captured: int) -> Glob:
    regex = _regex(pattern, captured)
    try:
        return Glob(pattern, re.compile(rf"{regex}\Z", re.S))
    except re.error as error:
        raise ValueError(str(error)) from error


def _regex(pattern: str, captured: int) -> str:
    """Translate a pattern, up to the end of the path. Raises ValueError."""
    body = pattern.removeprefix("./")
    if not body.strip("/"):
        raise ValueError("it names no path")
    if "\\" in body:
        raise ValueError("folders are parted by forward slashes")
    if ".." in body.split("/"):
        raise ValueError("it can't lead out of its folder with '..'")
    tokens = list(_tokens(body.strip("/")))
    if "/" not in body.rstrip("/") and not body.startswith("**"):
        tokens.insert(0, _DEEP)
    behind = "/.*" if body.endswith("/") else r"(?:/.*)?"
    sorts = {_NOTHING: "", _STARS: "star", _NAMES: "name"}[captured]
    if any(token.kind == sorts for token in tokens):
        regex = _sorting(tokens, captured)
    else:
        regex = f"(?:{'|'.join(map(_path, _paths(tokens)))})"
    return f"{regex}{behind}"


def _tokens(body: str) -> Iterator[_Token]:
    """Part a glob into its pieces."""
    at = 0
    for found in _TOKEN.finditer(body):
        if found.start() > at:
            yield _Token("text", body[at : found.start()])
        yield _Token(str(found.lastgroup), found[0])
        at = found.end()
    if at < len(body):
        yield _Token("text", body[at:])


def _sorting(tokens: list[_Token], captured: int) -> str:
    """Translate a glob that captures what a path is sorted by."""
    kinds = [token.kind for token in tokens]
    wild = [sum(each in ("star", "name", "any") for each in name) for name in _names(kinds)]
    if max(wild) > _MOST_WILD:
        raise ValueError(f"a name of what sorts paths has up to {_MOST_WILD} wildcards and braces")
    if sum(each in ("deep", "all") for each in kinds[:-1]) > _MOST_DEEP:
        raise ValueError(f"what sorts paths has up to {_MOST_DEEP} '**' before its end")
    return _USUAL_PATH + "".join(_piece(token, captured) for token in tokens)


def _names(kinds: list[str]) -> Iterator[list[str]]:
    """Part the kinds of pieces at slashes."""
    name: list[str] = []
    for kind in kinds:
        if kind in ("slash", "deep"):
            yield name
            name = []
        else:
            name.append(kind)
    yield name


def _words(token: _Token) -> list[str]:
    return token.text[1:-1].split(",")


def _paths(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """Write out braces that contain slashes, and ``**`` that stands within a name."""
    ways: list[list[list[_Token]]] = []
    for before, token in pairwise([_SLASH, *tokens]):
        begins = before.kind in ("slash", "deep")
        if token.kind == "any" and "/" in token.text:
            ways.append([list(_tokens(word)) for word in _words(token)])
        elif token.kind == "all" and token is not tokens[-1]:
            ways.append([[_STAR], [_STAR, _SLASH, _DEEP, _STAR]])
        elif token.kind == "deep" and not begins:
            ways.append([[], [_STAR, _SLASH, _DEEP]])
        else:
            ways.append([[token]])
    for way in _ways(ways):
        yield [token for part in way for token in part]


def _ways(choices: list[list[list[_Token]]]) -> Iterator[tuple[list[_Token], ...]]:
    """Give all ways to take one of each list of choices. Raises ValueError for too many ways."""
    if prod(map(len, choices)) > _MOST_WAYS:
        raise ValueError(f"its braces stand for more than {_MOST_WAYS:,} names; part it in several")
    return product(*choices)


def _path(tokens: list[_Token]) -> str:
    """Translate a glob whose braces are written out."""
    blocks: list[list[list[_Token]]] = [[[]]]
    for token in tokens:
        if token.kind == "deep":
            blocks.append([[]])
        elif token.kind == "slash":
            blocks[-1].append([])
        else:
            blocks[-1][-1].append(token)
    parts = ["/".join(map(_name, block)) for block in blocks]
    inner = "".join(f"(?>{_FOLDERS}{part})" for part in parts[1:-1])
    return parts[0] + inner + (_FOLDERS + parts[-1] if len(parts) > 1 else "")


def _name(tokens: list[_Token]) -> str:
    """Translate the part of a glob between two slashes."""
    wild = [token for token in tokens if token.kind in ("star", "any")]
    braces = [k for k, token in enumerate(wild) if token.kind == "any"]
    if len(braces) < 2 and not any(0 < k < len(wild) - 1 for k in braces):
        return _fixed(tokens)
    choices = [
        [[_Token("text", word)] for word in _words(token)] if token.kind == "any" else [[token]]
        for token in tokens
    ]
    written = (_fixed([token for part in way for token in part]) for way in _ways(choices))
    return f"(?:{'|'.join(written)})"


def _fixed(tokens: list[_Token]) -> str:
    """Translate a name whose parts between two stars are of fixed length."""
    parts = [""]
    for token in tokens:
        if token.kind == "star":
            parts.append("")
        else:
            parts[-1] += _piece(token, _NOTHING)
    inner = "".join(f"(?>[^/]*?{part})" for part in parts[1:-1])
    return parts[0] + inner + ("[^/]*" + parts[-1] if len(parts) > 1 else "")


def _piece(token: _Token, captured: int) -> str:
    """Translate one piece of a pattern."""
    kind, text = token
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
        return f"[^/{inner[1:]}]" if inner[:1] in ("!", "^") else f"(?!/)[{inner}]"
    if kind == "any":
        return f"(?:{'|'.join(map(re.escape, _words(token)))})"
    if kind != "name" or captured != _NAMES:
        return re.escape(text)
    return f"({_NAMED.get(text[1:-1], '[^/]+?')})"


def first_match(globs: Iterable[Glob], path: str) -> str | None:
    """Give the first pattern that matches a path; None if none does."""
    return next((glob.pattern for glob in globs if glob.regex.match(path)), None)


def below(path: str, folder: str) -> str | None:
    """Give a path relative to a folder ("" is the root); None for a path outside of it."""
    if not folder:
        return path
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None
