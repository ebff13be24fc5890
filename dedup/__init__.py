"""Find repeated and nearly repeated paragraphs, say what repeats what, and take repeats out.

Names are imported when they are first used: numpy alone takes longer than a program may want to
wait that only asks for help.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedup import rank
    from dedup.audit import Audit
    from dedup.core.similarity import similarity
    from dedup.errors import DedupError, InputError, MissingExtra, RecipeMismatch, WorkersFailed
    from dedup.explanation import Explanation, explain
    from dedup.found import Found, Group, Kind, Run
    from dedup.index import Index, Match, StoreError
    from dedup.index.aio import AsyncIndex
    from dedup.paragraph import Document, Paragraph, Skipped
    from dedup.readers import read
    from dedup.recipe import Recipe
    from dedup.removal import Cleaned, Removed, clean
    from dedup.search import find
    from dedup.segment import paragraphs
    from dedup.stages import signatures

__version__ = "0.1.0"

__all__ = [
    "AsyncIndex",
    "Audit",
    "Cleaned",
    "DedupError",
    "Document",
    "Explanation",
    "Found",
    "Group",
    "Index",
    "InputError",
    "Kind",
    "Match",
    "MissingExtra",
    "Paragraph",
    "Recipe",
    "RecipeMismatch",
    "Removed",
    "Run",
    "Skipped",
    "StoreError",
    "WorkersFailed",
    "clean",
    "explain",
    "find",
    "paragraphs",
    "rank",
    "read",
    "signatures",
    "similarity",
]


def __getattr__(name: str) -> object:
    for module, names in (
        ("audit", ("Audit",)),
        ("removal", ("Cleaned", "Removed", "clean")),
        ("core.similarity", ("similarity",)),
        ("errors", ("DedupError", "InputError", "MissingExtra", "RecipeMismatch", "WorkersFailed")),
        ("explanation", ("Explanation", "explain")),
        ("search", ("find",)),
        ("found", ("Found", "Group", "Kind", "Run")),
        ("index", ("Index", "Match", "StoreError")),
        ("index.aio", ("AsyncIndex",)),
        ("paragraph", ("Document", "Paragraph", "Skipped")),
        ("readers", ("read",)),
        ("recipe", ("Recipe",)),
        ("segment", ("paragraphs",)),
        ("stages", ("signatures",)),
    ):
        if name in names:
            found = globals()[name] = getattr(import_module(f"dedup.{module}"), name)
            return found
    if name == "rank":
        return import_module("dedup.rank")
    raise AttributeError(f"module 'dedup' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
