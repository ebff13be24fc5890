"""The job: stages in order, from where the work folder got to.

Knows: which stage follows which, what each leaves and lets go of. Does not know: how any works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.checks import check_choice, check_probability, check_share
from dedup.contained import Removal, removal
from dedup.core.weights import VARIANTS_AT
from dedup.progress import Progress, silent
from dedup.recipe import COMPARE_ALL, Recipe
from dedup.scale import space
from dedup.scale.bucketing import bucket
from dedup.scale.deciding import compare, decide
from dedup.scale.decisions import Decisions
from dedup.scale.failures import Interrupted
from dedup.scale.files import Files
from dedup.scale.folder import Facts, Folder
from dedup.scale.folding import fold, number
from dedup.scale.memory import Memory, allot, most_workers
from dedup.scale.shards import Estimate, Shard, documents, estimate, texts_in
from dedup.scale.spilling import Check, Given, Marks, Rank, Scope, spill
from dedup.scale.texts import store
from dedup.scale.writing import ANSWER, count, write
from dedup.search import CONTAINED, VARIANTS
from dedup.workers import default_workers

#: What is left at the end beside the manifest: the answer, and where paragraphs stand.
_LEFT = (*ANSWER, "shards", "documents", "names", "name_ends", "lines", "lengths", "words", "marks")

#: What the manifest tells at the end.
_TOLD = ("recipe", "expected", "paragraphs", "documents", "rows", "uncompared")


class _Settings(NamedTuple):
    """What must agree between two runs over one work folder; memory and workers need not."""

    threshold: float
    recall: float
    tokens: str
    min_tokens: int
    recipe: Recipe | None
    variants: str
    variants_at: float
    contained: str
    rank: Rank | None
    scope: Scope | None
    marks: Marks | None
    expected: Estimate | None

    def named(self) -> Facts:
        """The settings as the manifest has them."""
        return {
            **self._asdict(),
            "recipe": self.recipe and self.recipe.to_dict(),
            **{name: each and each.name for name, each in self._named.items()},
        }

    @property
    def _named(self) -> dict[str, Rank | Scope | Marks | None]:
        return {"rank": self.rank, "scope": self.scope, "marks": self.marks}

    @property
    def given(self) -> Given:
        """What the caller says of paragraphs."""
        return Given(self.rank, self.scope, self.marks)


def run(
    shards: Sequence[Shard],
    work: Path | str,
    *,
    threshold: float = 0.8,
    recall: float = 0.99,
    tokens: str = "words",
    min_tokens: int = 8,
    recipe: Recipe | None = None,
    variants: str = "report",
    variants_at: float = VARIANTS_AT,
    contained: str = "keep",
    rank: Rank | None = None,
    scope: Scope | None = None,
    marks: Marks | None = None,
    check: Check | None = None,
    expected: Estimate | None = None,
    memory: int | str = "1GB",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Decisions:
    """Decide which paragraphs of the shards are kept, in bounded memory, in a folder on disk.

    The answer is that of ``dedup.find`` on all paragraphs, shard after shard, with the same recipe
    and rank, whatever the memory and the number of workers. shards: read once, in order, each again
    only where a run was interrupted in it. work: a folder for what doesn't fit in memory; an
    interrupted run is gone on with, a finished one opened. rank: as one number a paragraph, see
    ``Rank``; None is the order of reading. contained: "remove" holds all texts in memory. scope:
    within what copies are looked for, see ``Scope``; the answer is that of a ``find`` for each.
    marks: kept beside the answer. check: is told what was read, see ``Check``. expected: how much
    there is, where the caller knows; None reads a
    few shards to estimate it. It chooses the recipe where none is given. memory: bytes that all
    processes together may take, or "1GB", "500MB".
    progress: called with (stage, done, total). Other arguments are those of ``find``.

    Raises WorkMismatch where the folder holds another job, NoSpace where the disk can't hold the
    job or gets full, MemoryTooSmall, Interrupted (a KeyboardInterrupt) on Ctrl-C, and ValueError
    for arguments out of bounds. After any of them, and after a kill, the same call goes on.
    """
    settings = _Settings(
        float(threshold), float(recall), tokens, min_tokens, recipe, variants,
        variants_at, contained, rank, scope, marks, expected,
    )  # fmt: skip
    _check(settings)
    work = Path(work)
    job = _Job(shards, work, settings, memory, workers, progress or silent, check)
    with Folder(work, settings.named(), shards) as folder:
        job.run(folder)
    return Decisions(work)


def _check(settings: _Settings) -> None:
    check_share("threshold", settings.threshold)
    check_share("recall", settings.recall)
    check_choice("variants", settings.variants, VARIANTS)
    check_probability("variants_at", settings.variants_at)
    check_choice("contained", settings.contained, CONTAINED)
    if settings.scope and settings.contained == "remove":
        raise ValueError(
            "contained is 'remove': it looks everywhere; with a scope it must be 'keep'"
        )
    if settings.scope and settings.recall == 1.0:
        raise ValueError("recall is 1: all pairs are compared then; with a scope it must be below")


class _Job:
    """One run of a job: arguments, and a method for each stage."""

    def __init__(
        self,
        shards: Sequence[Shard],
        work: Path,
        settings: _Settings,
        memory: int | str,
        workers: int | None,
        report: Progress,
        check: Check | None,
    ) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"workers is {workers}; it must be 1 or more")
        allot(memory, workers or 1)
        self._shards, self._work, self._settings = shards, work, settings
        self._bytes, self._workers, self._report, self._check = memory, workers, report, check

    def run(self, folder: Folder) -> None:
        """Run the stages that aren't done, and let go of what each made superfluous."""
        self._folder = folder
        #: Every stage: its name, what it does, which files nobody needs after it.
        stages: tuple[tuple[str, Callable[[], Facts], tuple[str, ...]], ...] = (
            ("plan", self._plan, ()),
            ("sketch", self._spill, ()),
            ("fold", self._fold, ()),
            ("number", self._number, ("ranks",)),
            ("buckets", self._bucket, ("keys", "unseen.*")),
            ("texts", self._store, ("texts",)),
            ("compare", self._compare, ("raw.*",)),
            ("decide", self._decide, ("hot.*", "pairs", "scores", "store", "at", "size",
                                      "sketches", "by_row", "wanted", "walk.*")),
            ("write", self._write, ()),
            ("count", self._count, ()),
        )  # fmt: skip
        for name, stage, superfluous in stages:
            if not folder.is_done(name):
                try:
                    facts = stage()
                except KeyboardInterrupt:
                    raise Interrupted(self._work, name) from None
                last = name == stages[-1][0]
                if last:
                    folder.keep_facts(_TOLD)
                folder.commit(name, facts, forced=last)
            folder.drop_all(*superfluous)
        folder.keep_only(_LEFT)

    @property
    def _facts(self) -> Facts:
        return self._folder.facts

    @property
    def _recipe(self) -> Recipe:
        return Recipe.stored(str(self._work), self._facts["recipe"])

    @property
    def _files(self) -> Files:
        return Files(self._folder, self._recipe)

    @property
    def _memory(self) -> Memory:
        expected = self._facts["expected"][0]
        usual = min(default_workers(expected), most_workers(self._bytes))
        return allot(self._bytes, self._workers or usual)

    @property
    def _pairs(self) -> bool:
        """Whether there are pairs to compare at all."""
        return self._settings.threshold < 1.0

    @property
    def _bands(self) -> bool:
        """Whether pairs are found by bands; else all are compared."""
        return self._pairs and self._recipe.bands > 0

    def _plan(self) -> Facts:
        """Estimate how much there is, choose the recipe, and see whether the disk can hold it."""
        settings = self._settings
        expected = settings.expected or estimate(self._shards)
        count = expected.paragraphs
        if settings.scope:
            count = max(count, COMPARE_ALL + 1)  # scopes are mixed into band keys
        recipe = settings.recipe or Recipe.choose(
            settings.threshold, settings.recall, count, settings.tokens, settings.min_tokens,
            settings.variants_at,
        )  # fmt: skip
        if settings.scope and not recipe.bands and settings.threshold < 1.0:
            raise ValueError("the recipe has no bands: all pairs are compared; a scope needs bands")
        space.require(self._work, expected, recipe)
        return {"recipe": recipe.to_dict(), "expected": list(expected)}

    def _spill(self) -> Facts:
        expected = self._facts["expected"][0]
        return spill(
            self._shards, self._files, self._recipe,
            self._settings.given._replace(check=self._check), self._memory.workers, expected,
            self._report,
        )  # fmt: skip

    def _fold(self) -> Facts:
        ranked = self._settings.rank is not None
        return fold(self._files, self._facts, ranked, self._memory, self._report)

    def _number(self) -> Facts:
        ranked = self._settings.rank is not None
        return number(self._files, self._facts, ranked, self._memory, self._report)

    def _bucket(self) -> Facts:
        if self._bands:
            return bucket(
                self._files, self._facts, self._recipe, self._settings.threshold, self._memory,
                self._report,
            )  # fmt: skip
        wanted = np.full(self._facts["rows"], self._pairs, dtype=np.uint8)
        self._files.fresh("wanted").append(wanted)
        return {}

    def _store(self) -> Facts:
        return store(self._files, self._facts, self._report)

    def _compare(self) -> Facts:
        if not self._bands:
            return {}
        return compare(self._files, self._facts, self._recipe, self._memory.workers, self._report)

    def _decide(self) -> Facts:
        settings = self._settings
        return decide(
            self._files, self._facts, self._recipe, settings.threshold, settings.variants,
            self._memory, self._report,
        )  # fmt: skip

    def _write(self) -> Facts:
        settings = self._settings
        inside = self._inside if settings.contained == "remove" else None
        return write(
            self._files, self._facts, settings.variants, inside, self._memory, self._report
        )

    def _inside(self, kept: NDArray[np.bool_], match: NDArray[np.int64]) -> Removal:
        """Look for what stands inside longer paragraphs, with all texts in memory."""
        texts: list[str] = []
        for shard, part, _ in documents(self._shards, 0, 0):
            texts += texts_in(part, self._shards[shard].name)
        return removal(texts, kept, match, self._settings.threshold, self._recipe)

    def _count(self) -> Facts:
        return count(self._files, self._facts, self._memory, self._report)
