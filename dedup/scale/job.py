"""The job: runs the stages in order, beginning after those that the work folder has finished.

Knows: the order of the stages, the files that each makes needless. Does not know: how a stage
works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup.contained import Removal, removal
from dedup.encoded import Column, encode
from dedup.options import USUAL_MATCHING, USUAL_RESOURCES, Matching, Resources
from dedup.recipe import COMPARE_ALL, Recipe
from dedup.scale.budget import Memory, allot, most_workers, require_disk
from dedup.scale.competition import NOTHING_GIVEN, Given
from dedup.scale.decisions import Decisions
from dedup.scale.failures import Interrupted, MemoryTooSmall
from dedup.scale.shards import Estimate, Shard, documents, estimate, texts_in
from dedup.scale.stages.answer import ANSWER, count, write
from dedup.scale.stages.buckets import bucket
from dedup.scale.stages.decision import compare, decide
from dedup.scale.stages.first_pass import spill
from dedup.scale.stages.heads import fold, number
from dedup.scale.stages.texts import store
from dedup.scale.storage.folder import Facts, Folder
from dedup.scale.storage.layout import Files
from dedup.workers import default_workers

#: The columns that are left at the end: the answer, and the places of paragraphs.
_LEFT = (*ANSWER, "shards", "documents", "names", "name_ends", "lines", "lengths", "words", "marks")

#: Bytes that a word of a kept paragraph takes while paragraphs inside longer ones are looked for;
#: the text itself is counted in it.
_INSIDE = 100

#: The facts that the manifest keeps at the end.
_TOLD = ("recipe", "expected", "paragraphs", "documents", "rows", "uncompared")


def run(
    shards: Sequence[Shard],
    work: Path | str,
    matching: Matching = USUAL_MATCHING,
    resources: Resources = USUAL_RESOURCES,
    given: Given = NOTHING_GIVEN,
    expected: Estimate | None = None,
) -> Decisions:
    """Decide which paragraphs of the shards are kept, in bounded memory, in a folder on disk.

    The answer is the same as from ``dedup.find`` on all paragraphs, shard after shard, with the
    same recipe and rank, whatever the memory and the number of workers. After any error, and after
    a kill, the same call continues the job.

    Args:
        shards: read once, in order; only a shard in which a run was interrupted is read again.
        work: a folder for what does not fit in memory, and for the answer. The job in it is
            continued if it was interrupted, and opened if it is finished.
        matching: what counts as a copy. Its ``contained`` "remove" holds all texts in memory, and
            raises MemoryTooSmall if they do not fit.
        resources: memory, workers and progress; its ``work`` is not used.
        given: rank, scope and marks of paragraphs, and a check after reading. With a scope the
            answer is the same as from a ``find`` for each scope.
        expected: how much there is, if the caller knows; None reads a few shards to estimate it.
            The recipe is chosen by it unless ``matching`` has one.

    Raises:
        WorkMismatch: if the folder holds another job.
        NoSpace: if the disk cannot hold the job, or gets full.
        MemoryTooSmall: if a stage needs more memory.
        Interrupted: a KeyboardInterrupt, on Ctrl-C.
        ValueError: for arguments that do not go together.

    """
    _require_scopes_met(matching, given)
    work = Path(work)
    job = _Job(shards, work, matching, resources, given, expected)
    with Folder(work, _settings(matching, given, expected), shards) as folder:
        job.run(folder)
    return Decisions(work)


def _settings(matching: Matching, given: Given, expected: Estimate | None) -> Facts:
    """Return the settings that must agree between two runs in one work folder."""
    return {**matching.to_dict(), **given.names, "expected": expected}


def _require_scopes_met(matching: Matching, given: Given) -> None:
    """Raise ValueError for options that do not work with a scope."""
    if given.scope and matching.contained == "remove":
        raise ValueError(
            "contained is 'remove': it looks everywhere; with a scope it must be 'keep'"
        )
    if given.scope and matching.recall == 1.0:
        raise ValueError("recall is 1: all pairs are compared then; with a scope it must be below")


class _Job:
    """One run of a job: arguments, and a method for each stage."""

    def __init__(
        self,
        shards: Sequence[Shard],
        work: Path,
        matching: Matching,
        resources: Resources,
        given: Given,
        expected: Estimate | None,
    ) -> None:
        allot(resources.size, resources.workers or 1)
        self._shards, self._work, self._matching = shards, work, matching
        self._resources, self._given, self._expected = resources, given, expected
        self._report = resources.progress

    def run(self, folder: Folder) -> None:
        """Run the stages that are not done, and delete the files that each makes needless."""
        self._folder = folder
        #: Every stage: its name, its method, and the files that nobody needs after it.
        stages: tuple[tuple[str, Callable[[], Facts], tuple[str, ...]], ...] = (
            ("plan", self._plan, ()),
            ("sketch", self._spill, ()),
            ("fold", self._fold, ()),
            ("number", self._number, ("ranks",)),
            ("buckets", self._bucket, ("keys", "unseen.*")),
            ("texts", self._store, ()),
            ("compare", self._compare, ("raw.*",)),
            ("decide", self._decide, ("hot.*", "pairs", "scores", "store", "at", "size",
                                      "sketches", "bags", "by_row", "wanted", "walk.*", "texts")),
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
        size = self._resources.size
        usual = min(default_workers(self._facts["expected"][0]), most_workers(size))
        return allot(size, self._resources.workers or usual)

    @property
    def _pairs(self) -> bool:
        """Whether there are pairs to compare at all."""
        return self._matching.threshold < 1.0

    @property
    def _bands(self) -> bool:
        """Whether bands propose the pairs to compare; if not, all pairs are compared."""
        return self._pairs and self._recipe.bands > 0

    def _plan(self) -> Facts:
        """Estimate how much there is, choose the recipe, and check that the disk has room."""
        scoped = self._given.scope is not None
        expected = self._expected or estimate(self._shards)
        count = expected.paragraphs
        if scoped:
            count = max(count, COMPARE_ALL + 1)  # scopes are mixed into band keys
        recipe = Recipe.of(self._matching, count)
        if scoped and not recipe.bands and self._pairs:
            raise ValueError("the recipe has no bands: all pairs are compared; a scope needs bands")
        require_disk(self._work, expected, recipe)
        return {"recipe": recipe.to_dict(), "expected": list(expected)}

    def _spill(self) -> Facts:
        return spill(
            self._shards, self._files, self._recipe, self._given, self._memory.workers,
            self._facts["expected"][0], self._report,
        )  # fmt: skip

    def _fold(self) -> Facts:
        ranked = self._given.rank is not None
        return fold(self._files, self._facts, ranked, self._memory, self._report)

    def _number(self) -> Facts:
        ranked = self._given.rank is not None
        return number(self._files, self._facts, ranked, self._memory, self._report)

    def _bucket(self) -> Facts:
        if self._bands:
            least = self._recipe.least_agreement(self._matching.threshold)
            return bucket(self._files, self._facts, least, self._memory, self._report)
        wanted = np.full(self._facts["rows"], self._pairs, dtype=np.uint8)
        self._files.fresh("wanted").append(wanted)
        return {}

    def _store(self) -> Facts:
        return store(self._files, self._facts, self._memory, self._report)

    def _compare(self) -> Facts:
        if self._facts["copied"]:
            self._folder.drop("texts")
        if not self._bands:
            return {}
        return compare(
            self._files, self._facts, self._matching, self._recipe, self._memory, self._report
        )

    def _decide(self) -> Facts:
        return decide(
            self._files, self._facts, self._matching, self._recipe, self._memory, self._report
        )

    def _write(self) -> Facts:
        inside = self._inside if self._matching.contained == "remove" else None
        quiet = self._matching.variants == "ignore"
        return write(self._files, self._facts, quiet, inside, self._memory, self._report)

    def _inside(self, kept: NDArray[np.bool_], match: NDArray[np.int64]) -> Removal:
        """Look for what stands inside longer paragraphs, with all texts in memory."""
        words = int(self._files.words.read(0, len(kept))[kept].sum(dtype=np.int64))
        needed = _INSIDE * words
        if needed > self._memory.arrays:
            total = self._memory.total
            raise MemoryTooSmall(
                "looking for paragraphs inside longer ones (--contained remove)",
                total - self._memory.arrays + needed, total,
            )  # fmt: skip
        parts = [
            Column(encode(texts_in(part, self._shards[shard].name)))
            for shard, part, _ in documents(self._shards, 0, 0)
        ]
        texts: Sequence[str] = Column.joined(parts) if parts else ()
        return removal(texts, kept, match, self._matching.threshold, self._recipe)

    def _count(self) -> Facts:
        return count(self._files, self._facts, self._memory, self._report)
