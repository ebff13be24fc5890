"""The files that CI systems read: pre-commit's hooks and the GitHub action, its scripts run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.support.check_findings import BEFORE
from tests.support.places import ROOT

HOOKS = ROOT / ".pre-commit-hooks.yaml"
ACTION = ROOT / "action.yml"

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="the action's scripts are written in bash")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def test_hooks_have_what_pre_commit_requires() -> None:
    hooks = {hook["id"]: hook for hook in read(HOOKS)}
    assert list(hooks) == ["dedup", "dedup-staged"]
    for hook in hooks.values():
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert hook["language"] == "python"
        assert hook["entry"].split()[:2] == ["dedup", "check"]
        assert set(hook["types_or"]) == {"markdown", "mdx", "rst", "asciidoc", "html"}


def test_the_whole_repository_is_checked_once_and_without_names() -> None:
    whole, staged = read(HOOKS)
    assert whole["pass_filenames"] is False
    assert whole["entry"] == "dedup check"
    assert staged.get("pass_filenames", True) is True
    assert staged["require_serial"] is True, "or copies in two shards would be missed"
    assert staged["entry"] == "dedup check --only"


def test_pre_commit_takes_the_hooks() -> None:
    if find_spec("pre_commit") is None:
        pytest.skip("pre-commit is not installed")
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_a_release_is_of_what_was_built_and_tried() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "wheels.yml")["jobs"]
    release = jobs["release"]
    assert set(release["needs"]) == jobs.keys() - {"release"}
    assert "refs/tags/v" in release["if"]
    assert [name for name, job in jobs.items() if "id-token" in job.get("permissions", {})] == [
        "release"
    ]
    assert not [step for step in release["steps"] if "run" in step], "it only hands on"
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["cibuildwheel"]
    tried = re.findall(r"tests/[\w/]+\.py", settings["test-command"])
    assert tried
    assert all((ROOT / each).is_file() for each in tried)


def steps() -> list[Any]:
    every: list[Any] = read(ACTION)["runs"]["steps"]
    return every


def test_the_action_has_what_github_requires() -> None:
    action = read(ACTION)
    assert {"name", "description", "runs", "inputs", "outputs"} <= action.keys()
    assert action["runs"]["using"] == "composite"
    for step in steps():
        assert ("run" in step) != ("uses" in step)
        if "run" in step:
            assert step["shell"] == "bash"
        else:
            assert re.fullmatch(r"[\w-]+(/[\w-]+)+@v\d+", step["uses"])
    for given in action["inputs"].values():
        assert given["description"]
        assert isinstance(given["default"], str)
    for output in action["outputs"].values():
        assert output["description"]
        assert output["value"].startswith("${{ steps.check.outputs.")


def test_no_input_is_read_as_a_script() -> None:
    inputs = set(read(ACTION)["inputs"])
    used = set()
    for step in steps():
        assert "${{" not in step.get("run", "")
        for value in step.get("env", {}).values():
            used |= set(re.findall(r"\binputs\.([\w-]+)", value))
        for value in step.get("with", {}).values():
            assert "inputs." not in str(value)
    assert used == inputs


def test_dedup_comes_from_the_actions_own_checkout() -> None:
    (install,) = [step for step in steps() if "pip install" in step.get("run", "")]
    assert install["run"].rstrip().endswith('"$GITHUB_ACTION_PATH"')
    (python,) = [step for step in steps() if "setup-python" in step.get("uses", "")]
    assert python["with"]["update-environment"] is False, "the job's own Python stays first"


class Ran(NamedTuple):
    arguments: list[str]
    outputs: dict[str, str]
    stdout: str


def run_check(folder: Path, code: int = 0, groups: int | None = 3, **inputs: str) -> Ran:
    """Run the action's script with a dedup that writes down its arguments."""
    programs = folder / "temp" / "dedup-action" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    write_program(
        programs / "dedup",
        "import json, sys\n"
        f"json.dump(sys.argv[1:], open({str(folder / 'argv')!r}, 'w'))\n"
        f"groups = {groups!r}\n"
        "for at, word in enumerate(sys.argv):\n"
        "    if word == '--report' and groups is not None:\n"
        "        form, _, path = sys.argv[at + 1].partition('=')\n"
        "        json.dump({'summary': {'findings': groups}}, open(path, 'w'))\n"
        f"sys.exit({code})\n",
    )
    work = folder / "work"
    work.mkdir()
    stdout = run_script(folder, inputs)
    assert list(work.iterdir()) == [], "nothing was run or written beside the check"
    return Ran(json.loads((folder / "argv").read_text()), outputs(folder / "output"), stdout)


def write_program(path: Path, program: str) -> None:
    path.write_text(f"#!{sys.executable}\n{program}")
    path.chmod(0o755)


def run_script(folder: Path, inputs: dict[str, str]) -> str:
    """Run the script of the step that checks, as a runner does; gives its standard output."""
    assert BASH is not None
    (script,) = [step for step in steps() if step.get("id") == "check"]
    defaults = {name: given["default"] for name, given in read(ACTION)["inputs"].items()}
    given = {**defaults, **{name.replace("_", "-"): value for name, value in inputs.items()}}
    environment = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], value)
        for name, value in script["env"].items()
    }
    ran = subprocess.run(
        [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script["run"]],
        cwd=folder / "work",
        env={
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(folder / "temp"),
            "GITHUB_OUTPUT": str(folder / "output"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def outputs(path: Path) -> dict[str, str]:
    """Read a step's outputs as a runner does: ``name=value``, or lines up to a mark."""
    found: dict[str, str] = {}
    lines = iter(path.read_text().splitlines())
    for line in lines:
        if match := re.fullmatch(r"([\w-]+)<<(.+)", line):
            value = []
            for each in lines:
                if each == match[2]:
                    break
                value.append(each)
            found[match[1]] = "\n".join(value)
        else:
            name, _, value_ = line.partition("=")
            found[name] = value_
    return found


@needs_bash
def test_the_action_checks_the_whole_repository_by_default(tmp_path: Path) -> None:
    ran = run_check(tmp_path)
    report = f"json={tmp_path}/temp/dedup-action/report.json"
    assert ran.arguments == ["check", "--output-format", "github", "--report", report, "--", "."]
    assert ran.outputs == {"exit-code": "0", "groups": "3"}


@needs_bash
def test_the_action_hands_on_its_inputs(tmp_path: Path) -> None:
    ran = run_check(
        tmp_path,
        code=1,
        paths="docs/with space\n\nREADME.md\n",
        changed_since="origin/main",
        args="--min-words 30\n --fail-on  warning",
        upload_sarif="true",
    )
    sarif = f"{tmp_path}/temp/dedup-action/report.sarif"
    assert ran.arguments[5:] == [
        *("--report", f"sarif={sarif}"),
        "--changed-since=origin/main",
        *("--min-words", "30", "--fail-on", "warning"),
        *("--", "docs/with space", "README.md"),
    ]
    assert ran.outputs == {"exit-code": "1", "groups": "3", "sarif-file": sarif}


@needs_bash
def test_the_action_tells_a_failed_check_from_findings(tmp_path: Path) -> None:
    ran = run_check(tmp_path, code=2, groups=None, sarif_file=f"{tmp_path}/out.sarif")
    assert ran.outputs == {"exit-code": "2"}


@needs_bash
def test_the_action_runs_the_real_check(tmp_path: Path) -> None:
    programs, work = tmp_path / "temp" / "dedup-action" / "bin", tmp_path / "work"
    programs.mkdir(parents=True)
    work.mkdir()
    (programs / "python").symlink_to(sys.executable)
    write_program(programs / "dedup", "import sys\nfrom dedup.cli import main\nsys.exit(main())\n")
    for name in ("a.md", "b.md"):
        (work / name).write_text(f"# {name}\n\n{BEFORE}\n", "utf-8")
    stdout = run_script(tmp_path, {"upload_sarif": "true", "args": "--fail-on never"})
    assert stdout.startswith(
        "::error title=dedup (repeated-paragraph),file=b.md,line=3,endLine=3::"
    )
    found = outputs(tmp_path / "output")
    assert found["exit-code"] == "0"
    assert found["groups"] == "1"
    (result,) = json.loads(Path(found["sarif-file"]).read_text("utf-8"))["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "b.md"


HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "&& touch pwned",
    "--output-format=json",
    "*",
    "${IFS}x",
]


@needs_bash
@pytest.mark.parametrize("text", HOSTILE)
def test_inputs_are_words_and_never_obeyed(text: str, tmp_path: Path) -> None:
    ran = run_check(tmp_path, paths=text, changed_since=text, args=text)
    end = ran.arguments.index("--")
    assert ran.arguments[end + 1 :] == [text]
    assert f"--changed-since={text}" in ran.arguments[:end]
    assert ran.arguments[end - len(text.split()) : end] == text.split()


@needs_bash
@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_last_step_ends_as_the_check_did(code: int) -> None:
    assert BASH is not None
    last = steps()[-1]
    assert last["env"] == {"CODE": "${{ steps.check.outputs.exit-code }}"}
    ran = subprocess.run([BASH, "-c", last["run"]], env={"CODE": str(code)}, check=False)
    assert ran.returncode == code
