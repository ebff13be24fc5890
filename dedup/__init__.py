"""Find repeated and nearly repeated paragraphs, say what repeats what, and take repeats out."""

from dedup import rank
from dedup.core.similarity import similarity
from dedup.errors import DedupError, InputError, MissingExtra, RecipeMismatch, WorkersFailed
from dedup.find import find
from dedup.found import Found, Group, Kind, Run
from dedup.paragraph import Document, Paragraph, Skipped
from dedup.recipe import Recipe
from dedup.stages import signatures

__version__ = "0.1.0"

__all__ = [
    "DedupError",
    "Document",
    "Found",
    "Group",
    "InputError",
    "Kind",
    "MissingExtra",
    "Paragraph",
    "Recipe",
    "RecipeMismatch",
    "Run",
    "Skipped",
    "WorkersFailed",
    "find",
    "rank",
    "signatures",
    "similarity",
]
