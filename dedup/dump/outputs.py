"""Make everything that a job leaves, in its work folder: files, record of removals, manifest.

Knows: what each is made from, and its name in the work folder. Does not know: whether the folder
belongs to the job (``job``), how a file is written (``file``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from dedup import readers
from dedup.dump import plans, record
from dedup.dump.file import Order, close_answer, rewrite
from dedup.dump.folders import Work
from dedup.dump.references import reference_shards
from dedup.dump.request import Request
from dedup.dump.selection import read_goes, select
from dedup.dump.statistics import Tally, tally
from dedup.dump.summary import File, Summary, written_manifest
from dedup.errors import DedupError
from dedup.options import Policy
from dedup.readers import ReadOptions
from dedup.readers.coverage import Coverage
from dedup.scale import Shard, run
from dedup.scale.budget import allot, most_workers
from dedup.scale.competition import (
    Given,
    marks_of,
    rank_of,
    require_distinct,
    require_met,
    scope_of,
)
from dedup.scale.storage.lock import Lock
from dedup.workers import Workers
from dedup.writers.file import write_whole

#: Names in the work folder: the record, the manifest, and the file of ``selection.select``.
_RECORD, _MANIFEST, GOES = "record", "manifest.json", "goes"


class TooMuchLost(DedupError):
    """A source would lose more than the policy allows; names the source that would lose most."""

    def __init__(self, source: str, loss: float, allowed: float, others: int) -> None:
        more = f" (and of {others:,} more)" if others else ""
        super().__init__(
            f"{source}: {100 * loss:.1f} % of its text{more} would go, more than the "
            f"{100 * allowed:g} % of --max-loss; nothing was written. See what with --plan, or "
            "allow more"
        )


class Inputs(NamedTuple):
    """What a job reads: the named paths, how to read them, and the files they lead to, in order.

    shards: the same files, as the engine takes them.
    """

    paths: list[str]
    reading: ReadOptions
    markup: str
    files: Sequence[readers.Shard]
    shards: Sequence[Shard]


class Outputs:
    """Makes the output of a job from its input files.

    targets: the file to write for each input, None for none; lock: the lock on the work folder,
    which helper processes keep while they write; work: the folder that was named for what does not
    fit in memory, if any.
    """

    def __init__(
        self,
        request: Request,
        inputs: Inputs,
        targets: Sequence[str | None],
        lock: Lock,
        work: Work | None,
    ) -> None:
        self._request, self._inputs, self._targets = request, inputs, targets
        self._report, self._lock, self._work = request.resources.progress, lock, work

    def make(self, draft: Path) -> bytes:
        """Make everything that earlier runs have not made, and return the manifest."""
        for name in ("out", "part", "done"):
            (draft / name).mkdir(exist_ok=True)
        request, inputs = self._request, self._inputs
        summary = Summary({}, os.path.basename(request.record), [])
        if request.apply:
            sources = [each.path for each in inputs.files]
            planned = plans.split(request.apply, sources, draft / "plan")
            orders = self._orders(draft, 0, None, planned)
        else:
            orders = self._decide(draft, summary)
        done = self._rewrite(draft, orders)
        _require_some(done)
        parts = [each.part for each in orders]
        summary.inputs = [each.seen for each in inputs.shards]
        summary.settings = {
            **request.named, "reading": asdict(inputs.reading), "markup": inputs.markup
        }  # fmt: skip
        if request.plan:
            head = plans.Plan(
                inputs.paths, summary.inputs, inputs.reading, inputs.markup, request.named
            )
            record.join(parts, str(self._waiting(draft)), head.line())
        else:
            record.join(parts, str(self._waiting(draft)))
        return self._finish(draft, summary, done)

    def moves(self, draft: Path) -> list[tuple[Path, str]]:
        """List what to move where at the end; a file may be missing if nothing could be read."""
        request = self._request
        moves = [(self._waiting(draft), request.record)]
        for number, target in enumerate(self._targets):
            if target is not None:
                moves.append((Path(str(_drafted(draft, number, target))), target))
        if request.output is not None:
            moves.append((draft / _MANIFEST, request.manifest))
        return moves

    def decided(self, draft: Path) -> Path:
        """Return the folder of the decisions; it does not exist when a plan is carried out."""
        return draft / "decided" if self._work is None else self._work.path

    def has_decided(self, draft: Path) -> bool:
        """Return whether the decision is complete."""
        return (draft / GOES).exists()

    def _waiting(self, draft: Path) -> Path:
        """Return the path of the record in the work folder; its suffix says how it is packed."""
        suffix = next(each for each in record.SUFFIXES if self._request.record.endswith(each))
        return draft / f"{_RECORD}{suffix}"

    def _decide(self, draft: Path, summary: Summary) -> list[Order]:
        """Decide which paragraphs are removed, sum up, and return what to do with each file."""
        reading = self._referring()
        references = reference_shards(self._request.references, self._inputs.markup, reading)
        work = self.decided(draft)
        if self._work is not None:
            self._work.make()
        self._decide_on_disk(references, work, summary, draft / GOES)
        return self._orders(draft, len(references), work, None)

    def _referring(self) -> ReadOptions:
        """Return the options for reading references."""
        field = self._request.reference_text_field
        reading = self._inputs.reading
        return reading if field is None else replace(reading, text_field=field)

    def _decide_on_disk(
        self, references: list[Shard], work: Path, summary: Summary, goes: Path
    ) -> None:
        request, policy, own = self._request, self._request.policy, self._inputs.shards
        shards = [*references, *own]
        require_distinct((each.name for each in references), (each.name for each in own))
        given = Given(
            rank_of(policy, frozenset(each.name for each in references)), scope_of(policy),
            marks_of(policy), self._check,
        )  # fmt: skip
        decisions = run(shards, work, request.matching, request.resources, given)
        memory = allot(request.resources.size, 1).arrays
        select(decisions, policy, len(references), goes, memory)
        sums = tally(
            decisions, shards, len(references), read_goes(goes), request.repeated, self._report
        )
        if request.output is not None:
            refuse_loss(sums, policy)
        summary.tally, summary.hosts = sums, len(sums.hosts)
        summary.recipe = decisions.recipe.to_dict()
        summary.recall, summary.uncompared = decisions.expected_recall, decisions.uncompared

    def _check(self, facts: dict[str, Any]) -> None:
        """Raise ValueError for an option that needs a field which no document has."""
        files, reading = self._inputs.files, self._inputs.reading
        readers.require_fields(files, reading, facts["hosts"], facts["ids"])
        fields = readers.fields_in(files, reading)
        require_met(self._request.policy, facts["hosts"], facts["ranked"], fields)

    def _orders(
        self, draft: Path, before: int, work: Path | None, planned: Sequence[str] | None
    ) -> list[Order]:
        request, inputs = self._request, self._inputs
        named = frozenset(inputs.paths)
        return [
            Order(
                number + before, each.path, each.container, each.packing, each.path in named,
                _drafted(draft, number, target),
                str(draft / "part" / f"{number:06d}.jsonl.gz"),
                str(draft / "done" / f"{number:06d}.json"),
                None if work is None else str(work),
                None if work is None else str(draft / GOES),
                None if planned is None else planned[number],
                inputs.markup, asdict(inputs.reading), asdict(request.writing),
            )
            for number, (each, target) in enumerate(
                zip(inputs.files, self._targets, strict=True)
            )
        ]  # fmt: skip

    def _rewrite(self, draft: Path, orders: Sequence[Order]) -> list[dict[str, Any]]:
        """Write all files anew; progress counts the bytes of the input that were read."""
        found: list[dict[str, Any]] = [{} for _ in orders]
        # The size of a URL is unknown and 0; one byte each makes the sum reach the total.
        sizes = [max(each.size, 1) for each in self._inputs.shards]
        total, finished = sum(sizes), 0

        def done(number: int, outcome: dict[str, Any]) -> None:
            nonlocal finished
            found[number] = outcome
            finished += sizes[number]
            self._report("rewrite", finished, total)

        resources = self._request.resources
        usual = resources.workers or os.cpu_count() or 1
        workers = min(usual, most_workers(resources.size), max(len(orders), 1))
        try:
            if workers == 1:
                for number, each in enumerate(orders):

                    def within(read: int, size: int = sizes[number]) -> None:
                        self._report("rewrite", finished + min(read, size - 1), total)

                    done(number, rewrite(asdict(each), within))
            else:
                with Workers(workers, self._lock.descriptors) as pool:
                    pool.run("dump.file:rewrite", ((asdict(each),) for each in orders), done)
        finally:
            close_answer()  # this process opened it too, as one of the workers
        return found

    def _finish(
        self,
        draft: Path,
        summary: Summary,
        done: Sequence[dict[str, Any]],
    ) -> bytes:
        """Write the manifest, and return it."""
        request = self._request
        for each, target, outcome in zip(self._inputs.files, self._targets, done, strict=True):
            output = None
            if target is not None:
                output = os.path.relpath(target, os.path.dirname(request.manifest) or ".")
            summary.files.append(File(each.path, output, each.container, each.packing, **outcome))
        manifest = summary.manifest()
        if request.output is not None:
            write_whole([(str(draft / _MANIFEST), written_manifest(manifest))])
        return json.dumps(manifest).encode()


def _require_some(done: Sequence[dict[str, Any]]) -> None:
    """Raise NothingRead if no file gave a document although some should have."""
    coverage = Coverage()
    for each in done:
        coverage.add(Coverage.of_fields(each["coverage"]))
    if not coverage.documents and not any(each["written"]["passed"] for each in done):
        coverage.require_some()


def refuse_loss(sums: Tally, policy: Policy) -> None:
    """Raise TooMuchLost if a source loses more than the policy allows."""
    worse = {name: each.loss for name, each in sums.sources.items() if each.loss > policy.max_loss}
    if worse:
        worst = max(worse, key=lambda name: worse[name])
        raise TooMuchLost(worst, worse[worst], policy.max_loss, len(worse) - 1)


def _drafted(draft: Path, number: int, target: str | None) -> str | None:
    """Return where a file lies in the work folder: under its own name, which says its packing."""
    if target is None:
        return None
    return str(draft / "out" / f"{number:06d}" / os.path.basename(target))
