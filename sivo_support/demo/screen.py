"""What the demo prints: a line per step with its time, then where to go and what to look at."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

_LABEL, _TIME = 26, 8


@dataclass(slots=True)
class Step:
    """One line; `note` is shown behind the time."""

    note: str = ""


@dataclass(slots=True)
class Screen:
    """Plain lines for a file, with a little emphasis and progress for a terminal."""

    out: TextIO
    is_live: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_live = self.out.isatty()

    def say(self, text: str = "") -> None:
        """One line, at once."""
        self.out.write(f"{text}\n")
        self.out.flush()

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """Shows the label while it runs, and its time when it is done."""
        step, began = Step(), time.monotonic()
        self.progress(label, "...")
        try:
            yield step
        except BaseException:
            self._clear()
            raise
        self._clear()
        seconds = f"{time.monotonic() - began:.1f} s"
        self.say(f"  {label:<{_LABEL}}{seconds:>{_TIME}}   {step.note}".rstrip())

    def progress(self, label: str, text: str) -> None:
        """Overwrites the present line of a terminal; nothing in a file."""
        if self.is_live:
            self.out.write(f"\r\x1b[K  {label:<{_LABEL}}{text:>{_TIME}}")
            self.out.flush()

    def heading(self, text: str) -> None:
        """A title with room above it."""
        self.say()
        self.say(f"\x1b[1m{text}\x1b[0m" if self.is_live else text)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Aligned columns."""
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            self.say(f"  {'   '.join(cells)}".rstrip())

    def _clear(self) -> None:
        if self.is_live:
            self.out.write("\r\x1b[K")
            self.out.flush()
