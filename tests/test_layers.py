"""Imports point down: no module imports one of a layer above its own.

The arrows are drawn from the source, those of imports inside functions too. What is imported for
types alone doesn't count, nor does what a module asks for by a name in a string.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.places import ROOT

#: From below to above: modules and packages of ``dedup``, each with all in it that isn't named
#: elsewhere. Of two rooms in different lines the upper one may import the lower one, and never the
#: other way round.
LAYERS = {
    "values": "errors checks ragged paragraph progress encoded texts sizes files",
    "kernel": "kernel",
    "core": "core",
    "options": "options",
    "comparison": "recipe stages workers sequences pairs contained audit found search "
    "explanation histogram pages rank",
    "markup": "segment",
    "documents": "cuts removal",
    "readers": "readers schema",
    "writers": "writers",
    "index": "index",
    "scale": "scale",
    "dump": "dump",
    "check": "check",
    "reports": "reports check.reports",
    "integrations": "integrations",
    "commands": "commands cli",
}

RANKS = {
    f"dedup.{name}": rank for rank, names in enumerate(LAYERS.values()) for name in names.split()
}

#: What the package itself is asked for: it is below all, for it gives other names only when asked.
OWN = ("__version__", "__path__")

Arrow = tuple[str, str]


def modules(root: Path) -> dict[str, str]:
    """Give the source of each module of the package in a folder, by name."""
    found = {}
    for path in sorted((root / "dedup").rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    return found


def imports(source: str, names: set[str]) -> Iterator[str]:
    """Name the modules of the package, out of ``names``, that a source imports when it runs."""
    for node in _running(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the whole module"
            for each in node.names:
                whole = f"{node.module}.{each.name}"
                if whole in names:
                    yield whole
                elif node.module in names:
                    assert node.module != "dedup" or each.name in OWN, f"{whole}: name its module"
                    yield node.module


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, past what stands under ``if TYPE_CHECKING``."""
    yield node
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.If) and ast.unparse(each.test).endswith("TYPE_CHECKING"):
            for other in each.orelse:
                yield from _running(other)
        else:
            yield from _running(each)


def room_of(module: str) -> str:
    """Name the room of a module: the longest name in ``LAYERS`` that it begins with."""
    parts = module.split(".")
    begins = [".".join(parts[:size]) for size in range(len(parts), 0, -1)]
    room = next((each for each in begins if each in RANKS), None)
    assert room, f"{module}: name it in LAYERS"
    return room


def upward(sources: dict[str, str], *only: str) -> list[Arrow]:
    """List the arrows from a module, or from some alone, to one of a layer above its own."""
    found = []
    for module in only or sources:
        for other in imports(sources[module], set(sources)):
            if "dedup" in (module, other):
                continue
            if RANKS[room_of(other)] > RANKS[room_of(module)]:
                found.append((module, other))
    return found


def test_imports_point_down() -> None:
    told = [f"{module} imports {other}, above it" for module, other in upward(modules(ROOT))]
    assert told == []


def test_no_imports_run_in_a_circle() -> None:
    sources = modules(ROOT)
    names = set(sources) - {"dedup"}
    graph = {name: set(imports(sources[name], names)) for name in names}
    assert len([*TopologicalSorter(graph).static_order()]) == len(names)  # raises CycleError


def test_every_room_in_the_table_is_there() -> None:
    assert [room for room in RANKS if room not in modules(ROOT)] == []


SOURCES = {
    "at the top": ("import dedup.scale.job", True),
    "from a package": ("from dedup import readers", True),
    "from a module": ("from dedup.scale.job import run", True),
    "in a function": ("def f():\n    if x:\n        from dedup.scale import job", True),
    "for types alone": ("if TYPE_CHECKING:\n    from dedup.scale.job import run", False),
    "for types alone, by its module": ("if typing.TYPE_CHECKING:\n    import dedup.scale", False),
    "when it runs alone": ("if TYPE_CHECKING:\n    pass\nelse:\n    import dedup.scale", True),
    "of the same layer": ("from dedup.core import normalise", False),
    "of a layer below": ("from dedup import kernel", False),
    "of the package": ("from dedup import __version__", False),
    "of others": ("import numpy.typing, os", False),
}


@pytest.mark.parametrize(("source", "found"), SOURCES.values(), ids=SOURCES)
def test_arrows_are_seen(source: str, found: bool) -> None:
    sources = {**modules(ROOT), "dedup.core.added": source}
    assert bool(upward(sources, "dedup.core.added")) == found


def test_a_module_in_no_layer_is_told() -> None:
    with pytest.raises(AssertionError, match=r"dedup\.added: name it in LAYERS"):
        upward({**modules(ROOT), "dedup.added": "import dedup.core"}, "dedup.added")
