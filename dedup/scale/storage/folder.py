"""The work folder: which job it holds, how far that is, which files count.

Knows: the manifest, its lock, columns by name, what is left over. Does not know: what a stage does.

The manifest is the one authority: a file counts as far as the manifest says so, which is replaced
whole, after the files were written. So a run may end at any moment, and the next one cuts off or
removes what the manifest doesn't vouch for. Only the answer is forced to the disk: after a loss of
power an unfinished job may be found damaged, which its lengths tell, and has to start anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from numpy.typing import DTypeLike

from dedup import schema
from dedup.errors import InputError
from dedup.recipe import Recipe
from dedup.scale.failures import NoSpace, WorkMismatch, full_disk_named
from dedup.scale.shards import Shard
from dedup.scale.storage.column import Column
from dedup.scale.storage.lock import Lock

#: Version of the files and their layout.
VERSION = 4

_MANIFEST, _INPUTS = "manifest.json", "inputs.json"
_NEW = ".new"

Facts = dict[str, Any]

#: What a list of inputs looks like: name, size and stamp of each.
INPUTS = schema.listed(schema.row(schema.text, schema.whole, schema.text))

_OBJECT = schema.mapped(schema.anything)


def _recipe(value: object, place: str) -> None:
    """Take the fields of a recipe that this version of dedup can use."""
    _OBJECT(value, place)
    try:
        Recipe(**value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise schema.Misfit(place, value, f"a recipe ({error})") from error


#: What finished stages tell, and what they must have told for the next ones to go on.
_FACTS = schema.fields(
    {},
    {"recipe": _recipe, "expected": schema.row(schema.whole, schema.whole),
     "paragraphs": schema.whole, "documents": schema.whole, "rows": schema.whole,
     "uncompared": schema.whole, "unit": schema.whole, "places": schema.flag,
     "hot_buckets": schema.whole, "pieces": schema.listed(schema.whole),
     "pair_ends": schema.listed(schema.whole)},
    schema.anything,
)  # fmt: skip
_NEEDED = {
    "plan": ("recipe", "expected"), "sketch": ("paragraphs", "documents", "places", "unit"),
    "number": ("rows",), "decide": ("uncompared",),
}  # fmt: skip
_LEFT = ("recipe", "paragraphs", "documents", "uncompared")
_PROGRESS = schema.fields(
    {},
    {"sketch": schema.fields(
        dict.fromkeys(
            ("paragraphs", "text_bytes", "documents", "name_bytes", "shards", "shard", "skip"),
            schema.whole,
        ),
        rest=schema.anything),
     "compare": schema.fields(
        {"pieces": schema.whole, "pairs": schema.whole, "ends": schema.listed(schema.whole)}),
     "decide": schema.fields(
        {"pieces": schema.whole, "kept": schema.whole, "uncompared": schema.whole})},
    schema.mapped(schema.anything),
)  # fmt: skip
_SETTINGS = schema.fields(
    {"threshold": schema.share, "variants": schema.text}, rest=schema.anything
)
_MANIFEST_SHAPE = schema.fields(
    {"version": schema.whole, "settings": _SETTINGS, "done": schema.listed(schema.text),
     "facts": _FACTS, "progress": _PROGRESS}
)  # fmt: skip


def _manifest(value: Any, place: str) -> None:  # noqa: ANN401
    """Take a manifest that tells what the stages that it names as done must tell."""
    _MANIFEST_SHAPE(value, place)
    finished = "count" in value["done"]
    stages = () if finished else value["done"]
    needed = _LEFT if finished else [name for each in stages for name in _NEEDED.get(each, ())]
    schema.fields(dict.fromkeys(needed, schema.anything), rest=schema.anything)(
        value["facts"], "facts"
    )


_REMEDY = "remove the folder to start anew"


class _StageFacts(dict[str, Any]):
    """The facts that finished stages wrote down. Asking for another one raises InputError."""

    def __init__(self, path: Path, facts: Facts) -> None:
        super().__init__(facts)
        self._path = path

    def __missing__(self, name: str) -> NoReturn:
        raise InputError(
            str(self._path), f"its manifest holds no {name!r}, which a stage writes there", _REMEDY
        )


class Folder:
    """A work folder, locked as long as it is entered.

    settings: what must agree between two runs of a job, by name; shards: its inputs.
    """

    def __init__(self, path: Path, settings: Facts, shards: Sequence[Shard]) -> None:
        self.path = path
        self._settings, self._shards = settings, shards
        self._columns: dict[str, Column] = {}
        self._lock = Lock(path)
        self._done: list[str] = []
        self._facts: Facts = _StageFacts(path, {})
        self._progress: Facts = {}

    def __enter__(self) -> Folder:
        with full_disk_named(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        self._lock.__enter__()
        try:
            self._begin_or_check()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for column in self._columns.values():
            column.close()
        self._columns.clear()
        self._lock.release()

    def column(self, name: str, dtype: DTypeLike, width: int = 0) -> Column:
        """Open a column of this name, empty where there is none yet."""
        if name not in self._columns:
            self._columns[name] = Column(self.path / name, dtype, width)
        return self._columns[name]

    @contextmanager
    def opened(self, name: str, dtype: DTypeLike) -> Iterator[Column]:
        """Open a column for a moment: one of so many that they can't all stay open."""
        column = Column(self.path / name, dtype)
        try:
            yield column
        finally:
            column.close()

    def drop(self, *names: str) -> None:
        """Remove columns."""
        for name in names:
            column = self._columns.pop(name, None)
            if column is not None:
                column.close()
            with suppress(FileNotFoundError):
                (self.path / name).unlink()

    def is_done(self, stage: str) -> bool:
        """Say whether a stage is done."""
        return stage in self._done

    @property
    def facts(self) -> Facts:
        """What finished stages told, by name."""
        return self._facts

    def progress(self, stage: str) -> Facts | None:
        """How far a stage was that is not done; None where it has not begun."""
        found: Facts | None = self._progress.get(stage)
        return found

    def note(self, stage: str, progress: Facts) -> None:
        """Write down how far a stage is."""
        self._progress = {stage: progress}
        self._write_manifest()

    def commit(self, stage: str, facts: Facts, forced: bool = False) -> None:
        """Write down that a stage is done, and what it tells the next ones.

        forced: wait until the disk has it.
        """
        self._done.append(stage)
        self._facts.update(facts)
        self._progress = {}
        self._write_manifest(forced)

    def drop_all(self, *patterns: str) -> None:
        """Remove the columns whose names fit a pattern such as ``raw.*``."""
        for pattern in patterns:
            self.drop(*(path.name for path in self.path.glob(pattern)))

    def keep_only(self, names: Sequence[str]) -> None:
        """Remove every file but the manifest, the inputs and these."""
        known = {_MANIFEST, _INPUTS, *names}
        others = [path.name for path in self.path.iterdir() if path.is_file()]
        self.drop(*(name for name in others if name not in known))

    def keep_facts(self, names: Sequence[str]) -> None:
        """Forget what finished stages told but for this; written with the next commit."""
        kept = {name: self._facts[name] for name in names if name in self._facts}
        self._facts = _StageFacts(self.path, kept)

    # -- which job

    def _begin_or_check(self) -> None:
        inputs = [shard.seen for shard in self._shards]
        manifest = self.path / _MANIFEST
        if not manifest.exists():
            self._refuse_foreign()
            self._write(_INPUTS, inputs)
            self._write_manifest()
            return
        content, before = _read_manifest(self.path), read_inputs(self.path)
        settings = {"version": content["version"], **content["settings"]}
        different = differences(settings, self._asked())
        different += input_differences(before, inputs)
        if different:
            raise WorkMismatch(self.path, different)
        self._done, self._facts = content["done"], _StageFacts(self.path, content["facts"])
        self._progress = content["progress"]

    def _asked(self) -> Facts:
        asked: Facts = json.loads(json.dumps({"version": VERSION, **self._settings}))
        return asked

    def _refuse_foreign(self) -> None:
        """Refuse a folder that holds something else; what a first write left over may stay."""
        own = {_INPUTS, _INPUTS + _NEW, _MANIFEST + _NEW}
        foreign = [path.name for path in self.path.iterdir() if path.name not in own]
        if foreign:
            raise InputError(
                str(self.path), f"it holds {foreign[0]} and no job", "name an empty or new folder"
            )

    def _write_manifest(self, forced: bool = False) -> None:
        content = {
            "version": VERSION, "settings": self._settings, "done": self._done,
            "facts": self._facts, "progress": self._progress,
        }  # fmt: skip
        self._write(_MANIFEST, content, forced)

    def _write(self, name: str, content: object, forced: bool = False) -> None:
        """Write a file whole: under another name, then in its place."""
        path = self.path / name
        new = path.with_name(name + _NEW)
        try:
            with full_disk_named(path), open(new, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                if forced:
                    file.flush()
                    os.fsync(file.fileno())
        except NoSpace:
            new.unlink(missing_ok=True)
            raise
        os.replace(new, path)


def _read_manifest(path: Path) -> Facts:
    """Read the manifest of a work folder. Raises InputError for what is none."""
    source = str(path / _MANIFEST)
    try:
        content = schema.read_json(source, _REMEDY)
        schema.check(content, _manifest, source, _REMEDY)
    except FileNotFoundError as error:
        raise InputError(str(path), "it holds no job: it has no manifest") from error
    except InputError as error:
        reason = f"its manifest can't be read ({error.reason})"
        raise InputError(str(path), reason, _REMEDY) from error
    facts: Facts = content
    return facts


def read_finished(path: Path) -> tuple[Facts, Facts]:
    """Read settings and facts of a finished job. Raises InputError where it isn't finished."""
    content = _read_manifest(path)
    if content["version"] != VERSION:
        raise InputError(str(path), f"its version is {content['version']}, not {VERSION}", _REMEDY)
    if "count" not in content["done"]:
        raise InputError(str(path), "its job is not finished", "run it again to go on")
    return content["settings"], _StageFacts(path, content["facts"])


def read_inputs(path: Path) -> list[list[Any]]:
    """Read the inputs of a job: name, size and stamp of each shard. Raises InputError."""
    source = str(path / _INPUTS)
    try:
        content = schema.read_json(source, _REMEDY)
    except FileNotFoundError as error:
        raise InputError(source, "is not there", _REMEDY) from error
    schema.check(content, INPUTS, source, _REMEDY)
    inputs: list[list[Any]] = content
    return inputs


def differences(before: Facts, now: Facts) -> list[str]:
    """Name the settings that differ."""
    names = sorted({*before, *now})
    return [
        f"{name} is {now.get(name)!r} instead of {before.get(name)!r}"
        for name in names
        if before.get(name) != now.get(name)
    ]


def input_differences(before: list[list[Any]], now: list[list[Any]]) -> list[str]:
    """Name the first inputs that differ, and count the others."""
    found = []
    if len(before) != len(now):
        found.append(f"{len(now)} inputs instead of {len(before)}")
    for old, new in zip(before, now, strict=False):
        if old[0] != new[0]:
            found.append(f"input {new[0]} instead of {old[0]}")
        elif old != new:
            what = f"size {new[1]} instead of {old[1]}" if old[1] != new[1] else "another content"
            found.append(f"input {new[0]} has {what}")
    return found if len(found) <= 3 else [*found[:3], f"and {len(found) - 3} more"]
