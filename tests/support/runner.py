"""How a GitHub runner reads the lines of a step: which are commands, and what they say.

Written after the behaviour of ``ActionCommand`` in actions/runner: a command is a line that begins
with ``::`` after any white space, or one that holds ``##[name]`` anywhere.
"""

from __future__ import annotations

from typing import NamedTuple

NAMES = frozenset(
    [
        *("error", "warning", "notice", "debug", "group", "endgroup", "echo"),
        *("add-mask", "add-matcher", "remove-matcher", "set-env", "set-output", "save-state"),
        *("add-path", "stop-commands", "internal-set-repo-path"),
    ]
)
_DATA = (("\r", "%0D"), ("\n", "%0A"), ("%", "%25"))
_PROPERTY = (*_DATA[:2], (":", "%3A"), (",", "%2C"), _DATA[2])


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    message: str


def command(line: str) -> Command | None:
    """Read a line; None for what is only shown."""
    return _new(line.lstrip()) or _old(line)


def _new(line: str) -> Command | None:
    # Ignorable characters before the colons are ignored by a comparison that knows languages.
    line = line.lstrip("\u200b\u200c\u200d\u2060\ufeff\u00ad\0")
    if not line.startswith("::") or (end := line.find("::", 2)) < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    if name.lower() not in NAMES:
        return None
    pairs = (each.partition("=") for each in rest.strip().split(",") if each)
    properties = {key: _plain(value, _PROPERTY) for key, _, value in pairs}
    return Command(name, properties, _plain(line[end + 2 :], _DATA))


def _old(line: str) -> Command | None:
    start = line.find("##[")
    if start < 0 or (end := line.find("]", start)) < 0:
        return None
    name = line[start + 3 : end].partition(" ")[0]
    return Command(name, {}, line[end + 1 :]) if name.lower() in NAMES else None


def _plain(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for char, written in escapes:
        text = text.replace(written, char)
    return text
