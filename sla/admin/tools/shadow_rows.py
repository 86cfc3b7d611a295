"""The figures of a shadow run in words, for its page and its CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sla.admin.csv_cells import guarded
from sla.admin.tools.shadow_words import CAUSE_WORDS, VALUE_WORDS, WHAT_WORDS
from sla.domain.tools.shadow_records import What
from sla.models import ShadowFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """One figure that differs; both sides as instants, or as words."""

    what: str | Promise
    theirs: datetime | str
    ours: datetime | str
    causes: Sequence[str | Promise]
    is_moment: bool
    is_explained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """One ticket with what differs."""

    figure: ShadowFigure
    differences: Sequence[DifferenceView]


def figure_views(figures: Iterable[ShadowFigure]) -> list[FigureView]:
    """The rows of the page."""
    return [FigureView(figure=each, differences=list(_differences(each))) for each in figures]


def csv_of(figures: Iterable[ShadowFigure]) -> str:
    """RFC 4180 text with a mark for spreadsheets: one line per figure that differs."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        [
            _("ticket there"),
            _("ticket"),
            _("figure"),
            _("theirs"),
            _("ours"),
            _("causes"),
            _("explained"),
        ]
    )
    for view in figure_views(figures):
        ticket = view.figure.ticket
        for each in view.differences:
            cells = [
                view.figure.thread,
                ticket.reference if ticket else "",
                each.what,
                _cell(each.theirs),
                _cell(each.ours),
                " + ".join(str(cause) for cause in each.causes),
                _("yes") if each.is_explained else _("no"),
            ]
            writer.writerow([guarded(cell) for cell in cells])
    return "\ufeff" + text.getvalue()


def _differences(figure: ShadowFigure) -> Iterator[DifferenceView]:
    for each in figure.differences:
        is_moment = each["what"] in {What.START, What.DUE, What.ANSWER}
        yield DifferenceView(
            what=WHAT_WORDS[each["what"]],
            theirs=_side(each["theirs"], is_moment=is_moment),
            ours=_side(each["ours"], is_moment=is_moment),
            causes=[CAUSE_WORDS[code] for code in each["causes"]],
            is_moment=is_moment,
            is_explained="unexplained" not in each["causes"],
        )


def _side(value: str | None, *, is_moment: bool) -> datetime | str:
    if not value:
        return "–"
    return datetime.fromisoformat(value) if is_moment else str(VALUE_WORDS.get(value, value))


def _cell(value: datetime | str) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S%z")
    return value
