"""What a run of the benchmarks found: a table as text and as Markdown, a chart, and the figures as JSON."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
_WIDTH, _ROW, _LEFT = 860, 22, 330


@dataclass(frozen=True)
class Line:
    """One figure: what it is, how much, in which unit, as a share of what, and what is to be reached."""

    group: str
    name: str
    value: float
    unit: str
    share: float | None = None
    of: str = ""
    goal: str = ""
    met: bool | None = None


@dataclass
class Report:
    """The lines of a run, and notes on how it was made."""

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """One more, told at once."""
        self.lines.append(line)
        print("  ".join(_cells(line)), flush=True)

    def note(self, text: str) -> None:
        """Something to know about the run."""
        self.notes.append(text)
        print(text, flush=True)

    def text(self) -> str:
        """The table in columns."""
        rows = [_HEAD, *map(_cells, self.lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
        table = "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        return "\n".join([table, "", *self.notes]) + "\n"

    def markdown(self) -> str:
        """The table for the documentation."""
        rows = [_HEAD, ["---"] * len(_HEAD), *map(_cells, self.lines)]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return "\n".join([table, "", *(f"- {note}" for note in self.notes)]) + "\n"

    def chart(self) -> str:
        """Bars, each group to a scale of its own."""
        groups: dict[str, list[Line]] = {}
        for line in self.lines:
            groups.setdefault(f"{line.group}, {line.unit}", []).append(line)
        parts, y = [], 10
        for title, lines in groups.items():
            y += 2 * _ROW
            parts.append(f'<text x="10" y="{y - 8}" font-weight="bold">{escape(title)}</text>')
            most = max(line.value for line in lines) or 1.0
            for line in lines:
                width = max(1.0, line.value / most * (_WIDTH - _LEFT - 190))
                colour = "#2f6f4f" if line.name.startswith("lead-intake") else "#b9c2c9"
                said = f"{_number(line.value)}" + (f" ({line.share:.2f})" if line.share is not None else "")
                parts.append(
                    f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(line.name)}</text>'
                )
                parts.append(
                    f'<rect x="{_LEFT}" y="{y + 3}" width="{width:.0f}" height="16" fill="{colour}"/>'
                )
                parts.append(f'<text x="{_LEFT + width + 6:.0f}" y="{y + 15}">{said}</text>')
                y += _ROW
        style = "font: 13px sans-serif"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y + 20}" style="{style}">'
        return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"

    def write(self, folder: Path = RESULTS) -> None:
        """The four files of the run."""
        folder.mkdir(parents=True, exist_ok=True)
        told = {"at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "python": platform.python_version()}
        figures = {**told, "lines": [line.__dict__ for line in self.lines], "notes": self.notes}
        (folder / "latest.json").write_text(
            json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        (folder / "latest.txt").write_text(self.text(), encoding="utf-8")
        (folder / "latest.md").write_text(self.markdown(), encoding="utf-8")
        (folder / "latest.svg").write_text(self.chart(), encoding="utf-8")


_HEAD = ["figure", "what", "value", "unit", "share", "goal", ""]


def _cells(line: Line) -> list[str]:
    share = f"{line.share:.3f} of {line.of}" if line.share is not None else ""
    verdict = {True: "reached", False: "NOT reached", None: ""}[line.met]
    return [line.group, line.name, _number(line.value), line.unit, share, line.goal, verdict]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
