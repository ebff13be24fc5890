"""Frames of zstd with windows as wide as ``--long`` makes them, and wider."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.readers import Damaged, Extent, documents
from tests.support.containers import conversion, texts

ROWS = [b'{"text":"%d"}\n' % number for number in range(3)]
RECORDS = [conversion(str(number), f"http://h/{number}") for number in range(3)]
FILES = {"a.jsonl.zst": ROWS, "a.warc.zst": RECORDS, "a.txt.zst": [b"0", b"1", b"2"]}
TOO_WIDE = "its zstd window is more than 2 GB, which isn't read; unpack it first"


def frame(content: bytes, window: int) -> bytes:
    """Make a frame of one raw block that asks for a window of so many powers of two."""
    block = (1 | len(content) << 3).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\x00" + bytes([window - 10 << 3]) + block + content


def joined(name: str, parts: list[str]) -> list[str]:
    return ["".join(parts)] if name == "a.txt.zst" else parts


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("window", [20, 27, 28, 30, 31])
def test_windows_of_up_to_2_gb_are_read(tmp_path: Path, name: str, window: int) -> None:
    for windows in ([window] * 3, [20, window, 20]):
        content = map(frame, FILES[name], windows)
        (tmp_path / name).write_bytes(b"".join(content))
        found = list(documents(tmp_path / name))
        assert found == [each for each in found if not isinstance(each, Damaged)]
        assert texts(found) == joined(name, ["0", "1", "2"])


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("window", [32, 36, 41])
def test_wider_windows_are_refused_by_name(tmp_path: Path, name: str, window: int) -> None:
    content = map(frame, FILES[name], [20, window, 20])
    (tmp_path / name).write_bytes(b"".join(content))
    found = list(documents(tmp_path / name))
    assert texts(found) == ([] if name == "a.txt.zst" else ["0"])
    damaged = found[-1]
    assert isinstance(damaged, Damaged)
    assert (damaged.extent, damaged.reason) == (Extent.FILE, TOO_WIDE)


def test_damage_in_wide_frames_is_told(tmp_path: Path) -> None:
    content = b"".join(frame(each, 30) for each in RECORDS)
    (tmp_path / "a.warc.zst").write_bytes(content + b"garbage")
    found = list(documents(tmp_path / "a.warc.zst"))
    assert texts(found) == ["0", "1", "2"]
    assert isinstance(found[-1], Damaged)
    assert found[-1].extent is Extent.FILE
    (tmp_path / "a.warc.zst").write_bytes(content[:-20])
    found = list(documents(tmp_path / "a.warc.zst"))
    assert texts(found) == ["0", "1"]
    assert isinstance(found[-1], Damaged)
