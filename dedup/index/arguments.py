"""What users give to an index: settings, texts, keys, limits of ``prune``.

Knows: what each may be, and how errors name it. Does not know: stores, pages, threads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from dedup.index.settings import Settings
from dedup.options import Matching
from dedup.paragraph import Paragraph
from dedup.recipe import Recipe
from dedup.texts import Texts, as_list, listed_texts

#: An age as seconds or a timedelta, or a point in time.
Age = float | timedelta | datetime

Path = str | os.PathLike[str]


class Options(TypedDict, total=False):
    """The options of an index by name; see ``Index``."""

    threshold: float | None
    recall: float | None
    expected: int | None
    tokens: str | None
    min_tokens: int | None
    variants: str | None
    variants_at: float | None
    store_texts: bool | None
    durable: bool
    ttl: int | None


class RequestedOptions:
    """The options that a user gives for an index; None means that the user asks for no value.

    Raises:
        TypeError: an index has no such option.
        ValueError: an option can't have this value.

    """

    def __init__(self, recipe: Recipe | None, **options: Unpack[Options]) -> None:
        for name in options.keys() - Options.__annotations__:
            known = ", ".join(Options.__annotations__)
            raise TypeError(f"an index has no option {name!r}; it has {known}")
        self.durable, self.ttl = options.pop("durable", False), options.pop("ttl", None)
        self._recipe = recipe
        self._given = {name: value for name, value in options.items() if value is not None}
        self.expected, self._texts = options.get("expected"), options.get("store_texts")
        self.choose()

    def choose(self) -> Settings:
        """Choose the settings of a new index."""
        own = {name: self._given[name] for name in _MATCHING if name in self._given}
        matching = Matching(recipe=self._recipe, **own)  # type: ignore[arg-type]
        return Settings.choose(matching, self.expected, self._texts)

    def accept(self, settings: Settings) -> None:
        """Raise RecipeMismatch, naming the fields, if an index has other settings than asked."""
        asked = {} if self._recipe is None else self._recipe.to_dict()
        others = {name: self._given[name] for name in _STORED if name in self._given}
        settings.require({**asked, **others})


#: The options that say what counts as a copy, and those that an index remembers.
_MATCHING = tuple(name for name in Options.__annotations__ if name in Matching.__annotations__)
_STORED = (*(name for name in _MATCHING if name != "recall"), "store_texts")


def keys_of(paragraphs: Texts) -> list[str]:
    """Make keys of places: ``source#line``, ``record#line``, or the position of a text."""
    return [
        f"{each.record or each.source}#{each.first}" if isinstance(each, Paragraph) else str(place)
        for place, each in enumerate(paragraphs)
    ]


def checked_texts(texts: Texts) -> list[str]:
    """Return the texts to compare. Raises TypeError that names what is not a text."""
    if isinstance(texts, str | bytes):
        raise TypeError("texts is one text; it must be a list of them")
    return list(listed_texts(texts, "texts"))


def checked_keys(keys: Iterable[str], count: int) -> list[str]:
    """Return the keys of ``count`` texts. Raises TypeError or ValueError naming what is wrong."""
    if isinstance(keys, str | bytes):
        raise TypeError("keys is one key; it must be a list of them")
    found = list(as_list(keys, "keys") if hasattr(keys, "to_pylist") else keys)
    for position, each in enumerate(found):
        if not isinstance(each, str):
            raise TypeError(f"keys[{position}] is a {type(each).__name__}; it must be a str")
        try:
            each.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"keys[{position}] is {each!r}, which is not valid text") from error
    if len(found) != count:
        raise ValueError(
            f"keys has {len(found)} entries; it must have one for each of {count} texts"
        )
    return found


def checked_limits(
    older_than: Age | None, max_items: int | None, now: float
) -> tuple[int | None, int | None]:
    """Check the limits of ``prune``; return the second before which to forget, and a number."""
    before = None if older_than is None else _moment(older_than, now)
    if max_items is not None and (isinstance(max_items, bool) or max_items < 0):
        raise ValueError(f"max_items is {max_items}; it must be 0 or more")
    return before, max_items


def _moment(older_than: Age, now: float) -> int:
    """Turn an age or a time into seconds since 1970."""
    if isinstance(older_than, datetime):
        return int(older_than.timestamp())
    if isinstance(older_than, timedelta):
        older_than = older_than.total_seconds()
    if isinstance(older_than, bool) or not isinstance(older_than, int | float):
        raise TypeError(f"older_than is {older_than!r}; it must be seconds, timedelta or datetime")
    if not older_than >= 0:
        raise ValueError(f"older_than is {older_than}; it must be 0 or more")
    return int(now - older_than)
