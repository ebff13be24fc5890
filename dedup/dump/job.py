"""The job: decide, sum up, write every file anew, move everything into place.

Knows: the order of the steps, the work folder, what a killed run leaves. Does not know: how copies
are found (``scale``), how a file is written (``file``), the command line.

A job makes everything in a folder beside the output and moves it into place at the end, so the
output appears only when it is complete. The next run continues one that ended at any moment.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from dedup import readers, schema
from dedup.dump import plans, record
from dedup.dump.folders import Work, delete, require_no_links, require_own_or_nothing
from dedup.dump.outputs import Inputs, Outputs
from dedup.dump.request import Request
from dedup.dump.summary import Summary, read_manifest, summary_of
from dedup.errors import InputError, MissingExtra
from dedup.found import Found
from dedup.paragraph import Paragraph, Skipped
from dedup.readers import ReadOptions
from dedup.readers.coverage import NothingRead
from dedup.scale import Decisions, Shard
from dedup.scale.budget import of_document
from dedup.scale.failures import WorkMismatch, full_disk_named
from dedup.scale.inputs import Tell, from_shards, seen
from dedup.scale.storage.folder import INPUTS, differences, input_differences
from dedup.scale.storage.lock import Lock
from dedup.writers.file import shard_targets, unwritable, write_whole

#: Version of the layout of the folder.
VERSION = 2

_SHAPE = schema.fields(
    {"version": schema.whole, "id": schema.digest, "settings": schema.mapped(schema.anything),
     "inputs": INPUTS, "works": schema.listed(schema.path),
     "max_memory": schema.positive}
)  # fmt: skip
#: The files that say how far a job is. They are deleted after all others, in this order.
_LAST = ("ready.json", "job.json")

#: How the name of a file begins that an interrupted first write left.
_LEFTOVER = ".job.json."

_ANEW = "remove the folder to start anew"

Settings = dict[str, Any]

#: Called with what a job did, and with a function that returns the decision for every paragraph.
Look = Callable[[Summary, Callable[[], Found]], object]

#: Makes the object that decides and writes, of: request, inputs, targets, lock, work folder.
Make = Callable[[Request, Inputs, Sequence[str | None], Lock, Work | None], Outputs]


class Stopped(KeyboardInterrupt):
    """The user stopped a job; the same call continues it."""


def clean_files(
    request: Request,
    skipped: Tell | None = None,
    look: Look | None = None,
    outputs: Make = Outputs,
) -> Summary:
    """Write files anew without their copies, in bounded memory.

    After any error and after a kill, the same call continues the job.

    Args:
        request: the input, the output and all options.
        skipped: called with every file and record that is not read.
        look: called when everything is in place; it may ask for the decision on every paragraph,
            which is deleted afterwards.
        outputs: makes the object that decides and writes: on this machine, or on a cluster, with
            which ``look`` must be None.

    Returns:
        What the job did.

    Raises:
        InputError: for input or output that cannot be read or written.
        MissingExtra: if the input needs a package that is not installed.
        NoSpace: if the disk is full.
        WorkMismatch: if the work folder holds another job.
        TooMuchLost: if a source would lose more than the policy allows.
        Stopped: on Ctrl-C.
        ValueError: for options that do not go together.

    """
    try:
        return _Job(request, skipped or _nobody, outputs).run(look)
    except KeyboardInterrupt as error:
        raise Stopped from error


def _nobody(skipped: Skipped) -> None:
    """Ignore what is skipped."""


class _Job:
    """One run of a job."""

    def __init__(self, request: Request, skipped: Tell, make: Make) -> None:
        self._request, self._skipped, self._make = request, skipped, make
        plan = plans.read_plan(request.apply) if request.apply else None
        self._paths = list(request.paths)
        if plan and not self._paths:
            plans.require_local(plan, str(request.apply))
            self._paths = plan.paths
        self._reading = self._bounded(plan.reading if plan else request.reading)
        self._markup = plan.markup if plan else request.markup
        (record if request.plan is None else plans).check_name(request.record)
        self._files = self._listed(plan)
        self._targets = self._aims()
        self._shards = from_shards(
            self._files, self._markup, self._reading, None, frozenset(self._paths)
        )
        if plan:
            inputs = [each.seen for each in self._shards]
            plans.require_inputs(plan, str(self._request.apply), inputs)

    def _bounded(self, reading: ReadOptions) -> ReadOptions:
        """Set how much memory one document may take; a continued job keeps the value it began with.

        Documents that are too large are skipped, so this value decides which documents there are.
        """
        begun = _begun(self._request.draft)
        most: int = begun["max_memory"] if begun else of_document(self._request.resources.size)
        if reading.max_memory is not None:
            most = min(most, reading.max_memory)
        return replace(reading, max_memory=most)

    def _listed(self, plan: plans.Plan | None) -> list[readers.Shard]:
        """List the files; with a plan, stop at the first file that the plan was not made from."""
        found: list[readers.Shard] = []
        every = readers.shards(self._paths, self._reading.container)
        if plan:
            every = plans.files_of(plan, str(self._request.apply), self._paths)
        for each in every:
            if isinstance(each, Skipped):
                self._skipped(each)
            else:
                found.append(each)
        return found

    def _aims(self) -> Sequence[str | None]:
        """Return the file to write for each input; None for each if only a plan is made."""
        request = self._request
        if request.output is None:
            return [None] * len(self._files)
        if request.folder:
            _require_apart(request.output, self._paths)
            found = shard_targets(self._files, self._paths, request.output, request.writing.to)
        else:
            found = [request.output]
        if len(found) != len(self._files):
            raise ValueError(f"{len(self._files)} files can't be written to one; name a folder")
        sources = {os.path.realpath(each.path) for each in self._files}
        own = {request.record, request.manifest}
        for each, target in zip(self._files, found, strict=True):
            if target in own:
                raise InputError(
                    each.path, f"would be written to {target}, as would what says what was done",
                    "give it another name",
                )  # fmt: skip
            if os.path.realpath(target) in sources:
                raise InputError(
                    target, "would replace what is being read", "choose another place with -o"
                )
        return found

    @property
    def _inputs(self) -> list[list[Any]]:
        """Name, size and stamp of every file that is read, and of the plan to carry out."""
        plan = self._request.apply
        own = [] if plan is None else [[plan, *seen(plan)]]
        return own + [each.seen for each in self._shards]

    # -- the steps

    def run(self, look: Look | None) -> Summary:
        """Take all steps that earlier runs have not taken."""
        draft = self._request.draft
        self._require_room(draft)
        try:
            with full_disk_named(draft):
                draft.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self._request.output or self._request.record, error) from error
        with Lock(draft) as lock:
            self._require_room(draft)
            begun = self._begin(draft)
            named = self._request.resources.work
            work = Work(named, begun["id"]) if named else None
            outputs = self._outputs(lock, work)
            ready = draft / "ready.json"
            if not ready.exists():
                try:
                    with full_disk_named(ready):
                        write_whole([(str(ready), outputs.make(draft))])
                except (InputError, ValueError, MissingExtra) as error:
                    if self._is_vain(error, outputs.has_decided(draft)):
                        self._clear(draft, begun)
                    raise
            summary = summary_of(schema.read_json(str(ready), _ANEW), str(ready))
            for source, target in outputs.moves(draft):
                _move(source, target)
            if look:
                look(summary, partial(_found, outputs.decided(draft), self._shards))
            self._clear(draft, begun)
        return summary

    def _is_vain(self, error: Exception, decided: bool) -> bool:
        """Return whether an error makes the work so far useless for the same call.

        As a rule only other input or other options help, which make another job. The exceptions are
        damage, which a next run may skip, and errors after everything is decided.
        """
        return isinstance(error, NothingRead) or not (decided or self._reading.strict)

    def _clear(self, draft: Path, begun: Settings) -> None:
        """Delete the folders of this job."""
        for each in begun["works"]:
            Work(each, begun["id"]).delete()
        delete(draft, _LAST)

    def _require_room(self, draft: Path) -> None:
        """Raise InputError if this job would work in, or overwrite, what another job made."""
        require_own_or_nothing(draft, _LEFTOVER)
        named = self._request.resources.work
        if named and not (draft / "job.json").exists():
            Work(named, secrets.token_hex(16)).require_usable()
        if not (draft / "ready.json").exists():
            self._require_no_other_job()

    def _begin(self, draft: Path) -> Settings:
        """Write the description of this job, or make sure that it is the job that was begun.

        Returns the description: among others the random number that marks the folders of the job,
        and the folders that were named with ``--work``.
        """
        asked = json.loads(json.dumps(self._request.named))
        path = draft / "job.json"
        noted: Settings = {
            "version": VERSION, "id": secrets.token_hex(16), "settings": asked,
            "inputs": self._inputs, "works": [], "max_memory": self._reading.max_memory,
        }  # fmt: skip
        before = _begun(draft)
        if before is not None:
            require_no_links(draft)
            decided = (draft / "ready.json").exists()
            different = differences(*_to_agree(before["settings"], asked, decided))
            different += input_differences(before["inputs"], self._inputs)
            if different:
                raise WorkMismatch(draft, different)
            noted |= {"id": before["id"], "works": before["works"]}
        if self._request.resources.work:
            work = os.path.abspath(self._request.resources.work)
            Work(work, noted["id"]).require_usable()
            if work not in noted["works"]:
                noted["works"] = [*noted["works"], work]
        if noted != before:
            write_whole([(str(path), json.dumps(noted).encode())])
        return noted

    def _require_no_other_job(self) -> None:
        """Raise InputError if the record or manifest of another job is where this one's would be.

        The same job with the same input may run again, because it writes the same files.
        """
        request = self._request
        if request.output is None:
            return
        taken = [each for each in (request.manifest, request.record) if os.path.lexists(each)]
        if taken and not self._is_same(request.manifest):
            others = " and ".join(dict.fromkeys((request.manifest, request.record)))
            raise InputError(
                taken[0], "belongs to another job, whose removals cannot be restored without it",
                f"choose another place with -o, or restore it first and remove {others}",
            )  # fmt: skip

    def _is_same(self, manifest: str) -> bool:
        try:
            before = read_manifest(manifest)
        except (FileNotFoundError, InputError):
            return False
        asked = json.loads(json.dumps(self._request.named))
        read = json.loads(json.dumps({"reading": asdict(self._reading), "markup": self._markup}))
        now = {**asked, **read}
        noted = {name: before.settings.get(name) for name in now}
        for each in (noted, now):
            each["reading"] = {**(each["reading"] or {}), "max_memory": None}
        return noted == now and not input_differences(before.inputs, self._inputs)

    def _outputs(self, lock: Lock, work: Work | None) -> Outputs:
        inputs = Inputs(self._paths, self._reading, self._markup, self._files, self._shards)
        return self._make(self._request, inputs, self._targets, lock, work)


def _found(decided: Path, shards: Sequence[Shard]) -> Found:
    """Read the answer of a job into memory, with its paragraphs, which are read again.

    Raises InputError if the answer was deleted, and if the files were changed.
    """
    found = Decisions(decided).found()
    paragraphs = [each for shard in shards for part in shard.read() for each in part]
    if len(paragraphs) != len(found.kept):
        raise InputError(str(decided), "the files were changed since they were read", _ANEW)
    return replace(found, paragraphs=cast("Sequence[Paragraph]", paragraphs))


def _begun(draft: Path) -> Settings | None:
    """Read the description of the job that was begun in a folder; None if there is none.

    Raises InputError if the file is something else.
    """
    path = str(draft / "job.json")
    if not require_own_or_nothing(draft, _LEFTOVER) or not os.path.exists(path):
        return None
    try:
        found: Settings = schema.read_json(path, _ANEW)
    except FileNotFoundError:
        return None  # another run has just ended
    schema.require_version(found, VERSION, path, _ANEW)
    schema.check(found, _SHAPE, path, _ANEW)
    return found


def _to_agree(before: Settings, now: Settings, decided: bool) -> tuple[Settings, Settings]:
    """Return the settings that must agree between a job and the run that continues it.

    Settings may differ if an error message tells the user to change them: the loss that is allowed,
    until everything is decided, and whether damage is skipped.
    """
    before, now = _flat(before), _flat(now)
    if not decided:
        before.pop("policy.max_loss", None)
        now.pop("policy.max_loss", None)
    if before.get("reading.strict") and not now.get("reading.strict"):
        before.pop("reading.strict")
        now.pop("reading.strict", None)
    return before, now


def _flat(settings: Settings) -> Settings:
    """Flatten groups of settings: one name for each setting."""
    found: Settings = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= {f"{name}.{part}": each for part, each in value.items()}
        else:
            found[name] = value
    return found


def _require_apart(folder: str, paths: Sequence[str]) -> None:
    """Raise InputError if the output lies in a folder that is read."""
    out = os.path.realpath(folder)
    for path in paths:
        if os.path.isdir(path) and os.path.join(out, "").startswith(
            os.path.join(os.path.realpath(path), "")
        ):
            raise InputError(
                folder, f"lies in {path}, which is read", "write to a folder outside of it"
            )


def _move(source: Path, target: str) -> None:
    """Move a file to its place unless that was done, even to another disk; never a part of it."""
    if not source.exists():
        return
    folder, name = os.path.split(target)
    os.makedirs(folder or ".", exist_ok=True)
    if os.path.isfile(target):
        shutil.copymode(target, source)
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise unwritable(target, error) from error
        beside = os.path.join(folder, f".{name[:200]}.part")
        shutil.copyfile(source, beside)
        os.replace(beside, target)
        source.unlink()
