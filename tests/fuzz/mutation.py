"""Small damages to bytes and to values of JSON, and how a damaged input is made smaller again.

Knows: bytes and plain values. Does not know: formats, targets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

#: Bytes that mean something somewhere: ends of lines, quotes, marks, borders of numbers.
PIECES: Sequence[bytes] = (
    b"\0", b"\n", b"\r", b"\r\n", b"\r\n\r\n", b"\t", b" ", b'"', b"'", b"\\", b"{", b"}", b"[",
    b"]", b"<", b">", b"</p>", b"<!--", b"-->", b"&#", b"`", b"```", b"*", b"..", b"::", b"|",
    b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x80", b"\xc0\x80", b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80", b"\x1f\x8b\x08", b"PAR1", b"WARC/1.0\r\n", b"Content-Length: 7\r\n",
    b"Content-Length: -1\r\n", b"0", b"-1", b"99999999999999999999", b"1e999", b"NaN", b"null",
    b"true", b"\xe2\x80\xa8", b"\xcc\x81" * 40, b"\x7f\xff\xff\xff", b"\0\0\0\0",
    b"\xff\xff\xff\xff", b"\x1b[2J", b"../", b"http://h/", b"---\n", b"+++\n", b"WARC-Type: ",
)  # fmt: skip

#: Values where another was expected.
ODD_VALUES: Sequence[Any] = (
    None, True, False, 0, 1, -1, 2**31, 2**63, 2**64, -(2**70), 1.5, 1e300, float("nan"), "", "x",
    "0", "../x", "/", "http://h/x", "a" * 300, "\0", "\n", "\u202e", "\ud800", "\x1b[2J", [], [[]],
    {}, {"a": 1}, [None],
)  # fmt: skip


def mutated(random: Random, content: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Damage bytes in one to six places; others: what may be spliced in."""
    made = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        at, size = random.randint(0, len(made)), random.choice((1, 1, 2, 4, 9, 40, 300))
        kind = random.randrange(9)
        if kind == 0 and made:
            made[min(at, len(made) - 1)] ^= 1 << random.randrange(8)
        elif kind == 1 and made:
            made[min(at, len(made) - 1)] = random.randrange(256)
        elif kind == 2:
            del made[at : at + size]
        elif kind == 3:
            made[at:at] = random.choice(PIECES)
        elif kind == 4:
            made[at : at + size] = random.choice(PIECES)
        elif kind == 5:
            made[at:at] = made[at : at + size] * random.choice((1, 2, 9))
        elif kind == 6 and made:
            other = random.randint(0, len(made))
            made[at:at] = made[other : other + size]
        elif kind == 7:
            del made[at:]
        elif kind == 8 and others:
            other_bytes = random.choice(others)
            begin = random.randint(0, len(other_bytes))
            made[at:at] = other_bytes[begin : begin + 10 * size]
    return bytes(made)


def mutated_value(random: Random, value: Any) -> Any:
    """Replace, leave out, or add one thing somewhere inside a value of JSON."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice([*value])
        kind = random.randrange(10)
        if kind == 0:
            return {key: each for key, each in value.items() if key != name}
        if kind == 1:
            return {**value, random.choice(("x", "", name.upper())): random.choice(ODD_VALUES)}
        return {**value, name: mutated_value(random, value[name])}
    if isinstance(value, list) and value and random.random() < 0.9:
        at = random.randrange(len(value))
        if random.randrange(6) == 0:
            return [*value[:at], *value[at + 1 :], *random.choice(([], [value[at]] * 2))]
        return [*value[:at], mutated_value(random, value[at]), *value[at + 1 :]]
    return random.choice(ODD_VALUES)


def mutated_lines(random: Random, content: bytes) -> bytes:
    """Damage one line of JSON among several, or the one document of JSON that all is."""
    try:
        return json.dumps(mutated_value(random, json.loads(content))).encode()
    except ValueError:
        pass
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    try:
        lines[at] = json.dumps(mutated_value(random, json.loads(lines[at]))).encode()
    except ValueError:
        lines.insert(at, random.choice(lines))
    return b"\n".join(lines)


def shrunk(content: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Leave out whatever can be left out while it ``fails``, halves first, then less and less."""
    size = max(1, len(content) // 2)
    while size:
        at = 0
        while at < len(content):
            smaller = content[:at] + content[at + size :]
            if fails(smaller):
                content = smaller
            else:
                at += size
        size //= 2
    return content
