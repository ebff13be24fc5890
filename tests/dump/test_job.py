"""Jobs on files: law 4 for every container, everything traced and put back, nothing half done."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

import dedup
from dedup import readers
from dedup.cli import main
from dedup.dump import job as jobs
from dedup.dump import record
from dedup.dump import summary as summaries
from dedup.dump.job import Stopped, clean_files
from dedup.dump.outputs import TooMuchLost
from dedup.dump.restoration import restore
from dedup.dump.summary import Summary
from dedup.errors import DedupError, InputError
from dedup.options import Policy
from dedup.readers import ReadOptions
from dedup.scale import WorkMismatch
from dedup.writers import WriteOptions
from tests.support import dumps
from tests.support.articles import PARAGRAPHS
from tests.support.containers import PACKS, SUFFIX, conversion, unpacked, warcinfo
from tests.support.flat import make_request, watched
from tests.support.places import ROOT

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crawl")
    dumps.write_all(folder)
    return folder


def clean(source: Path, output: Path, **options: Any) -> Summary:
    return clean_files(make_request([str(source)], str(output), **{"workers": 1, **options}))


def paragraphs(*folders: Path) -> list[dedup.Paragraph]:
    found = dedup.read([str(folder) for folder in folders])
    return [each for each in found if isinstance(each, dedup.Paragraph)]


def gone_of(output: Path) -> list[tuple[str, str | None, int, str]]:
    removals = record.read(str(output / record.RECORD))
    return [(each.source, each.record, each.first, each.text) for each in removals]


def places(found: list[dedup.Paragraph]) -> list[tuple[str, str | None, int, str]]:
    return [(each.source, each.record, each.first, each.text) for each in found]


# -- law 4


@pytest.mark.parametrize("options", [{}, {"workers": 2}, {"memory": "300MB"}])
def test_what_goes_is_what_find_does_not_keep(
    crawl: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    clean(crawl, tmp_path / "out", **options)
    every = paragraphs(crawl)
    kept = dedup.find(every).kept.tolist()
    expected = [each for each, keeps in zip(every, kept, strict=True) if not keeps]
    assert gone_of(tmp_path / "out") == places(expected)
    assert len(expected) > 200
    left = [each.text for each in paragraphs(tmp_path / "out")]
    assert left == [each.text for each, keeps in zip(every, kept, strict=True) if keeps]


def test_a_rank_is_that_of_find(crawl: Path, tmp_path: Path) -> None:
    clean(crawl, tmp_path / "out", policy=Policy(keep="longest"))
    every = paragraphs(crawl)
    kept = dedup.find(every, rank=dedup.rank.longest).kept.tolist()
    expected = [each for each, keeps in zip(every, kept, strict=True) if not keeps]
    assert gone_of(tmp_path / "out") == places(expected)


def test_any_order_of_files_gives_the_same_with_the_same_rank(tmp_path: Path) -> None:
    texts = dumps.documents(5, 20)
    for number, text in enumerate(texts):
        row = json.dumps({"id": f"r{number}", "date": f"2026-01-{number + 1:02d}", "text": text})
        for folder, name in (("a", number), ("b", len(texts) - number)):
            path = tmp_path / folder / f"{name:03d}.jsonl"
            path.parent.mkdir(exist_ok=True)
            path.write_text(row + "\n", "utf-8")
    kept = []
    for folder in ("a", "b"):
        clean(tmp_path / folder, tmp_path / f"{folder}.out", policy=Policy(keep="newest"))
        kept.append(sorted(each.text for each in paragraphs(tmp_path / f"{folder}.out")))
    assert kept[0] == kept[1]


def test_the_twenty_paragraphs_that_repeat_most_are_told(tmp_path: Path) -> None:
    texts = [" ".join(f"w{k}x{n}" for n in range(12)) for k in range(25)]
    (tmp_path / "a.txt").write_text("\n".join(t for k, t in enumerate(texts) for _ in range(k + 1)))
    summary = clean(tmp_path / "a.txt", tmp_path / "out", markup="lines")
    assert summary.tally is not None
    assert [each.times for each in summary.tally.repeated] == list(range(25, 5, -1))
    assert [each.text for each in summary.tally.repeated] == texts[:4:-1]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_job_at_the_same_place_goes_by_its_own_answer(
    tmp_path: Path, workers: int
) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    first, second = PARAGRAPHS[:2]
    for copies in ((first, first, second), (second, first, first), (first, second, first)):
        shutil.rmtree(source, ignore_errors=True)
        shutil.rmtree(output, ignore_errors=True)
        source.mkdir()
        for number, text in enumerate(copies):
            (source / f"{number}.txt").write_text(f"{text}\n")
        clean(source, output, workers=workers)
        (again,) = [number for number in range(3) if copies[number] in copies[:number]]
        assert [each[0] for each in gone_of(output)] == [str(source / f"{again}.txt")]
        assert [each.text for each in paragraphs(output)] == [*dict.fromkeys(copies)]


def test_a_manifest_is_read_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "MOST_HOSTS", 2)
    rows = [{"text": PARAGRAPHS[k % 2], "url": f"http://h{k}.org/"} for k in range(5)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    clean(tmp_path / "a.jsonl", tmp_path / "out")
    path = tmp_path / "out" / "cleaned.json"
    told = json.loads(path.read_text("utf-8"))
    assert (len(told["hosts"]), told["hosts_in_all"]) == (2, 5)
    assert [each["times"] for each in told["repeated"]] == [3, 2]
    assert summaries.read_manifest(str(path)).manifest() == told


# -- put back


@pytest.mark.parametrize(
    ("empty", "form"),
    [
        *(("keep", form) for form in ("jsonl", "jsonl.gz", "jsonl.zst", "parquet")),
        *(("drop", form) for form in ("jsonl.gz", "parquet")),
    ],
)
def test_all_that_went_is_put_back(tmp_path: Path, empty: str, form: str) -> None:
    before = dumps.write_all(tmp_path / "in", 7)
    table = pq.read_table(tmp_path / "in" / "c.parquet")
    if empty == "drop":
        (tmp_path / "in" / "c.parquet").unlink()
    removed = str(tmp_path / f"removed.{form}")
    summary = clean(
        tmp_path / "in", tmp_path / "out", writing=WriteOptions(empty=empty), removed=removed
    )
    assert summary.count("emptied") > 5
    assert (summary.count("dropped") > 5) == (empty == "drop")
    restore(str(tmp_path / "out"), str(tmp_path / "back"))
    for name, raw in before.items():
        assert dumps.unpacked(tmp_path / "back" / name) == raw
        assert dumps.unpacked(tmp_path / "out" / name) != raw
    if empty == "keep":
        assert pq.read_table(tmp_path / "back" / "c.parquet").equals(table)


def test_a_file_of_which_nothing_is_left_comes_back(tmp_path: Path) -> None:
    text = dumps.documents(3)[0].encode()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(text)
    clean(tmp_path / "in", tmp_path / "out", writing=WriteOptions(empty="drop"))
    assert not (tmp_path / "out" / "b.txt").exists()
    restore(str(tmp_path / "out"), str(tmp_path / "back"))
    assert (tmp_path / "back" / "b.txt").read_bytes() == text


def test_what_is_packed_and_empty_comes_back_packed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("One.\n")
    packed = {
        f"{name}{SUFFIX[packing]}": packing
        for name in ("b.txt", "c.jsonl", "d.html")
        for packing in ("gzip", "zstd")
    }
    for name, packing in packed.items():
        (tmp_path / "in" / name).write_bytes(PACKS[packing](b""))
    clean(tmp_path / "in", tmp_path / "out")
    restore(str(tmp_path / "out"), str(tmp_path / "back"))
    for folder in ("out", "back"):
        for name, packing in packed.items():
            content = (tmp_path / folder / name).read_bytes()
            assert content  # what is empty is packed nevertheless
            assert unpacked(content, packing) == b""


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("packing", ["gzip", "zstd", "lz4"])
def test_an_archive_comes_back_with_a_member_for_each_record(
    tmp_path: Path, packing: str, odd: bool
) -> None:
    rows = [PARAGRAPHS[k % 3] + f"\n{'Some other words. ' * k}" for k in range(6)]
    parts = [warcinfo(), *(conversion(each, f"http://h/{each[:9]}/") for each in rows)]
    if odd:
        parts[3:3] = [b"no record stands here\r\n\r\n"]  # it stays where it is, by itself
    name = f"a.warc.wet{SUFFIX[packing]}"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(b"".join(map(PACKS[packing], parts)))
    summary = clean(tmp_path / "in", tmp_path / "out", reading=ReadOptions(max_bytes=600))
    assert summary.count("gone") > 2
    restore(str(tmp_path / "out"), str(tmp_path / "back"))
    for folder in ("out", "back"):
        content = (tmp_path / folder / name).read_bytes()
        if folder == "back":
            assert unpacked(content, packing) == b"".join(parts)
        assert content.count(PACKS[packing](b"x")[:4]) == len(parts)
        if packing == "gzip" and not odd:
            assert len(list(ArchiveIterator(io.BytesIO(content)))) == len(parts)


@pytest.mark.parametrize("errors", ["surrogateescape", "replace", "ignore"])
def test_a_record_that_is_no_utf_8_comes_back(tmp_path: Path, errors: str) -> None:
    odd = [b"caf\xe9 " + each.encode() for each in PARAGRAPHS[:3]]
    pages = [odd[0] + b"\n" + odd[1], odd[1] + b"\n" + odd[2], b"\xff", odd[0]]
    wet = b"".join(conversion(each, f"http://h/{k}") for k, each in enumerate(pages))
    (tmp_path / "a.warc.wet").write_bytes(wet)
    summary = clean(
        tmp_path / "a.warc.wet",
        tmp_path / "out",
        reading=ReadOptions(errors=errors),
        markup="lines",
    )
    assert summary.count("gone") == 2
    restore(str(tmp_path / "out"), str(tmp_path / "back"))
    assert (tmp_path / "back" / "a.warc.wet").read_bytes() == wet


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EIO])
def test_a_record_may_go_to_another_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    before = dumps.write_all(tmp_path / "in", 3)
    replace = os.replace

    def on_another_disk(source: Any, target: Any) -> None:
        if Path(target).parent == tmp_path / "other" and not Path(source).is_relative_to(
            tmp_path / "other"
        ):
            raise OSError(code, os.strerror(code))
        replace(source, target)

    monkeypatch.setattr(os, "replace", on_another_disk)
    removed = str(tmp_path / "other" / "removed.jsonl")
    if code != errno.EXDEV:
        with pytest.raises(InputError, match=r"other/removed\.jsonl: can't be written: Input/outp"):
            clean(tmp_path / "in", tmp_path / "out", removed=removed)
        assert os.listdir(tmp_path / "other") == []
        return
    clean(tmp_path / "in", tmp_path / "out", removed=removed)
    assert os.listdir(tmp_path / "other") == ["removed.jsonl"]
    assert not (tmp_path / "out" / ".dedup-work").exists()
    restore(str(tmp_path / "out"), str(tmp_path / "back"), removed)
    assert dumps.unpacked(tmp_path / "back" / "a.jsonl") == before["a.jsonl"]


def test_marks_that_stayed_in_markdown_are_put_back(tmp_path: Path) -> None:
    first, second, third, *_ = PARAGRAPHS
    text = f"# A\n\n{first}\n\n{second}\n\n* {first}\n\n  {third}\n\n1. {second}\n\n   Go on.\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    clean(tmp_path / "a.md", tmp_path / "out", markup="markdown")
    left = (tmp_path / "out" / "a.md").read_text("utf-8")
    assert left.endswith(f"* <!-- -->\n\n  {third}\n\n1. <!-- -->\n\n   Go on.\n")
    removals = list(record.read(str(tmp_path / "out" / record.RECORD)))
    assert [each.instead for each in removals] == ["* <!-- -->", "1. <!-- -->"]
    restore(str(tmp_path / "out"), str(tmp_path / "back"))
    assert (tmp_path / "back" / "a.md").read_text("utf-8") == text


def test_what_was_changed_since_is_not_put_back_and_named(crawl: Path, tmp_path: Path) -> None:
    clean(crawl, tmp_path / "out")
    names = {path.name for path in crawl.iterdir()}
    written = [path for path in (tmp_path / "out").iterdir() if path.name in names]
    written = [path for path in written if path.suffix not in (".gz", ".zst")]
    assert len({path.suffix for path in written}) > 2
    for number, path in enumerate(sorted(written)):
        before = path.read_bytes()
        place = len(before) // 2
        for content in (before[:-1], before[:place] + b"\0" + before[place + 1 :], before + b"\n"):
            path.write_bytes(content)
            with pytest.raises(InputError) as told:
                restore(str(tmp_path / "out"), str(tmp_path / f"back{number}"))
            assert Path(told.value.source).name == path.name
            assert not (tmp_path / f"back{number}" / path.name).exists()
        path.write_bytes(before)
    path.write_bytes(before + b"\n")
    with pytest.raises(InputError) as told:
        restore(str(tmp_path / "out"), str(tmp_path / "back"))
    assert str(told.value).endswith(
        f"{path}: it is not the one that the record of removals speaks of: it, or the manifest, "
        "was changed since; use the files as they were written, with their own record"
    )


def test_a_manifest_does_not_lead_out_of_the_folder(crawl: Path, tmp_path: Path) -> None:
    clean(crawl, tmp_path / "out")
    path = tmp_path / "out" / "cleaned.json"
    told = json.loads(path.read_text("utf-8"))
    told["files"][0]["output"] = "../../evil.jsonl"
    path.write_text(json.dumps(told), "utf-8")
    with pytest.raises(InputError, match="leads out of"):
        restore(str(tmp_path / "out"), str(tmp_path / "back"))


def test_one_file_has_its_record_beside_it(crawl: Path, tmp_path: Path) -> None:
    source, target = crawl / "b.jsonl.gz", tmp_path / "new.jsonl.gz"
    assert main(["clean", str(source), "-o", str(target)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "new.jsonl.gz", "new.jsonl.gz.cleaned.json", "new.jsonl.gz.removed.jsonl.gz",
    ]  # fmt: skip
    assert main(["restore", str(target), "-o", str(tmp_path / "back")]) == 0
    assert dumps.unpacked(tmp_path / "back" / "new.jsonl.gz") == dumps.unpacked(source)


# -- plans


def test_a_plan_writes_nothing_and_is_carried_out(crawl: Path, tmp_path: Path) -> None:
    clean(crawl, tmp_path / "straight")
    plan = str(tmp_path / "plan.jsonl.gz")
    clean_files(make_request([str(crawl)], plan=plan))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.jsonl.gz", "straight"]
    clean_files(make_request(output=str(tmp_path / "applied"), apply=plan))
    straight, applied = (dumps.bytes_of(tmp_path / name) for name in ("straight", "applied"))
    del straight["cleaned.json"], applied["cleaned.json"]
    assert applied == straight


def test_what_is_taken_out_of_a_plan_stays(crawl: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.jsonl"
    clean_files(make_request([str(crawl)], plan=str(plan)))
    lines = plan.read_text("utf-8").splitlines(keepends=True)
    plan.write_text("".join([lines[0], *lines[1::2]]), "utf-8")
    clean_files(make_request(output=str(tmp_path / "out"), apply=str(plan)))
    texts = [each[3] for each in gone_of(tmp_path / "out")]
    assert texts == [json.loads(line)["text"] for line in lines[1::2]]
    back = tmp_path / "back"
    restore(str(tmp_path / "out"), str(back))
    assert dumps.unpacked(back / "a.jsonl") == dumps.unpacked(crawl / "a.jsonl")


def _swapped(lines: list[str]) -> list[str]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def _other_text(lines: list[str]) -> list[str]:
    fields = json.loads(lines[1])
    return [lines[0], json.dumps({**fields, "text": "Another."}) + "\n", *lines[2:]]


def _other_document(lines: list[str]) -> list[str]:
    fields = json.loads(lines[-1])
    return [*lines, json.dumps({**fields, "document": fields["document"] + 1000}) + "\n"]


def _other_paragraph(lines: list[str]) -> list[str]:
    fields = json.loads(lines[-1])
    return [*lines[:-1], json.dumps({**fields, "paragraph": 1000}) + "\n"]


BAD_PLANS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "lines in another order": (_swapped, "not in this order"),
    "a text that isn't there": (_other_text, "which are not there"),
    "a document that isn't there": (_other_document, "not there as it says"),
    "a paragraph that isn't there": (_other_paragraph, "not there as it says"),
    "a paragraph twice": (lambda lines: [*lines, lines[-1]], "not in this order"),
    "no head": (lambda lines: lines[1:], "is no plan"),
    "no JSON": (lambda lines: [*lines, "{oops\n"], "it is no JSON"),
    "no removal": (lambda lines: [*lines, '{"a": 1}\n'], "it is no removal"),
    "another source": (
        lambda lines: [*lines, lines[1].replace("a.jsonl", "z.jsonl")], "which is not read",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_a_plan_that_does_not_fit_is_refused(
    crawl: Path, tmp_path: Path, change: Callable[[list[str]], list[str]], message: str
) -> None:
    plan = tmp_path / "plan.jsonl"
    clean_files(make_request([str(crawl)], plan=str(plan)))
    lines = plan.read_text("utf-8").splitlines(keepends=True)
    plan.write_text("".join(change(lines)), "utf-8")
    with pytest.raises(DedupError, match=message):
        clean_files(make_request(output=str(tmp_path / "out"), apply=str(plan), workers=1))
    assert not (tmp_path / "out" / "a.jsonl").exists()


def test_a_plan_of_other_input_is_refused(tmp_path: Path) -> None:
    dumps.write_all(tmp_path / "in")
    plan = str(tmp_path / "plan.jsonl")
    clean_files(make_request([str(tmp_path / "in")], plan=plan))
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "Other."}\n', "utf-8")
    with pytest.raises(InputError, match=r"made of other input: input .*a\.jsonl has size"):
        clean_files(make_request(output=str(tmp_path / "out"), apply=plan))


def test_a_plan_that_names_more_than_it_was_made_of_ends_at_the_first_other_file(
    crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "plan.jsonl"
    clean_files(make_request([str(crawl)], plan=str(plan)))
    for number in range(20):
        (tmp_path / "many" / f"{number:02d}.txt").parent.mkdir(exist_ok=True)
        (tmp_path / "many" / f"{number:02d}.txt").write_text("Other.\n", "utf-8")
    head, *lines = plan.read_text("utf-8").splitlines(keepends=True)
    looked_at: list[str] = []
    right = readers.shards

    def counted(*given: Any) -> Iterator[Any]:
        for each in right(*given):
            looked_at.append(str(getattr(each, "path", "")))
            yield each

    monkeypatch.setattr(readers, "shards", counted)
    for paths in ([str(tmp_path / "many")], [str(crawl), str(tmp_path / "many")]):
        looked_at.clear()
        changed = json.dumps({**json.loads(head), "paths": paths}) + "\n"
        plan.write_text("".join([changed, *lines]), "utf-8")
        with pytest.raises(InputError, match=r"made of other input: .*many/00\.txt is none of it"):
            clean_files(make_request(output=str(tmp_path / "out"), apply=str(plan), workers=1))
        assert [Path(each).name for each in looked_at if "many" in each] == ["00.txt"]
        assert not (tmp_path / "out").exists()


# -- notes


def test_texts_may_be_marked_instead(crawl: Path, tmp_path: Path) -> None:
    clean(crawl / "a.jsonl", tmp_path / "out", writing=WriteOptions(note="copies"))
    gone = list(record.read(str(tmp_path / "out" / record.RECORD)))
    found = []
    for old, new in zip(
        (crawl / "a.jsonl").read_text("utf-8").splitlines(),
        (tmp_path / "out" / "a.jsonl").read_text("utf-8").splitlines(),
        strict=True,
    ):
        if old.startswith("{broken") or not old:
            assert new == old
            continue
        row = json.loads(new)
        assert row["text"] == json.loads(old)["text"]
        found += [row["text"][each["start"] : each["end"]] for each in row.get("copies", ())]
    assert found == [each.text for each in gone]
    assert found


def test_texts_and_pages_of_their_own_stay_and_only_the_record_tells(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    line = "The ferry leaves the harbour at nine and comes back in the evening."
    (folder / "a.txt").write_text(f"{line}\n" * 3)
    (folder / "b.html").write_text(f"<p>{line}</p>" * 2)
    clean(folder, tmp_path / "out", writing=WriteOptions(note="copies"))
    for path in folder.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    gone = [each[3] for each in gone_of(tmp_path / "out")]
    assert gone == [line, line, f"<p>{line}</p>", f"<p>{line}</p>"]


# -- nothing half done

PROGRAM = """
import sys
from pathlib import Path
from tests.dump import test_job as test
print("begin", flush=True)
test.clean(Path(sys.argv[1]), Path(sys.argv[2]), workers=int(sys.argv[3]))
"""


def test_killed_at_random_moments(crawl: Path, tmp_path: Path) -> None:
    clean(crawl, tmp_path / "undisturbed")
    whole = sorted(path.name for path in (tmp_path / "undisturbed").iterdir())
    draw = random.Random(3)
    kills, longest, output = 0, 1.0, tmp_path / "out"
    while kills < 20:
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(crawl), str(output), "2"],
            cwd=ROOT, stdout=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            assert process.stdout.readline() == b"begin\n"
            begin = time.monotonic()
            try:
                process.wait(timeout=draw.uniform(0.0, longest))
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
                shown = sorted(path.name for path in output.glob("[!.]*"))
                if not (output / ".dedup-work" / "ready.json").exists():
                    # Nothing is decided yet, or all is in its place and the folder of work goes.
                    assert shown in ([], whole)
                continue
        assert process.returncode == 0
        longest = max(0.2, 1.2 * (time.monotonic() - begin))
        assert _without_paths(output) == _without_paths(tmp_path / "undisturbed")
        shutil.rmtree(output)
    clean(crawl, output)
    assert _without_paths(output) == _without_paths(tmp_path / "undisturbed")


def _without_paths(output: Path) -> dict[str, bytes]:
    """All files, without the name of the output in them."""
    return {
        name: raw.replace(str(output).encode(), b"OUT")
        for name, raw in dumps.bytes_of(output).items()
    }


STAGES = ["sketch", "decide", "sum", "rewrite"]


@pytest.mark.parametrize("stage", STAGES)
def test_stopped_by_hand_and_gone_on_with(crawl: Path, tmp_path: Path, stage: str) -> None:
    def stop(at: str, done: int, total: int) -> None:
        if at == stage:
            raise KeyboardInterrupt

    request = make_request([str(crawl)], str(tmp_path / "out"), workers=1)
    with pytest.raises(Stopped):
        clean_files(watched(request, stop))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".dedup-work"]
    clean_files(request)
    clean(crawl, tmp_path / "undisturbed")
    assert _without_paths(tmp_path / "out") == _without_paths(tmp_path / "undisturbed")


def test_what_was_written_is_not_written_again(crawl: Path, tmp_path: Path) -> None:
    told: list[int] = []

    waiting = tmp_path / "out" / ".dedup-work" / "out"

    def stop(at: str, done: int, total: int) -> None:
        if at == "rewrite" and len([*waiting.rglob("*.*")]) == 3:
            raise KeyboardInterrupt

    request = make_request([str(crawl)], str(tmp_path / "out"), workers=1)
    with pytest.raises(Stopped):
        clean_files(watched(request, stop))
    times = {path: path.stat().st_mtime_ns for path in waiting.rglob("*.*")}
    assert len(times) == 3

    def look(at: str, done: int, total: int) -> None:
        if at == "rewrite" and done == total:
            told.extend(path.stat().st_mtime_ns == times[path] for path in times)

    clean_files(watched(request, look))
    assert told == [True] * 3


def test_progress_of_writing_counts_bytes_within_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        "".join(f'{{"text": "row {k} of many that are read"}}\n' for k in range(20_000))
    )
    met: list[tuple[int, int]] = []

    def note(at: str, done: int, total: int) -> None:
        if at == "rewrite":
            met.append((done, total))

    request = make_request([str(path)], str(tmp_path / "out"), workers=1)
    clean_files(watched(request, note))
    done = [each for each, _ in met]
    size = path.stat().st_size
    assert {total for _, total in met} == {size}
    assert done == sorted(done)
    assert done[-1] == size > done[-2] > done[0] > 0


def test_another_job_is_refused_while_one_is_unfinished(tmp_path: Path) -> None:
    dumps.write_all(tmp_path / "in")

    def stop(at: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Stopped):
        clean_files(
            make_request([str(tmp_path / "in")], str(tmp_path / "out"), workers=1, progress=stop)
        )
    with pytest.raises(
        WorkMismatch, match=r"job: policy\.keep is 'longest' instead of 'first'; rem"
    ):
        clean(tmp_path / "in", tmp_path / "out", policy=Policy(keep="longest"))
    (tmp_path / "in" / "e.txt").write_text("Another text.\n", "utf-8")
    with pytest.raises(WorkMismatch, match=r"input .*e\.txt has size"):
        clean(tmp_path / "in", tmp_path / "out")


def test_a_full_disk_is_told_and_gone_on_from(
    crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dedup.writers import output as outputs
    from dedup.writers.file import unwritable

    write = outputs.Output.write

    def full(self: outputs.Output, content: bytes) -> int:
        if "out" in Path(self.target).parts[-3:-1] and self.target.endswith("parquet"):
            raise unwritable(self.target, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return write(self, content)

    with monkeypatch.context() as patch:
        patch.setattr(outputs.Output, "write", full)
        with pytest.raises(InputError, match="No space left on device"):
            clean(crawl, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".dedup-work"]
    assert not list((tmp_path / "out").rglob("*.part"))
    clean(crawl, tmp_path / "out")
    clean(crawl, tmp_path / "undisturbed")
    assert _without_paths(tmp_path / "out") == _without_paths(tmp_path / "undisturbed")


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Mount a disk of half a megabyte, where that is allowed."""
    folder = tmp_path_factory.mktemp("disk")
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=500k", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if not made or made.returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=False)


def test_a_disk_that_is_too_small(crawl: Path, small_disk: Path) -> None:
    for path in small_disk.iterdir():
        shutil.rmtree(path)
    with pytest.raises(DedupError, match=r"[nN]o space left"):
        clean(crawl, small_disk / "out")
    assert [path.name for path in (small_disk / "out").iterdir()] == [".dedup-work"]


# -- where it goes


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes here")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_output_stays_as_private_as_it_was(crawl: Path, tmp_path: Path, mode: int) -> None:
    target = tmp_path / "a.jsonl"
    target.write_bytes(b"")
    target.chmod(mode)
    clean_files(make_request([str(crawl / "a.jsonl")], str(target), folder=False, workers=1))
    assert target.stat().st_size > 1000
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_output_is_not_read_again(crawl: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="which is read; write to a folder outside of it"):
        clean(crawl, crawl / "out")
    with pytest.raises(InputError, match="would replace what is being read"):
        clean_files(make_request([str(crawl / "a.jsonl")], str(crawl / "a.jsonl"), folder=False))


def test_files_that_hold_no_text_are_passed_over_where_they_were_not_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"text": "Some words that stand here."}\n', "utf-8")
    (folder / "b.jsonl").write_text('{"other": 1}\n' * 3, "utf-8")
    summary = clean(folder, tmp_path / "out")
    assert [bool(each.coverage["unread"]) for each in summary.files] == [False, True]
    assert not (tmp_path / "out" / "b.jsonl").exists()
    with pytest.raises(InputError, match="text"):
        clean(folder / "b.jsonl", tmp_path / "other")


def test_too_much_loss_writes_nothing(crawl: Path, tmp_path: Path) -> None:
    with pytest.raises(TooMuchLost, match="more than the 10 % of --max-loss; nothing was written"):
        clean(crawl, tmp_path / "out", policy=Policy(max_loss=0.1))
    assert not list((tmp_path / "out").glob("[!.]*"))
    clean(crawl, tmp_path / "out", policy=Policy(max_loss=1.0))
    clean(crawl, tmp_path / "straight")
    assert gone_of(tmp_path / "out") == gone_of(tmp_path / "straight")


def test_what_strict_reading_refused_is_passed_over_by_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\nno JSON\n{"text": "b"}\n', "utf-8")
    with pytest.raises(InputError, match="line 2: not JSON"):
        clean(tmp_path / "a.jsonl", tmp_path / "out", reading=ReadOptions(strict=True))
    assert clean(tmp_path / "a.jsonl", tmp_path / "out").count("documents") == 2

    def stop(at: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Stopped):
        clean_files(
            make_request([str(tmp_path / "a.jsonl")], str(tmp_path / "other"), progress=stop)
        )
    with pytest.raises(WorkMismatch, match=r"reading\.strict is True instead of False"):
        clean(tmp_path / "a.jsonl", tmp_path / "other", reading=ReadOptions(strict=True))
    assert jobs.VERSION
