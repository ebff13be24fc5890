"""Checks of files that dedup wrote and reads again, before it uses anything in them.

Knows: types and bounds of JSON values, paths inside a folder, which files may be opened at all.
Does not know: which file has which fields.

Work folders, manifests, plans and records may come from a stranger. A shape is a function that
takes a value and its place, and raises ``Misfit`` if the value does not fit. Shapes are made of
other shapes.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields as fields_of
from typing import Any, BinaryIO

from dedup.errors import InputError
from dedup.files import unreadable
from dedup.readers.remote import is_remote

#: Takes a value and its place, and raises Misfit if the value does not fit.
Shape = Callable[[Any, str], None]

#: The largest whole number that is accepted: the largest of 64 bits with a sign.
MOST = (1 << 63) - 1

#: The most characters of a value that a message shows.
_SHOWN = 60


class Misfit(Exception):
    """A value does not fit. It has the place of the value, the value, and what it must be."""

    def __init__(self, place: str, value: object, wanted: str) -> None:
        self.place, self.value, self.wanted = place, value, wanted
        super().__init__(f"its field {place or '(all)'} is {_shown(value)}; it must be {wanted}")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return f"an object of {len(value)} fields"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MOST:
        return f"a number of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


# -- shapes


def anything(value: object, place: str) -> None:
    """Accept any value."""


def text(value: object, place: str) -> None:
    """Accept a string."""
    if not isinstance(value, str):
        raise Misfit(place, value, "a string")


def path(value: object, place: str) -> None:
    """Accept a string that can be the path of a file."""
    text(value, place)
    try:
        usable = value != "" and b"\0" not in os.fsencode(str(value))
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise Misfit(place, value, "a path, without NUL and of characters that names can have")


def flag(value: object, place: str) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise Misfit(place, value, "true or false")


def whole(value: object, place: str) -> None:
    """Accept a whole number from 0 to ``MOST``."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise Misfit(place, value, f"a whole number from 0 to {MOST}")


def positive(value: object, place: str) -> None:
    """Accept a whole number from 1 to ``MOST``."""
    whole(value, place)
    if value == 0:
        raise Misfit(place, value, f"a whole number from 1 to {MOST}")


def share(value: object, place: str) -> None:
    """Accept a number from 0 to 1."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:  # type: ignore[operator]
        raise Misfit(place, value, "a number from 0 to 1")


def number(value: object, place: str) -> None:
    """Accept any number but NaN and infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Misfit(place, value, "a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise Misfit(place, value, "a finite number")


def digest(value: object, place: str) -> None:
    """Accept 32 digits of base 16."""
    if not isinstance(value, str) or len(value) != 32 or not set(value) <= set("0123456789abcdef"):
        raise Misfit(place, value, "a digest: 32 digits of base 16")


def one_of(known: Collection[object]) -> Shape:
    """Accept one of some values."""
    listed = " or ".join(repr(each) for each in known)

    def check(value: object, place: str) -> None:
        if not any(type(value) is type(each) and value == each for each in known):
            raise Misfit(place, value, listed)

    return check


def optional(shape: Shape) -> Shape:
    """Accept null, or a value that fits the shape."""

    def check(value: object, place: str) -> None:
        if value is not None:
            shape(value, place)

    return check


def listed(shape: Shape) -> Shape:
    """Accept a list whose values all fit the shape."""

    def check(value: object, place: str) -> None:
        if not isinstance(value, list):
            raise Misfit(place, value, "a list")
        for at, each in enumerate(value):
            shape(each, f"{place}[{at}]")

    return check


def row(*shapes: Shape) -> Shape:
    """Accept a list with one value for each shape, which fits this shape."""

    def check(value: object, place: str) -> None:
        if not isinstance(value, list) or len(value) != len(shapes):
            raise Misfit(place, value, f"a list of {len(shapes)}")
        for at, (each, shape) in enumerate(zip(value, shapes, strict=True)):
            shape(each, f"{place}[{at}]")

    return check


def mapped(shape: Shape) -> Shape:
    """Accept an object whose values all fit the shape."""

    def check(value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise Misfit(place, value, "an object")
        for name, each in value.items():
            shape(each, _inside(place, name))

    return check


def fields(
    needed: Mapping[str, Shape],
    others: Mapping[str, Shape] | None = None,
    rest: Shape | None = None,
) -> Shape:
    """Accept an object that has all fields of ``needed``, and perhaps fields of ``others``.

    rest: the shape of all further fields; without it, further fields are not accepted.
    """
    known = {**needed, **(others or {})}

    def check(value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise Misfit(place, value, "an object")
        for name in needed:
            if name not in value:
                raise Misfit(place, value, f"an object with a field {name!r}")
        for name, each in value.items():
            shape = known.get(name, rest)
            if shape is None:
                raise Misfit(_inside(place, name), each, "left out, for no such field is known")
            shape(each, _inside(place, name))

    return check


def like(defaults: object, **others: Shape) -> Shape:
    """Accept an object that has fields of a dataclass, all or some, of the types of its defaults.

    others: the shapes of fields whose default doesn't show their type, such as None.
    """
    shapes = {each.name: _like(getattr(defaults, each.name)) for each in fields_of(defaults)}  # type: ignore[arg-type]
    return fields({}, {**shapes, **others})


def _like(value: object) -> Shape:
    if isinstance(value, tuple | list):
        return listed(text)
    kinds: dict[type, Shape] = {bool: flag, int: whole, float: number, str: text}
    return kinds.get(type(value), anything)


def _inside(place: str, name: object) -> str:
    shown = str(name)[:_SHOWN]
    shown = shown if shown.isidentifier() else repr(shown)
    return f"{place}.{shown}" if place else shown


# -- what is read


def check(value: object, shape: Shape, source: str, remedy: str = "") -> None:
    """Raise InputError, naming file, field and value, where a value does not fit."""
    try:
        shape(value, "")
    except Misfit as error:
        raise InputError(source, str(error), remedy) from error


def require_version(value: object, known: int, source: str, remedy: str) -> None:
    """Raise InputError unless a value is a JSON object with this version."""
    if not isinstance(value, dict):
        raise InputError(source, f"it is {_shown(value)} instead of an object", remedy)
    found = value.get("version")
    if type(found) is not int or found != known:
        raise InputError(source, f"its version is {_shown(found)}, not {known}", remedy)


def parsed(raw: bytes, source: str, remedy: str = "") -> Any:  # noqa: ANN401
    """Read JSON. Raises InputError for anything else."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(source, f"it is no JSON ({reason[:200]})", remedy) from error


def read_json(source: str, remedy: str = "") -> Any:  # noqa: ANN401
    """Read a file of JSON. Raises InputError, or FileNotFoundError if there is no such file."""
    with open_regular(source, remedy) as file:
        return parsed(file.read(), source, remedy)


def open_regular(source: str, remedy: str = "") -> BinaryIO:
    """Open a regular file that another file names, and not the command line.

    Raises InputError for a URL, a device, a pipe and a file that can't be read, and
    FileNotFoundError if there is no such file.
    """
    try:
        _require_regular(source, remedy)
        return open(source, "rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(source, error) from error


def require_regular(source: str, remedy: str = "") -> None:
    """Raise InputError, with this remedy, unless there is a regular file."""
    try:
        _require_regular(source, remedy)
    except FileNotFoundError as error:
        raise InputError(source, "is not there", remedy) from error
    except OSError as error:
        raise unreadable(source, error) from error


def _require_regular(source: str, remedy: str) -> None:
    if is_remote(source):
        raise InputError(source, "is a URL, which is opened only where you name it", remedy)
    if not stat.S_ISREG(os.stat(source).st_mode):
        raise InputError(source, "is no regular file", remedy)


# -- paths


def below(value: object, place: str) -> None:
    """Accept the path of a file inside a folder: relative, and without ``..``."""
    path(value, place)
    name = str(value)
    parts = name.replace(os.sep, "/").split("/")
    absolute = os.path.isabs(name) or bool(os.path.splitdrive(name)[0]) or is_remote(name)
    if absolute or any(part in ("", ".", "..") for part in parts):
        raise Misfit(place, value, "a path below its folder; this one leads out of it")


def beneath(folder: str, name: str) -> str:
    """Give the path of a file inside a folder, if no part of the path in the folder is a link.

    The path of the folder itself may have links, and the file need not exist. Raises InputError.
    """
    source = os.path.join(folder, name)
    try:
        below(name, name)
    except Misfit as error:
        raise InputError(source, f"leads out of {folder or '.'}", "use another name") from error
    at = folder or "."
    for part in name.split("/") if os.sep == "/" else name.replace(os.sep, "/").split("/"):
        at = os.path.join(at, part)
        if os.path.islink(at):
            raise InputError(at, f"is a link, which may lead out of {folder}", "remove the link")
    return source
