"""What a stranger, or chance, leaves where a job works: refused with a reason, nothing lost."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from xxhash import xxh3_128_hexdigest

from dedup.cli import main
from dedup.dump import record
from dedup.dump.folders import MARK
from dedup.dump.job import Stopped, clean_files
from dedup.dump.restoration import NotRestored, restore
from dedup.errors import DedupError, InputError
from dedup.scale import WorkMismatch
from tests.support.articles import PARAGRAPHS
from tests.support.dumps import bytes_of
from tests.support.flat import make_request, watched

A, B, C = PARAGRAPHS[:3]
FILES = {
    "a.txt": f"{A}\n\n{B}\n\n{A}\n",
    "b.jsonl": "".join(json.dumps({"id": k, "text": f"{A}\n{B}\n{C}"}) + "\n" for k in range(3)),
    "sub/c.txt": f"{C}\r\n\r\nIt stays here.\r\n\r\n{B}\r\n",
    "sub/d.txt": "Nothing goes from here.\n",
}
#: Values that belong into no field, and one that belongs into most of the others.
HOSTILE: tuple[Any, ...] = (
    None, -1, 10**30, 1e308, float("nan"), "x", "\ud800", "a\0b", [], {}, "../../x", "/dev/zero",
    True, [[]], "A" * 1000, 0,
)  # fmt: skip

Lines = list[bytes]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return tmp_path / "in"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def clean(source: Path, output: Path, **options: Any) -> None:
    clean_files(make_request([str(source)], str(output), workers=1, **options))


def stopped(source: Path, output: Path, **options: Any) -> None:
    """Begin a job, and stop it where all is written and nothing in place."""

    def stop(at: str, done: int, total: int) -> None:
        if at == "rewrite" and done == total:
            raise KeyboardInterrupt

    with pytest.raises(Stopped):
        clean_files(make_request([str(source)], str(output), workers=1, **options, progress=stop))


def ready(source: Path, output: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Path:
    """Begin a job, and stop it before the first file is moved; gives its ready.json."""
    from dedup.dump import job

    def stop(path: Path, target: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job, "_move", stop)
        with pytest.raises(Stopped):
            clean(source, output, **options)
    return output / ".dedup-work" / "ready.json"


def restored(output: Path, back: Path, **options: Any) -> dict[str, bytes]:
    restore(str(output), str(back), **options)
    return bytes_of(back)


def original() -> dict[str, bytes]:
    return {name: text.encode() for name, text in FILES.items()}


# -- folders


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "gold.txt").write_text("mine")


def _deep(path: Path) -> None:
    (path / "dedup-work" / "sub").mkdir(parents=True)
    (path / "dedup-work" / "sub" / "gold.txt").write_text("mine")


def _marked(path: Path) -> None:
    _deep(path)
    (path / MARK).write_text("0" * 32)


def _link(path: Path) -> None:
    other = path.with_name("other")
    _folder(other)
    path.symlink_to(other)


def _inner_link(path: Path) -> None:
    _folder(path.with_name("other"))
    path.mkdir()
    (path / "dedup-work").symlink_to(path.with_name("other"))


FOREIGN = {
    "a folder": _folder, "one called as ours": _deep, "the mark of another job": _marked,
    "a link to a folder": _link, "a link called as ours": _inner_link,
    "a file": lambda path: path.write_text("mine"),
}  # fmt: skip


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_work_folder_is_refused_and_left_alone(
    source: Path, tmp_path: Path, make: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "precious")
    before = bytes_of(tmp_path / "precious")
    work = str(tmp_path / "precious")
    with pytest.raises(InputError, match=r"precious.*(and not this job|no folder); name a new"):
        clean(source, tmp_path / "out", work=work)
    assert not (tmp_path / "out").exists()
    plan = str(tmp_path / "p.jsonl")
    clean_files(make_request([str(source)], plan=plan))
    with pytest.raises(InputError, match="precious"):
        clean_files(make_request(output=str(tmp_path / "out"), apply=plan, work=work))
    stopped(source, tmp_path / "early")
    with pytest.raises(InputError, match="precious"):
        clean(source, tmp_path / "early", work=work)
    ready(source, tmp_path / "late", monkeypatch)
    with pytest.raises(InputError, match="precious"):
        clean(source, tmp_path / "late", work=work)
    assert bytes_of(tmp_path / "precious") == before
    clean(source, tmp_path / "late", work=str(tmp_path / "new"))
    assert restored(tmp_path / "late", tmp_path / "back") == original()


def test_a_work_folder_that_cannot_be_made_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    below = tmp_path / "file" / "work"
    with pytest.raises(InputError) as raised:
        clean(source, tmp_path / "out", work=str(below))
    assert raised.value.source == str(below)
    assert raised.value.reason.startswith("can't be used: ")
    assert "name a new or empty folder" in str(raised.value)


def test_a_work_folder_goes_with_its_job_and_nothing_else_does(
    source: Path, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    clean(source, tmp_path / "one", work=str(tmp_path / "there"))
    assert list((tmp_path / "there").iterdir()) == []
    clean(source, tmp_path / "two", work=str(tmp_path / "deep" / "made"))
    assert not (tmp_path / "deep" / "made").exists()
    stopped(source, tmp_path / "three", work=str(tmp_path / "first"))
    assert (tmp_path / "first" / "dedup-work" / "manifest.json").exists()
    (tmp_path / "first" / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="it holds dedup-work and not this job"):
        clean(source, tmp_path / "four", work=str(tmp_path / "first"))
    clean(source, tmp_path / "three", work=str(tmp_path / "second"))
    assert bytes_of(tmp_path / "first") == {"note.txt": b"mine"}
    assert not (tmp_path / "second").exists()


def _with(name: str, content: str) -> Callable[[Path], object]:
    """Make a folder with one file in it."""

    def make(stage: Path) -> None:
        stage.mkdir()
        (stage / name).write_text(content)

    return make


def _nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def _device(path: Path) -> None:
    path.mkdir()
    (path / "job.json").symlink_to("/dev/zero")


#: What stands where a job would make its folder, and what is said of it.
STAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a stranger's ready.json": (
        _with("ready.json", '{"moves": [["a", "/tmp/b"]]}'),
        "it holds ready.json and no job of dedup's; remove it",
    ),
    "a folder": (_folder, "holds gold.txt and no job"),
    "a link": (_link, "is a link, where a job"),
    "a link to nowhere": (_nowhere, "is a link, where"),
    "a file": (lambda path: path.write_text("mine"), "is no folder, where a job"),
    "no JSON": (_with("job.json", "{"), "job.json: it is no JSON"),
    "a list": (_with("job.json", "[1]"), "a list of 1 instead of an object"),
    "no version": (_with("job.json", "{}"), "its version is None, not 2; remove the folder"),
    "an old version": (_with("job.json", '{"version": 1}'), "its version is 1, not 2"),
    "a version as text": (_with("job.json", '{"version": "2"}'), "its version is '2', not 2"),
    "no fields": (_with("job.json", '{"version": 2}'), "an object with a field 'id'"),
    "nested deeply": (_with("job.json", "[" * 10**6), "nested too deeply"),
    "a device": (_device, r"job\.json: is no regular file"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), STAGES.values(), ids=STAGES)
def test_what_stands_where_a_job_would_work_is_refused(
    source: Path, tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    (tmp_path / "out").mkdir()
    make(tmp_path / "out" / ".dedup-work")
    before = bytes_of(tmp_path)
    with pytest.raises(InputError, match=message):
        clean(source, tmp_path / "out")
    assert bytes_of(tmp_path) == before


LINKED = ("done", "out/000000", "ready.json", "part/000000.jsonl.gz", "decided")


OTHERS: dict[str, Callable[[Path, Path], object]] = {
    "a link to a folder": lambda path, other: path.symlink_to(other),
    "a link to a file": lambda path, other: path.symlink_to(other / "gold.txt"),
    "a link to nothing": lambda path, other: path.symlink_to(other / "none"),
    "a pipe": lambda path, other: os.mkfifo(path),
}


@pytest.mark.parametrize("put", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("name", LINKED)
def test_a_link_in_the_folder_of_a_job_is_refused(
    source: Path, tmp_path: Path, name: str, put: Callable[[Path, Path], object]
) -> None:
    stopped(source, tmp_path / "out")
    path = tmp_path / "out" / ".dedup-work" / name
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
    _folder(tmp_path / "other")
    put(path, tmp_path / "other")
    with pytest.raises(InputError, match=r"a link or device; remove .*dedup-work to start"):
        clean(source, tmp_path / "out")
    assert bytes_of(tmp_path / "other") == {"gold.txt": b"mine"}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Name every place in some JSON."""
    yield path
    parts = (
        value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    )
    for name, each in ((name, value[name]) for name in parts):
        yield from leaves(each, (*path, name))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Give a copy of some JSON with another value at one place."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("name", ["ready.json", "job.json"])
def test_whatever_stands_in_the_files_of_a_job_is_understood_or_refused(
    source: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ready(source, tmp_path / "out", monkeypatch).with_name(name)
    told = json.loads(path.read_text())
    shutil.copytree(tmp_path / "out", tmp_path / "begun")
    before = bytes_of(tmp_path / "begun")
    refused = tried = 0
    for place in leaves(told):
        for value in HOSTILE[(len(place) + tried) % 3 :: 3]:
            tried += 1
            path.write_text(json.dumps(changed(told, place, value)))
            try:
                clean(source, tmp_path / "out")
            except (InputError, WorkMismatch):
                refused += 1
                path.write_text(json.dumps(told))
                continue
            shutil.rmtree(tmp_path / "out")
            shutil.copytree(tmp_path / "begun", tmp_path / "out")
    assert refused > tried / 2 > 50
    assert bytes_of(tmp_path / "out") == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["begun", "in", "out"]


@pytest.mark.parametrize("name", ["names", "name_ends", "answer.kept", "answer.match", "lines"])
def test_a_damaged_column_of_a_job_is_told(source: Path, tmp_path: Path, name: str) -> None:
    stopped(source, tmp_path / "out")
    stage = tmp_path / "out" / ".dedup-work"
    for path in [stage / "goes", *(stage / "done").iterdir()]:
        path.unlink()
    shutil.copytree(tmp_path / "out", tmp_path / "begun")
    path = stage / "decided" / name
    whole = path.read_bytes()
    changes = [whole[:-1], b"", whole + b"x", b"x" + whole[1:]]
    for content in changes if name == "names" else changes[:3]:
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        shutil.copytree(tmp_path / "begun", tmp_path / "out")
        path.write_bytes(content)
        with pytest.raises(InputError, match="the work folder is damaged; remove it to start"):
            clean(source, tmp_path / "out")
    assert not (tmp_path / "out" / "a.txt").exists()


# -- one job's output is not another's


def test_a_second_job_writes_nothing_over_what_the_first_took_out(
    source: Path, tmp_path: Path
) -> None:
    clean(source, tmp_path / "out")
    before = bytes_of(tmp_path / "out")
    _folder(tmp_path / "other")
    refused = r"cleaned\.json: belongs to another job.*choose another place with -o, or restore it"
    for paths, options in (
        (tmp_path / "other", {}), (source, {"threshold": 0.9}),
        (source, {"removed": str(tmp_path / "r.jsonl")}), (source, {"markup": "lines"}),
    ):  # fmt: skip
        with pytest.raises(InputError, match=refused):
            clean(paths, tmp_path / "out", **options)
        assert not (tmp_path / "out" / ".dedup-work").exists()
    assert bytes_of(tmp_path / "out") == before
    clean(source, tmp_path / "out")  # the very same
    assert bytes_of(tmp_path / "out") == before
    (source / "a.txt").write_text(f"{A}\n")
    with pytest.raises(InputError, match=refused):
        clean(source, tmp_path / "out")
    assert bytes_of(tmp_path / "out") == before


def test_a_record_that_two_jobs_name_belongs_to_the_first(source: Path, tmp_path: Path) -> None:
    removed = str(tmp_path / "removed.jsonl")
    clean(source, tmp_path / "one", removed=removed)
    before = Path(removed).read_bytes()
    with pytest.raises(InputError, match=r"removed\.jsonl: belongs to another job"):
        clean(source, tmp_path / "two", removed=removed)
    assert not (tmp_path / "two").exists()
    assert Path(removed).read_bytes() == before
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / record.RECORD).write_bytes(b"")
    with pytest.raises(InputError, match="belongs to another job"):
        clean(source, tmp_path / "three")


def test_what_was_taken_out_of_a_text_in_place_stays_written_down(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{A}\n{A}\n{B}\n", "utf-8")
    assert main(["clean", str(path), "-o", str(path)]) == 0
    held = tmp_path / f"a.txt.{record.RECORD}"
    before = held.read_bytes()
    assert main(["clean", str(path), "-o", str(path)]) == 0  # nothing is left to go
    assert held.read_bytes() == before
    path.write_text(f"{A}\n{B}\n{B}\n", "utf-8")
    assert main(["clean", str(path), "-o", str(path)]) == 2
    assert path.read_text("utf-8") == f"{A}\n{B}\n{B}\n"
    assert held.read_bytes() == before


# -- records


def _edited(lines: Lines) -> Lines:
    row = json.loads(lines[0])
    row["text"] = row["text"].replace("e", "a", 1)
    return [json.dumps(row).encode() + b"\n", *lines[1:]]


def _placed(lines: Lines) -> Lines:
    row = json.loads(lines[0])
    return [json.dumps({**row, "start": row["start"] + 1}).encode() + b"\n", *lines[1:]]


#: What happens to a record, and the files that can't be put back then.
RECORDS: dict[str, tuple[Callable[[Lines], Lines], set[str]]] = {
    "the first line gone": (lambda lines: lines[1:], {"a.txt"}),
    "the last line gone": (lambda lines: lines[:-1], {"c.txt"}),
    "a line gone in the middle": (lambda lines: [*lines[:2], *lines[3:]], {"b.jsonl"}),
    "two lines swapped": (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], {"b.jsonl"}),
    "lines of two files swapped": (
        lambda lines: [lines[1], lines[0], *lines[2:]], {"b.jsonl"}
    ),
    "a line twice": (lambda lines: [lines[0], *lines], {"a.txt"}),
    "a text edited": (_edited, {"a.txt"}),
    "a place edited": (_placed, {"a.txt"}),
    "a line that is no JSON": (lambda lines: [lines[0], b"{oops\n", *lines[1:]], set()),
    "a line that is no removal": (lambda lines: [lines[0], b'{"a": 1}\n', *lines[1:]], set()),
    "a line of another file": (
        lambda lines: [lines[0], lines[0].replace(b"a.txt", b"z.txt"), *lines[1:]], set()
    ),
    "lines of a file moved behind": (lambda lines: [*lines[1:], lines[0]], set()),
    "nothing left of it": (lambda lines: [], {"a.txt", "b.jsonl", "c.txt"}),
}  # fmt: skip


def _rewrite(path: Path, change: Callable[[Lines], Lines]) -> None:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        lines = file.readlines()
    with opener(path, "wb") as file:
        file.writelines(change(lines))


@pytest.mark.parametrize("form", [".jsonl.gz", ".jsonl"])
@pytest.mark.parametrize(("change", "lost"), RECORDS.values(), ids=RECORDS)
def test_a_record_that_is_not_whole_puts_back_what_it_holds_whole(
    source: Path, tmp_path: Path, change: Callable[[Lines], Lines], lost: set[str], form: str
) -> None:
    held = tmp_path / f"removed{form}"
    clean(source, tmp_path / "out", removed=str(held))
    _rewrite(held, change)
    with pytest.raises((NotRestored, InputError)) as raised:
        restore(str(tmp_path / "out"), str(tmp_path / "back"))
    found = bytes_of(tmp_path / "back") if (tmp_path / "back").exists() else {}
    assert found.items() <= original().items()
    missing = {Path(name).name for name in original()} - {Path(name).name for name in found}
    if isinstance(raised.value, NotRestored):
        assert lost <= missing <= {"a.txt", "b.jsonl", "c.txt"}
        assert len(missing) <= max(len(lost), 2)
        assert all(name in str(raised.value) for name in missing)
    else:
        assert found == {}
    assert main(["restore", str(tmp_path / "out"), "-o", str(tmp_path / "again")]) == 2


@pytest.mark.parametrize("form", [".jsonl.gz", ".jsonl.zst", ".parquet"])
def test_a_record_cut_short_at_any_byte(source: Path, tmp_path: Path, form: str) -> None:
    held = tmp_path / f"removed{form}"
    clean(source, tmp_path / "out", removed=str(held))
    whole = held.read_bytes()
    for size in {*range(0, len(whole), max(1, len(whole) // 40)), len(whole) - 1}:
        held.write_bytes(whole[:size])
        shutil.rmtree(tmp_path / "back", ignore_errors=True)
        with pytest.raises(InputError):
            restore(str(tmp_path / "out"), str(tmp_path / "back"))
        if (tmp_path / "back").exists():
            assert bytes_of(tmp_path / "back").items() <= original().items()


@pytest.mark.parametrize("form", [".jsonl", ".parquet"])
def test_the_record_of_another_job_puts_nothing_back(
    source: Path, tmp_path: Path, form: str
) -> None:
    clean(source, tmp_path / "out")
    (source / "a.txt").write_text(f"{C}\n\n{B}\n\n{C}\n")
    other = tmp_path / f"other{form}"
    clean(source, tmp_path / "second", removed=str(other))
    with pytest.raises(NotRestored) as raised:
        restore(str(tmp_path / "out"), str(tmp_path / "back"), str(other))
    assert any("a.txt" in name for name, _ in raised.value.failures)
    assert bytes_of(tmp_path / "back").items() <= original().items()


def test_whatever_stands_in_a_record_is_understood_or_refused(source: Path, tmp_path: Path) -> None:
    held = tmp_path / "removed.jsonl"
    clean(source, tmp_path / "out", removed=str(held))
    rows = [json.loads(line) for line in held.read_bytes().splitlines()]
    names = [*rows[0], *(name for name in ("before", "after", "instead", "at", "size", "raw",
             "dropped", "extra") if name not in rows[0])]  # fmt: skip
    for name in names:
        for value in HOSTILE:
            for at in (0, len(rows) - 1):
                new = [{**row, name: value} if k == at else row for k, row in enumerate(rows)]
                held.write_text("".join(json.dumps(row) + "\n" for row in new))
                back = tmp_path / "back"
                try:
                    restore(str(tmp_path / "out"), str(back))
                    assert new == rows
                except InputError:
                    pass
                if back.exists():
                    assert bytes_of(back).items() <= original().items()
                    shutil.rmtree(back)


# -- manifests


@pytest.fixture
def manifest(source: Path, tmp_path: Path) -> Path:
    clean(source, tmp_path / "out")
    return tmp_path / "out" / "cleaned.json"


def test_whatever_stands_in_a_manifest_is_understood_or_refused(
    manifest: Path, tmp_path: Path
) -> None:
    told = json.loads(manifest.read_text())
    refused = tried = 0
    for place in leaves(told):
        for value in HOSTILE[(len(place) + tried) % 4 :: 4]:
            tried += 1
            manifest.write_text(json.dumps(changed(told, place, value)))
            try:
                restore(str(manifest.parent), str(tmp_path / "back"))
            except InputError:
                refused += 1
            if (tmp_path / "back").exists():
                found = bytes_of(tmp_path / "back")
                assert set(found.values()) <= set(original().values())
                shutil.rmtree(tmp_path / "back")
    assert refused > tried / 2 > 50
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in", "out"]


def _pipe(path: Path) -> str:
    os.mkfifo(path)
    return str(path)


ELSEWHERE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a URL": (lambda path: "http://127.0.0.1:9/x.jsonl", "is a URL, which is opened only where"),
    "a URL of a package": (lambda path: "memory://x.jsonl", "is a URL"),
    "a device": (lambda path: "/dev/zero", "/dev/zero: is no regular file"),
    "a pipe": (lambda path: _pipe(path / "x.jsonl"), "is no regular file"),
    "a folder": (lambda path: str(path), "is no regular file"),
    "NUL": (lambda path: "x\0.jsonl", "must be a path, without NUL"),
    "half of a pair": (lambda path: "\ud800.jsonl", "must be a path, without NUL"),
    "nothing": (lambda path: "", "must be a path, without NUL"),
    "a number": (lambda path: 5, "must be a string"),
    "a list": (lambda path: ["x"], "must be a string"),
    "a file that is no record": (lambda path: __file__, r"it holds 0 of the|is no JSON"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_manifest_leads_to_no_record_but_a_file(
    manifest: Path, tmp_path: Path, make: Callable[[Path], Any], message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from dedup.readers import byte_streams

    def opened(path: str) -> None:
        raise AssertionError(f"{path} is opened")

    monkeypatch.setattr(byte_streams, "open_remote", opened)
    told = json.loads(manifest.read_text())
    told["settings"]["removed"] = make(tmp_path)
    manifest.write_text(json.dumps(told))
    with pytest.raises(InputError, match=message):
        restore(str(manifest.parent), str(tmp_path / "back"))


NAMES = (
    "../x.jsonl", "/x.jsonl", "a/../../x", "http://h/x.jsonl", "./x", "a//b", "", "x\0", 5, None,
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["record", "output"])
def test_what_a_manifest_names_lies_beneath_its_folder(
    manifest: Path, tmp_path: Path, name: Any, field: str
) -> None:
    told = json.loads(manifest.read_text())
    if field == "record":
        told["record"] = name
    else:
        told["files"][0]["output"] = name
    manifest.write_text(json.dumps(told))
    with pytest.raises(InputError, match=r"cleaned\.json: its field|did not write it"):
        restore(str(manifest.parent), str(tmp_path / "back"))


def test_no_link_is_followed_out_of_the_folders(manifest: Path, tmp_path: Path) -> None:
    out, other = manifest.parent, tmp_path / "other"
    shutil.copytree(out / "sub", other)
    shutil.rmtree(out / "sub")
    (out / "sub").symlink_to(other)
    with pytest.raises(NotRestored, match="sub: is a link, which may lead out of"):
        restore(str(out), str(tmp_path / "back"))
    (out / "sub").unlink()
    shutil.copytree(other, out / "sub")
    before = bytes_of(other)
    for number, (name, target) in enumerate(
        (("sub", other), ("a.txt", other / "c.txt"), ("b.jsonl", tmp_path / "new"))
    ):
        back = tmp_path / f"back{number}"
        back.mkdir()
        (back / name).symlink_to(target)
        with pytest.raises(NotRestored, match=f"{name}: is a link"):
            restore(str(out), str(back))
        assert bytes_of(other) == before
        assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("link", [False, True])
def test_nothing_is_put_back_over_what_it_is_put_back_from(
    manifest: Path, tmp_path: Path, link: bool
) -> None:
    folder = manifest.parent
    before = bytes_of(folder)
    back = folder
    if link:
        back = tmp_path / "link"
        back.symlink_to(folder)
    with pytest.raises(NotRestored, match="would replace what is being read; choose another place"):
        restore(str(folder), str(back))
    assert bytes_of(folder) == before


VERSIONS: dict[str, Any] = {
    "an old one": 1, "a later one": 3, "text": "2", "true": True, "none": None, "a fraction": 2.0,
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_a_manifest_of_another_version_is_refused(
    manifest: Path, tmp_path: Path, version: Any
) -> None:
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "version": version}))
    with pytest.raises(InputError, match=r"its version is .*, not 2; restore it by the version of"):
        restore(str(manifest.parent), str(tmp_path / "back"))


CHANGED: dict[str, tuple[str, Any, str]] = {
    "one removal less": ("gone", 0, "it holds 1 of the 0 removals"),
    "one removal more": ("gone", 2, "it holds 1 of the 2 removals"),
    "another digest of the input": ("digest_before", "0" * 32, "is not the one that the record"),
    "another digest of the output": ("digest_after", "0" * 32, "is not the one that the record"),
    "another digest of the removals": ("digest_removals", "0" * 32, "are not those that were"),
    "another encoding": ("encoding", "utf-16", "is not the one that the record"),
    "an unknown encoding": ("encoding", "x-no-such", "is not the one that the record"),
    "an encoding that is none of text": ("encoding", "zlib", "is not the one that the record"),
    "another container": ("container", "jsonl", "is not the one that the record"),
    "a file of rows": ("container", "parquet", "it is no Parquet"),
    "an archive": ("container", "warc", "is not the one that the record"),
}  # fmt: skip


@pytest.mark.parametrize(("field", "value", "message"), CHANGED.values(), ids=CHANGED)
def test_a_manifest_that_was_edited_puts_back_the_other_files(
    manifest: Path, tmp_path: Path, field: str, value: Any, message: str
) -> None:
    told = json.loads(manifest.read_text())
    assert told["files"][0]["output"] == "a.txt"
    told["files"][0][field] = value
    manifest.write_text(json.dumps(told))
    with pytest.raises(NotRestored, match=message) as raised:
        restore(str(manifest.parent), str(tmp_path / "back"))
    assert len(raised.value.failures) == 1
    others = original()
    del others["a.txt"]
    assert bytes_of(tmp_path / "back") == others


def test_a_line_that_is_no_removal_is_named_by_its_number(manifest: Path, tmp_path: Path) -> None:
    lines = gzip.decompress((manifest.parent / "removed.jsonl.gz").read_bytes()).splitlines(True)
    told = json.loads(manifest.read_text())
    at = next(k for k, line in enumerate(lines) if json.loads(line)["source"].endswith("c.txt"))
    lines[at] = json.dumps({**json.loads(lines[at]), "start": "x"}).encode() + b"\n"
    (manifest.parent / "removed.jsonl.gz").write_bytes(gzip.compress(b"".join(lines)))
    for each in told["files"]:
        own = b"".join(line for line in lines if json.loads(line)["source"] == each["input"])
        each["digest_removals"] = xxh3_128_hexdigest(own)
    manifest.write_text(json.dumps(told))
    with pytest.raises(
        NotRestored, match=rf"removed\.jsonl\.gz:{at + 1}: it is no removal"
    ) as raised:
        restore(str(manifest.parent), str(tmp_path / "back"))
    assert len(raised.value.failures) == 1
    assert at > 1


@pytest.mark.parametrize("name", ["a.txt", "b.jsonl", "sub/c.txt", "sub/d.txt"])
def test_a_file_that_was_changed_or_lost_since_is_named_and_not_put_back(
    manifest: Path, tmp_path: Path, name: str
) -> None:
    path = manifest.parent / name
    whole = path.read_bytes()
    changes: tuple[Callable[[], object], ...] = (
        lambda: path.write_bytes(whole + b"x"), lambda: path.write_bytes(whole[1:]),
        lambda: path.write_bytes(whole.replace(b"e", b"a", 1)), lambda: path.write_bytes(b""),
        path.unlink, path.mkdir,
    )  # fmt: skip
    others = original()
    del others[name]
    for number, change in enumerate(changes):
        change()
        back = tmp_path / f"back{number}"
        with pytest.raises(NotRestored) as raised:
            restore(str(manifest.parent), str(back))
        assert name in str(raised.value)
        assert bytes_of(back) == others


# -- plans


def test_whatever_stands_in_a_plan_is_understood_or_refused(source: Path, tmp_path: Path) -> None:
    plan = tmp_path / "p.jsonl"
    clean_files(make_request([str(source)], plan=str(plan)))
    head, *rest = plan.read_text().splitlines(keepends=True)
    told = json.loads(head)
    tried = 0
    for place in leaves(told):
        for value in HOSTILE[(len(place) + tried) % 4 :: 4]:
            tried += 1
            plan.write_text("".join([json.dumps(changed(told, place, value)) + "\n", *rest]))
            with suppress(DedupError):
                clean_files(make_request(output=str(tmp_path / "out"), apply=str(plan), workers=1))
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
    assert tried > 80


@pytest.mark.parametrize(
    ("make", "message"),
    [(lambda path: "http://127.0.0.1:9/x.txt", "is a URL, which is opened only where you name it"),
     (lambda path: "/dev/zero", "is no regular file"), (lambda path: "-", "-: is not there"),
     (lambda path: _pipe(path / "x.txt"), "x.txt: is no regular file")],
    ids=["a URL", "a device", "standard input", "a pipe"],
)  # fmt: skip
def test_a_plan_opens_nothing_but_files(
    source: Path, tmp_path: Path, make: Callable[[Path], str], message: str
) -> None:
    plan = tmp_path / "p.jsonl"
    clean_files(make_request([str(source)], plan=str(plan)))
    head, *rest = plan.read_text().splitlines(keepends=True)
    path = make(tmp_path)
    told = {**json.loads(head), "paths": [path], "inputs": [[path, 0, ""]]}
    plan.write_text("".join([json.dumps(told) + "\n", *rest]))
    with pytest.raises(InputError, match=rf"{message}.*give the paths that it was made of"):
        clean_files(make_request(output=str(tmp_path / "out"), apply=str(plan)))
    assert not (tmp_path / "out").exists()


def test_an_unfinished_job_does_not_go_on_with_another_plan(source: Path, tmp_path: Path) -> None:
    plan = tmp_path / "p.jsonl"
    clean_files(make_request([str(source)], plan=str(plan)))
    request = make_request(output=str(tmp_path / "out"), apply=str(plan), workers=1)

    def stop(at: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Stopped):
        clean_files(watched(request, stop))
    plan.write_text("".join(plan.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(WorkMismatch, match=r"input .*p\.jsonl has size"):
        clean_files(request)


# -- texts as large as they come


@pytest.mark.parametrize("suffix", [".txt.gz", ".md.zst", ".html.gz", ".rst.zst"])
def test_packed_texts_come_back(tmp_path: Path, suffix: str) -> None:
    from tests.support.containers import PACKS, unpacked

    packing = "gzip" if suffix.endswith("gz") else "zstd"
    raw = f"<p>{A}</p>\n<p>{B}</p>\n<p>{A}</p>\n\n{A}\n\n{A}\n".encode() * 2000
    (tmp_path / f"a{suffix}").write_bytes(PACKS[packing](raw))
    assert main(["clean", str(tmp_path / f"a{suffix}"), "-o", f"{tmp_path}/out/"]) == 0
    assert main(["restore", f"{tmp_path}/out", "-o", f"{tmp_path}/back"]) == 0
    assert unpacked((tmp_path / "back" / f"a{suffix}").read_bytes(), packing) == raw


PAGES = {
    "latin-1": "iso-8859-1", "windows-1252": "cp1252", "gb2312": "gb18030",
    "shift_jis": "shift_jis", "koi8-r": "koi8-r", "utf-8": "utf-8",
}  # fmt: skip


@pytest.mark.parametrize(("name", "codec"), PAGES.items())
def test_pages_come_back_in_the_encoding_they_had(tmp_path: Path, name: str, codec: str) -> None:
    odd = "Größe" if codec in ("iso-8859-1", "cp1252") else "Паром отходит."
    first = "The ferry leaves the quay at nine in the morning and at noon."
    page = f'<meta charset="{name}">\n<p>{odd} {first}</p>\n<p>{odd} {first}</p>\n<p>{odd}</p>'
    raw = page.encode(codec)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_bytes(raw)
    clean(tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out" / "a.html").read_bytes() != raw
    assert restored(tmp_path / "out", tmp_path / "back") == {"a.html": raw}


def test_nothing_appears_of_a_file_that_does_not_come_out(manifest: Path, tmp_path: Path) -> None:
    path = manifest.parent / "a.txt"
    path.write_bytes(path.read_bytes() + b"x")
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "a.txt").write_text("what was there")
    assert main(["restore", str(manifest.parent), "-o", str(tmp_path / "back")]) == 2
    found = bytes_of(tmp_path / "back")
    assert found == {**original(), "a.txt": b"what was there"}
