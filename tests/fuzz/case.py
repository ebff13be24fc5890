"""One input of one target, and how it is kept in a file.

Knows: the form of the file. Does not know: targets.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple

#: What a target is asked besides its payload; plain values.
Options = dict[str, Any]


class Case(NamedTuple):
    """What one call is given."""

    target: str
    payload: bytes
    options: Options

    @property
    def text(self) -> str:
        """The payload as text, half surrogate pairs included."""
        try:
            return self.payload.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return self.payload.decode("utf-8", "replace")

    @property
    def texts(self) -> list[str]:
        """The payload as a list of texts, one behind each mark of a group."""
        return self.text.split(PART) if self.payload else []

    def written(self, told: str = "") -> str:
        """Write the case as JSON; told: what became of it, for people."""
        fields = {
            "target": self.target, "options": self.options,
            "payload": base64.b85encode(self.payload).decode(),
            "shown": ascii(self.payload[:400])[2:-1], "told": told,
        }  # fmt: skip
        return json.dumps(fields, indent=1) + "\n"


#: Parts the texts of a list.
PART = "\x1d"


def joined(texts: list[str]) -> bytes:
    """Write a list of texts as a payload."""
    return PART.join(each.replace(PART, " ") for each in texts).encode("utf-8", "surrogatepass")


def load(path: Path) -> Case:
    """Read a case from the file it was kept in."""
    fields = json.loads(path.read_text("utf-8"))
    return Case(fields["target"], base64.b85decode(fields["payload"]), fields["options"])
