"""What the rounds come to: medians, the ratios of neighbours, and the aims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

FASTER = 3.0
CPU_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Figures:
    """What one side took for one half of a round; CPU and `keeping` in milliseconds per mail.

    `keeping` is the wall time of storing the raw mails before they are read.
    """

    rate: float
    client: float
    server: float
    keeping: float
    syncs: float
    mistakes: tuple[str, ...]

    @property
    def rate_with_keeping(self) -> float:
        """Mails per second when storing them is counted too."""
        return 1 / (1 / self.rate + self.keeping / 1e3)


def sum_up(figures: Mapping[str, Sequence[Figures]], statements: Mapping[str, float]) -> int:
    """Prints one table; 1 when an aim is missed or a mail is misplaced."""
    print(
        f"\n{'median of the rounds':20} {'mails/s':>8} {'with keeping':>13} {'client ms':>10}"
        f" {'postgres ms':>12} {'statements':>11}  correct"
    )
    for name, rounds in figures.items():
        correct = not any(one.mistakes for one in rounds)
        print(
            f"{name:20} {_median(rounds, lambda one: one.rate):>8.1f}"
            f" {_median(rounds, lambda one: one.rate_with_keeping):>13.1f}"
            f" {_median(rounds, lambda one: one.client):>10.2f}"
            f" {_median(rounds, lambda one: one.server):>12.2f}"
            f" {statements[name]:>11.2f}  {'yes' if correct else 'NO'}"
        )
    failed = any(one.mistakes for rounds in figures.values() for one in rounds)
    if len(figures) == 2:
        failed |= not _aims(*figures.values())
    return int(failed)


def _aims(ours: Sequence[Figures], theirs: Sequence[Figures]) -> bool:
    pairs = list(zip(ours, theirs, strict=True))
    faster = [our.rate / their.rate for our, their in pairs]
    kept = [our.rate_with_keeping / their.rate for our, their in pairs]
    share = [our.client / their.client for our, their in pairs]
    whole = [(our.client + our.server) / (their.client + their.server) for our, their in pairs]
    for what, ratios, aim in (
        ("mails/s, times theirs", faster, f"at least {FASTER}"),
        ("the same with keeping", kept, ""),
        ("client CPU, share of theirs", share, f"at most {CPU_SHARE}"),
        ("client and postgres CPU", whole, ""),
    ):
        each = " ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"{what:28} {median(ratios):>6.2f}   of {each}   {aim}".rstrip())
    reached = median(faster) >= FASTER and median(share) <= CPU_SHARE
    print(f"aims: {'reached' if reached else 'NOT reached'}")
    return reached


def _median(rounds: Sequence[Figures], value: Callable[[Figures], float]) -> float:
    return median(value(one) for one in rounds)
