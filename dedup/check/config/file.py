"""The file of settings: where it is, what is in it, what is wrong with it.

Knows: TOML, the names of the keys, which line of a file a key stands on. Does not know: what a
value must be (``settings``), command-line options.

The file is looked for in the current folder and those above it, up to the repository's root. In
each folder ``dedup.toml`` comes first, then ``.dedup.toml``, then a ``pyproject.toml`` with
``[tool.dedup]``. Only the first file that is found counts. Globs are relative to its folder; with
``--config`` they are relative to the root.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from dedup.check.config import presets, settings
from dedup.check.config.settings import CheckSettings
from dedup.check.files.documents import own_text
from dedup.check.files.globs import Glob
from dedup.check.findings.report import RULES
from dedup.checks import instead_of
from dedup.errors import ConfigError
from dedup.files import is_below

NAMES = ("dedup.toml", ".dedup.toml", "pyproject.toml")

#: By key: the field of ``CheckSettings``, and the function that checks the value.
_KEYS: Mapping[str, tuple[str, Callable[[object], object]]] = MappingProxyType(
    {
        "min-words": ("min_words", settings.words_number),
        "threshold": ("threshold", settings.share),
        "fail-on": ("fail_on", settings.one_of(settings.FAIL_NAMES)),
        "include": ("include", settings.globs),
        "exclude": ("exclude", settings.globs),
        "extend-exclude": ("extend_exclude", settings.globs),
        "boilerplate": ("boilerplate", settings.globs),
        "isolate": ("isolate", settings.families),
        "headings": ("headings", settings.switch),
        "alternatives": ("alternatives", settings.tabs),
        "baseline": ("baseline", settings.text),
        "preset": ("presets", presets.named),
    }
)
#: Keys that are tables.
_TABLES = ("rules", "markup", "per-file-ignores")

_HEADER = re.compile(r"\s*+\[\[?+([^\]\n]++)\]")
_ERROR_LINE = re.compile(r"line (\d+)")
_PART = re.compile(r"\"[^\"]*\"|'[^']*'|[\w-]+")
_KEY = re.compile(
    r"\s*((?:\"[^\"]*\"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:\"[^\"]*\"|'[^']*'|[\w-]+))*)\s*="
)


_LONG_NUMBER = re.compile(r"(?<![\w.])\d[\d_]{4000,}+")

#: The type of a value that was checked.
Value = TypeVar("Value")


class _Wrong(Exception):
    """Says that a value is wrong: the path of its key, and why."""

    def __init__(self, path: tuple[str, ...], reason: str) -> None:
        self.path = path
        self.reason = reason


def find(folder: str, root: str) -> str | None:
    """Find the file of settings, from a folder up to the root. Returns its absolute path.

    Anything with one of dedup's own names is taken for it; ``load`` says if it can't be read.
    """
    while True:
        for name in NAMES:
            path = os.path.join(folder, name)
            if os.path.lexists(path) and (name != NAMES[-1] or _speaks(path)):
                return path
        above = os.path.dirname(folder)
        if folder == root or above == folder:
            return None
        folder = above


def load(path: str, root: str, base: str) -> CheckSettings:
    """Read a file of settings.

    Args:
        path: the absolute path of the file.
        root: the absolute path of the root.
        base: the folder that globs are relative to, itself relative to the root.

    Raises:
        ConfigError: with file, line and key, if the file can't be read or is not TOML, for unknown
            keys and wrong values, and for a baseline outside of the root.

    """
    import tomllib

    shown = os.path.relpath(path, root) if path.startswith(os.path.join(root, "")) else path
    shown = shown.replace(os.sep, "/")
    try:
        raw = own_text(path)
    except OSError as error:
        reason = f"can't be read: {error.strerror or error}"
        raise ConfigError(shown, None, "", reason, "check --config") from error
    except ValueError as error:
        raise ConfigError(shown, None, "", str(error), "mend it, or leave it out") from error
    prefix = ("tool", "dedup") if os.path.basename(path) == NAMES[-1] else ()
    try:
        table: object = tomllib.loads(raw)
    except tomllib.TOMLDecodeError as error:
        found = _ERROR_LINE.search(str(error))
        line = int(found[1]) if found else raw.rstrip("\n").count("\n") + 1
        raise ConfigError(shown, line, "", f"this is no TOML: {error}") from error
    except ValueError as error:  # Python reads no longer numbers
        number = _LONG_NUMBER.search(raw)
        place = raw.count("\n", 0, number.start()) + 1 if number else None
        raise ConfigError(shown, place, "", "a number has too many digits") from error
    except RecursionError as error:
        raise ConfigError(shown, None, "", "lists or tables are nested too deep") from error
    try:
        for part in prefix:
            table = table.get(part, {}) if isinstance(table, dict) else {}
        read = _settings(table)
        baseline = _beneath(root, path, read.baseline)
    except _Wrong as wrong:
        where = _line_of(raw, (*prefix, *wrong.path))
        raise ConfigError(shown, where, ".".join(wrong.path), wrong.reason) from None
    return replace(read, base=base, source=shown, baseline=baseline)


def _beneath(root: str, path: str, baseline: str | None) -> str | None:
    """Give the absolute path of a baseline named relative to the file of settings.

    Raises _Wrong for a path outside of the root, because strangers may have written the settings,
    and they may not choose what is read and written elsewhere.
    """
    if baseline is None:
        return None
    try:
        made = os.path.normpath(os.path.join(os.path.dirname(path), baseline))
        real = os.path.realpath(made)
    except ValueError as error:  # a NUL in it
        raise _Wrong(("baseline",), str(error)) from error
    if not (is_below(made, root) and is_below(real, root)):
        raise _Wrong(
            ("baseline",),
            f'"{baseline}" leads out of {root}; name a file inside, or use --baseline',
        )
    return made


def _speaks(path: str) -> bool:
    """Say whether a pyproject.toml has a table for dedup.

    A file that is not TOML counts if it contains the name of the table.
    """
    try:
        raw = own_text(path)
    except (OSError, ValueError):
        return False
    if "dedup" not in raw:
        return False
    import tomllib

    try:
        tool = tomllib.loads(raw).get("tool")
    except (ValueError, RecursionError):
        return "[tool.dedup" in raw
    return isinstance(tool, dict) and "dedup" in tool


def _settings(table: object) -> CheckSettings:
    """Check a table and make settings of it. Raises _Wrong."""
    if not isinstance(table, dict):
        raise _Wrong((), "is no table")
    for key in table:
        if key not in _KEYS and key not in _TABLES:
            raise _Wrong((key,), f"this key {instead_of(key, [*_KEYS, *_TABLES])}")
    values = {
        field: _checked((key,), check, table[key])
        for key, (field, check) in _KEYS.items()
        if key in table
    }
    chosen = values.get("presets", CheckSettings().presets)
    made = presets.apply(CheckSettings(), chosen)  # type: ignore[arg-type]
    added = {name: getattr(made, name) + values.pop(name, ()) for name in presets.ADDED}
    made = replace(made, **added, **values)  # type: ignore[arg-type]
    return _with_tables(made, table)


def _with_tables(made: CheckSettings, table: dict[str, object]) -> CheckSettings:
    made = made.set_levels(dict(_levels(_subtable(table, "rules"))))
    markup = tuple(_markups(_subtable(table, "markup")))
    ignored = tuple(_ignored(_subtable(table, "per-file-ignores")))
    return replace(made, markup=markup, ignored=ignored)


def _subtable(table: dict[str, object], key: str) -> dict[str, object]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise _Wrong((key,), f"is no table; write it as [{key}]")
    return value


def _levels(table: dict[str, object]) -> Iterator[tuple[str, str]]:
    for rule, value in table.items():
        if rule not in RULES:
            raise _Wrong(("rules", rule), f"this rule {instead_of(rule, RULES)}")
        yield rule, _checked(("rules", rule), partial(settings.level, rule), value)


def _markups(table: dict[str, object]) -> Iterator[tuple[Glob, str]]:
    from dedup.segment import markups

    for pattern, value in table.items():
        path = ("markup", pattern)
        glob = _checked(path, settings.one_glob, pattern)
        yield glob, _checked(path, settings.one_of(markups.names()), value)


def _ignored(table: dict[str, object]) -> Iterator[tuple[Glob, tuple[str, ...]]]:
    for pattern, value in table.items():
        path = ("per-file-ignores", pattern)
        glob = _checked(path, settings.one_glob, pattern)
        yield glob, _checked(path, settings.rule_names, value)


def _checked(path: tuple[str, ...], check: Callable[[object], Value], value: object) -> Value:
    try:
        return check(value)
    except ValueError as error:
        raise _Wrong(path, str(error)) from error


def _line_of(raw: str, path: tuple[str, ...]) -> int | None:
    """Find the line of a key: the first line that sets it, a part of it, or its table."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(raw.split("\n"), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])[: len(path) + 1]  # more can't be what is looked for
            whole = table
        elif key := _KEY.match(line):
            whole = table + _parts(key[1])
        else:
            continue
        if whole[: len(path)] == path:
            return number
        if whole == path[: len(whole)] and "{" in line and path[-1] in line:
            return number
    return None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
