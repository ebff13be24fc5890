"""The threat table of SECURITY.md: every line names tests, and each of them is there."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.support.places import ROOT

TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.compile(r"`((?:\w+/)*test_\w+\.py)::(\w+)`")


def lines_of_the_table() -> list[str]:
    table = TEXT.partition("## Threats\n")[2]
    rows = [line for line in table.splitlines() if line.startswith("|")]
    return rows[2:]


@cache
def names_in(name: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / name).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(each.name for each in tree.body if isinstance(each, kinds))


@pytest.mark.parametrize("line", lines_of_the_table())
def test_every_threat_names_tests_that_are_there(line: str) -> None:
    threat, promise, shown = (cell.strip() for cell in line.strip("|").split("|"))
    assert threat
    assert promise
    named = NAMED.findall(shown)
    assert named
    assert NAMED.sub("", shown).replace(",", "").strip() == ""
    for module, test in named:
        assert test in names_in(module), f"{module}::{test}"


def test_the_table_and_the_way_to_report_are_there() -> None:
    assert len(lines_of_the_table()) >= 15
    assert "private vulnerability reporting" in TEXT
    assert "@" not in TEXT, "no address is invented"


def test_it_goes_with_the_source() -> None:
    assert '"SECURITY.md"' in (ROOT / "pyproject.toml").read_text("utf-8")
