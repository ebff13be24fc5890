"""Bounds of single values: who is let through, and in which words others are refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from dedup.checks import check_choice, check_part, check_probability, check_share, check_whole

whole = partial(check_whole, low=2, high=4)
choice = partial(check_choice, choices=("one", "two"))
Check = Callable[[str, Any], None]

GOOD: dict[str, tuple[Check, list[Any]]] = {
    "a share": (check_share, [1, 1.0, 0.5, 1e-9, np.float32(0.8), np.int64(1)]),
    "a probability": (check_probability, [0.5, 1e-9, np.float32(0.5)]),
    "a part": (check_part, [0, 1, 0.0, 1.0, 0.5]),
    "a whole number": (whole, [2, 3, 4]),
    "a choice": (choice, ["one", "two"]),
}
BAD: dict[str, tuple[Check, list[Any], str]] = {
    "a share": (check_share, [0, -1, 1.5, math.nan, math.inf], "above 0 and at most 1"),
    "a probability": (check_probability, [0, 1, math.nan, np.float32(1)], "above 0 and below 1"),
    "a part": (check_part, [-0.1, 1.1, math.nan], "from 0 to 1"),
    "a whole number": (whole, [1, 5], "from 2 to 4"),
    "a choice": (choice, ["three", "", None, 1, []], "one of 'one', 'two'"),
}
NONE: dict[str, tuple[Check, list[Any], str]] = {
    "a share": (check_share, ["x", "1", None, True, 1j, np.complex64(1)], "a number"),
    "a probability": (check_probability, ["x", None, True], "a number"),
    "a part": (check_part, ["x", None, False], "a number"),
    "a whole number": (whole, ["3", None, True, 3.0], "a whole number"),
}


@pytest.mark.parametrize(("check", "values"), GOOD.values(), ids=GOOD)
def test_what_is_within_bounds_is_let_through(check: Check, values: list[Any]) -> None:
    for value in values:
        check("size", value)


@pytest.mark.parametrize(("check", "values", "told"), BAD.values(), ids=BAD)
def test_what_is_out_of_bounds_is_told(check: Check, values: list[Any], told: str) -> None:
    for value in values:
        with pytest.raises(ValueError, match=f"^size is .*; it must be {told}$"):
            check("size", value)


@pytest.mark.parametrize(("check", "values", "told"), NONE.values(), ids=NONE)
def test_what_is_of_another_type_is_told(check: Check, values: list[Any], told: str) -> None:
    for value in values:
        with pytest.raises(TypeError, match=rf"^size is .*; it must be {told}$"):
            check("size", value)
