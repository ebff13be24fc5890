"""The fuzzer finds what is planted, makes it small, and repeats it; what it found stays mended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import child
from tests.fuzz.case import Case, joined, load
from tests.fuzz.mutation import mutated, mutated_lines, shrunk
from tests.fuzz.target import Target, drawn
from tests.fuzz.targets import TARGETS
from tests.support.places import ROOT

KEPT = sorted(Path(__file__).with_name("fuzz").joinpath("kept").glob("*.json"))
LIMITS = child.Limits(20.0, 300)


@pytest.mark.parametrize("path", KEPT, ids=[path.stem for path in KEPT])
def test_what_was_found_stays_mended(path: Path, tmp_path: Path) -> None:
    fault = child.run(load(path), tmp_path / "case", LIMITS)
    assert fault is None, fault.told


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_draws_cases_that_are_kept_as_they_are(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    examples = drawn(target.strategy, 3, 5)
    for number in range(3):
        case = target.draw(Random(number), examples)
        assert case == target.draw(Random(number), examples)
        (tmp_path / "kept.json").write_text(case.written("told"), "utf-8")
        assert load(tmp_path / "kept.json") == case


def _planted(case: Case, folder: Path) -> Iterator[str]:
    (folder / "used").touch()
    yield "called"
    if b"<b>" in case.payload:
        raise KeyError("b")
    assert b"\xff" not in case.payload, "high"


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> str:
    seeds = [b"one <b>two</b> three" * 9, b"four five" * 9, b"six"]

    def draw(random: Random, _: object) -> Case:
        return Case("planted", mutated(random, random.choice(seeds), seeds), {"a": 1})

    target = Target("planted", draw, _planted, ("called", "never"))
    monkeypatch.setattr(child, "TARGETS", {**TARGETS, "planted": target})
    return target.name


def test_faults_are_found_and_made_small(planted: str, tmp_path: Path) -> None:
    found = child.turn(planted, 5, 600.0, tmp_path, LIMITS, 200)
    assert found["calls"] == found["met"]["called"] == 200
    kept = {place.split(" ")[0]: json.loads(case) for place, (case, _) in found["faults"].items()}
    assert {name: each["shown"] for name, each in kept.items()} == {
        "KeyError": "<b>",
        "AssertionError": "\\xff",
    }
    assert kept["KeyError"]["options"] == {"a": 1}
    assert "KeyError: 'b'" in kept["KeyError"]["told"]
    assert Counter(found["times"]).total() > 10


def test_what_takes_too_long_or_too_much_is_a_fault(planted: str, tmp_path: Path) -> None:
    case = Case(planted, b"six", {})
    assert child.run(case, tmp_path / "a", LIMITS) is None
    slow = child.run(case, tmp_path / "a", child.Limits(0.0, 300))
    assert slow is not None
    assert slow.place == "slow"
    large = child.run(case, tmp_path / "a", child.Limits(9.0, -1))
    assert large is not None
    assert large.place == "large"


def test_the_smallest_input_is_found_that_still_fails() -> None:
    content = bytes(range(256)) * 3
    assert shrunk(content, lambda each: each.count(b"\x07") > 1 and b"\x21" in each) == b"\x07!\x07"
    assert shrunk(b"abc", lambda each: True) == b""


def test_damages_are_many_and_the_same_for_a_seed() -> None:
    content = b'{"a": [1, {"b": "c"}], "d": null}\n{"e": 2}'
    made = [mutated(Random(k), content, [b"other"]) for k in range(300)]
    assert made == [mutated(Random(k), content, [b"other"]) for k in range(300)]
    assert len(set(made)) > 200
    lines = [mutated_lines(Random(k), content) for k in range(300)]
    assert len(set(lines)) > 100
    assert all(line.count(b"\n") <= 2 for line in lines)
    one = [json.loads(mutated_lines(Random(k), b'{"a": [1, {"b": "c"}]}')) for k in range(300)]
    assert any(isinstance(each, dict) and "a" not in each for each in one)


def test_lists_of_texts_are_payloads() -> None:
    for texts in ([], ["a"], ["", "b\n", "\ud800"], ["é", ""]):
        assert Case("", joined(texts), {}).texts == texts


def test_the_command_tells_figures_and_keeps_faults(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz"]
    ran = subprocess.run(
        [*command, "--minutes", "0.05", "--only", "baselines", "--seconds", "0", "--keep",
         str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    assert "baselines: " in ran.stdout
    assert "FAILED" in ran.stdout
    assert "slow" in ran.stdout
    kept = min(tmp_path.glob("baselines-*.json"))
    again = [*command, "--repeat", str(kept)]
    assert subprocess.run([*again, "--seconds", "0"], cwd=ROOT, check=False).returncode == 1
    assert subprocess.run([*again, "--seconds", "60"], cwd=ROOT, check=False).returncode == 0
