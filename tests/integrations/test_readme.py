"""The spider on the page of the integrations writes what the page shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.places import ROOT

PAGE = ROOT / "dedup" / "integrations" / "README.md"


def test_the_spider_of_the_page_writes_what_the_page_shows(tmp_path: Path) -> None:
    pytest.importorskip("scrapy")
    text = PAGE.read_text(encoding="utf-8")
    spider = re.search(r"```python\n(import scrapy\n.*?)```", text, re.DOTALL)
    shown = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert spider is not None
    assert shown is not None
    (tmp_path / "ferries.py").write_text(spider[1], encoding="utf-8")
    command = [sys.executable, "-m", "scrapy", "runspider", "ferries.py", "-O", "pages.jsonl"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, timeout=120
    )
    written = (tmp_path / "pages.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line) for line in written.splitlines()] == [
        json.loads(line) for line in shown[1].splitlines()
    ], done.stderr
