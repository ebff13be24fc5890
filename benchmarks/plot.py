"""A line plot as SVG text, for light and dark pages.

Knows: axes, lines, a legend. Does not know: what is plotted. The same values give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 820, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 220, 48, 56

#: A colour for light pages and one for dark ones, by number; told apart by colour-blind eyes.
_COLOURS = (
    ("#0060a8", "#6cb8ff"),
    ("#c04a00", "#ff9a57"),
    ("#8f6b00", "#e8c34a"),
    ("#007a55", "#45d6a4"),
    ("#7a3f9d", "#cfa0ea"),
)

_STYLE = """\
text { font-family: system-ui, Helvetica, Arial, sans-serif; font-size: 13px; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.quiet { stroke: #1f2328; stroke-opacity: .18; fill: none }
.axis { stroke: #1f2328; fill: none }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .quiet, .axis { stroke: #e6edf3 }
}"""


class Line(NamedTuple):
    """A line: its name in the legend, its points, a colour by number, dashes ("" or "6 4")."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: int
    dashes: str = ""


class Axis(NamedTuple):
    """An axis: what it shows, and its ticks from first to last, each with what is written at it."""

    title: str
    ticks: Sequence[tuple[float, str]]

    def share(self, value: float) -> float:
        """Say how far along the axis a value stands, 0 to 1."""
        first, last = self.ticks[0][0], self.ticks[-1][0]
        return (value - first) / (last - first)


def line_plot(
    title: str,
    across: Axis,
    up: Axis,
    lines: Sequence[Line],
    mark: tuple[float, str] | None = None,
) -> str:
    """Draw lines; ``mark``: a place on the axis across to draw a thin line at, and what it is."""
    named = ", ".join(line.name for line in lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(up.title)}, against {escape(across.title)}: {escape(named)}.</desc>",
        f"<style>\n{_STYLE}\n{_line_colours()}\n</style>",
        _text(_LEFT, 24, title, "start", "title"),
        *_grid(across, up),
        *(_mark(across, *mark) if mark else ()),
        *(_line(across, up, line) for line in lines),
        *_legend(lines),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _line_colours() -> str:
    light = [f".c{n} {{ stroke: {pair[0]} }}" for n, pair in enumerate(_COLOURS)]
    dark = [f"  .c{n} {{ stroke: {pair[1]} }}" for n, pair in enumerate(_COLOURS)]
    return "\n".join([*light, "@media (prefers-color-scheme: dark) {", *dark, "}"])


def _x(across: Axis, value: float) -> float:
    return _LEFT + across.share(value) * (_WIDTH - _LEFT - _RIGHT)


def _y(up: Axis, value: float) -> float:
    return _HEIGHT - _BOTTOM - up.share(value) * (_HEIGHT - _TOP - _BOTTOM)


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(text)}</text>'


def _grid(across: Axis, up: Axis) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for value, label in up.ticks:
        y = _y(up, value)
        parts.append(f'<path class="quiet" d="M{_LEFT} {y:.1f}H{right}"/>')
        parts.append(_text(_LEFT - 8, y + 4, label, "end"))
    for value, label in across.ticks:
        x = _x(across, value)
        parts.append(f'<path class="axis" d="M{x:.1f} {bottom}v5"/>')
        parts.append(_text(x, bottom + 20, label, "middle"))
    parts.append(f'<path class="axis" d="M{_LEFT} {bottom}H{right}"/>')
    parts.append(_text((_LEFT + right) / 2, _HEIGHT - 14, across.title, "middle"))
    middle = (_TOP + bottom) / 2
    turned = f'<g transform="rotate(-90 16 {middle:.1f})">'
    parts.append(turned + _text(16, middle, up.title, "middle") + "</g>")
    return parts


def _mark(across: Axis, value: float, label: str) -> list[str]:
    x = _x(across, value)
    line = (
        f'<path class="axis" stroke-dasharray="2 3" d="M{x:.1f} {_TOP - 6}V{_HEIGHT - _BOTTOM}"/>'
    )
    return [line, _text(x, _TOP - 10, label, "middle")]


def _line(across: Axis, up: Axis, line: Line) -> str:
    places = " ".join(f"{_x(across, x):.1f},{_y(up, y):.1f}" for x, y in line.points)
    return f'<polyline class="line c{line.colour}"{_dashes(line)} points="{places}"/>'


def _dashes(line: Line) -> str:
    return f' stroke-dasharray="{line.dashes}"' if line.dashes else ""


def _legend(lines: Sequence[Line]) -> list[str]:
    left = _WIDTH - _RIGHT + 18
    parts = []
    for n, line in enumerate(lines):
        y = _TOP + 14 + 24 * n
        parts.append(f'<path class="line c{line.colour}"{_dashes(line)} d="M{left} {y}h30"/>')
        parts.append(_text(left + 38, y + 4, line.name, "start"))
    return parts
