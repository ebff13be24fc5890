"""Find repeated and nearly repeated paragraphs, say what repeats what, and take repeats out."""

from dedup import rank
from dedup.clean import Cleaned, Removed, clean
from dedup.core.similarity import similarity
from dedup.errors import DedupError, InputError, MissingExtra, RecipeMismatch, WorkersFailed
from dedup.explain import Explanation, explain
from dedup.find import find
from dedup.found import Found, Group, Kind, Run
from dedup.paragraph import Document, Paragraph, Skipped
from dedup.readers import read
from dedup.recipe import Recipe
from dedup.segment import paragraphs
from dedup.stages import signatures

__version__ = "0.1.0"

__all__ = [
    "Cleaned",
    "DedupError",
    "Document",
    "Explanation",
    "Found",
    "Group",
    "InputError",
    "Kind",
    "MissingExtra",
    "Paragraph",
    "Recipe",
    "RecipeMismatch",
    "Removed",
    "Run",
    "Skipped",
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
