"""The evaluation as a Markdown page: totals with intervals, slices, confusion, every baseline."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tickets.domain.severity.evaluation import Outcome, Score, confusion, interval, score
from tickets.domain.severity.weights import CLASSES

_HEADS = ("macro-F1", "S1 found", "S1 found or flagged", "false S1", "flagged", "cost", "ECE")
_SHOWN: tuple[Callable[[Score], float | None], ...] = (
    lambda total: total.macro_f1,
    lambda total: total.s1_recall,
    lambda total: total.s1_caught,
    lambda total: total.false_s1,
    lambda total: total.triage,
    lambda total: total.cost,
    lambda total: total.calibration_error,
)
_WITH_INTERVAL = 4
_FEWEST = 10


def page(compared: Mapping[str, Sequence[Outcome]], detailed: str, opening: str) -> str:
    """Every set of outcomes as a row with intervals; one of them by language, kind and author."""
    chosen = compared[detailed]
    parts = [
        opening,
        _table(compared, intervals=True),
        f"## {detailed}: by language",
        _table(_slices(chosen, lambda outcome: outcome.case.language)),
        f"## {detailed}: by kind of case",
        _table(_slices(chosen, lambda outcome: outcome.case.kind or "not said")),
        f"## {detailed}: by author",
        _table(_slices(chosen, lambda outcome: outcome.case.author)),
        f"## {detailed}: confusion (rows: the true severity)",
        _confusion(chosen),
    ]
    return "\n\n".join(parts) + "\n"


def _slices(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    slices: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        slices.setdefault(key(outcome), []).append(outcome)
    return {name: part for name, part in sorted(slices.items()) if len(part) >= _FEWEST}


def _table(rows: Mapping[str, Sequence[Outcome]], *, intervals: bool = False) -> str:
    lines = ["| | tickets | " + " | ".join(_HEADS) + " |", "|---" + "|--:" * 8 + "|"]
    for name, outcomes in rows.items():
        total = score(outcomes)
        values = [of(total) for of in _SHOWN]
        cells = ["–" if value is None else f"{value:.3f}" for value in values]
        if intervals:
            for place, of in enumerate(_SHOWN[:_WITH_INTERVAL]):
                low, high = interval(outcomes, of)
                cells[place] += f" ({low:.3f}-{high:.3f})"
        lines.append(f"| {name} | {total.cases} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _confusion(outcomes: Iterable[Outcome]) -> str:
    lines = ["| | " + " | ".join(CLASSES) + " |", "|---" + "|--:" * len(CLASSES) + "|"]
    for name, row in zip(CLASSES, confusion(outcomes), strict=True):
        lines.append(f"| **{name}** | " + " | ".join(map(str, row)) + " |")
    return "\n".join(lines)
