"""dedup/check/README.md says what the check does."""

from __future__ import annotations

import re
from pathlib import Path

from dedup.check.config import file as config
from dedup.check.config.presets import PRESETS
from dedup.check.config.settings import DEFAULT_LEVELS, CheckSettings
from dedup.check.findings.report import RULES
from tests.support.places import ROOT

PAGE = (ROOT / "dedup" / "check" / "README.md").read_text("utf-8")


def test_the_settings_shown_are_all_there_are_and_right(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    path = tmp_path / "dedup.toml"
    path.write_text(found[1], "utf-8")
    made = config.load(str(path), str(tmp_path), "")
    usual = CheckSettings()
    assert (made.min_words, made.threshold) == (usual.min_words, usual.threshold)
    assert (made.fail_on, made.headings) == (usual.fail_on, usual.headings)
    for key in (*config._KEYS, *config._TABLES):
        assert re.search(rf"^(?:{key} =|\[{key}\])", found[1], re.MULTILINE), key


def test_rules_levels_and_presets_are_those_there_are() -> None:
    for rule in RULES:
        level = CheckSettings().levels[rule]
        assert f"| `{rule}` | {level} |" in PAGE
        assert level in (DEFAULT_LEVELS[rule], "off")
    for preset in PRESETS:
        assert preset in PAGE
