"""A dry run as a drawing: the clock's own time from left to right, each step a numbered mark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from sla.admin.escalation.words import PLAIN_WORDS, minutes_words, place_words, repeat_words
from sla.domain.escalation.draft import used_at
from sla.domain.escalation.policy import Step
from sla.queries.escalation.dry_run import DryLine, DryRun

LEFT, RIGHT = 20, 980
_LEVELS = (34, 62, 90)
_CLOSE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One word of a step's recipients, and the people whom it meant then."""

    word: str
    names: str
    is_nobody: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One step in the drawing and in the table below it."""

    number: int
    x: int
    y: int
    is_late: bool
    at: datetime
    code: str
    repeat: int
    place: str
    repeats: str
    told: Sequence[Told]

    @property
    def left(self) -> int:
        """The left edge of its square."""
        return self.x - 12

    @property
    def top(self) -> int:
        """The upper edge of its square."""
        return self.y - 12

    @property
    def text_y(self) -> int:
        """The base line of its number."""
        return self.y + 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What the page draws; `due_x` is where the deadline stands."""

    run: DryRun
    due_x: int
    marks: Sequence[Mark]
    allowance: str
    label: str

    @property
    def due_width(self) -> int:
        """From the start to the deadline."""
        return self.due_x - LEFT

    @property
    def late_width(self) -> int:
        """From the deadline to the end of the drawing."""
        return RIGHT - self.due_x


def draw(run: DryRun, words: Mapping[str, Any]) -> Timeline:
    """Places every step of a dry run."""
    used = [_used(line, run.allowance_us) for line in run.lines]
    most = max([run.allowance_us, *used, 1]) * 105 // 100
    marks: list[Mark] = []
    for number, (line, amount) in enumerate(zip(run.lines, used, strict=True), start=1):
        x = _place(amount, most)
        marks.append(
            Mark(
                number=number,
                x=x,
                y=_level(x, marks),
                is_late=amount >= run.allowance_us,
                at=line.at,
                code=line.step.code,
                repeat=line.repeat,
                place=place_words(line.step),
                repeats=repeat_words(line.step) if line.repeat == 0 else "",
                told=[_told(word, names, words) for word, names in line.names.items()],
            )
        )
    return Timeline(
        run=run,
        due_x=_place(run.allowance_us, most),
        marks=marks,
        allowance=minutes_words(run.allowance_us),
        label=_("%(count)d steps on the time line of this policy") % {"count": len(marks)},
    )


def _used(line: DryLine, allowance_us: int) -> int:
    step: Step = line.step
    return used_at(step, allowance_us) + line.repeat * (step.repeat_every_us or 0)


def _place(amount: int, most: int) -> int:
    return LEFT + (RIGHT - LEFT) * amount // most


def _level(x: int, marks: Sequence[Mark]) -> int:
    near = {mark.y for mark in marks[-len(_LEVELS) + 1 :] if abs(mark.x - x) < _CLOSE}
    return next((level for level in _LEVELS if level not in near), _LEVELS[0])


def _told(word: str, names: Sequence[str], words: Mapping[str, Any]) -> Told:
    # Of these two only a real ticket can tell.
    depends = word in {"assignee", "csm", "source"}
    said = PLAIN_WORDS.get(word) or words.get(word) or word
    return Told(
        word=str(said),
        names=", ".join(name for name in names if name != str(said)),
        is_nobody=not names and not depends,
    )
