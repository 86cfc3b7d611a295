"""The situations of the `check_coverage` examples; the command runs at `AT`, for two days."""

from collections.abc import Callable

from django.contrib.auth.models import User

from tests.sla.duty_world import absence, rota, shift
from tests.sla.world import customer, madrid, person

# A Tuesday in winter.
AT = madrid("2026-12-01 11:00")
DAYS = 2


def nothing() -> None:
    """Nobody has a contract."""


def alice_all_week() -> User:
    """She holds the one rota, day and night."""
    alice = person("Alice")
    shift(rota(), alice, "2026-11-30 09:00", "2026-12-07 09:00")
    return alice


def enterprise() -> None:
    """A customer who is promised answers at any hour."""
    customer("enterprise")


def covered_day_and_night() -> None:
    """Somebody reachable at every promised hour."""
    enterprise()
    alice_all_week()


def alice_by_day() -> None:
    """From nine to nine."""
    alice, support = person("Alice"), rota()
    for day in (1, 2, 3):
        shift(support, alice, f"2026-12-0{day} 09:00", f"2026-12-0{day} 21:00")


def nobody_at_night() -> None:
    """Enterprise is promised the nights too."""
    enterprise()
    alice_by_day()


def no_promise_at_night() -> None:
    """Pro is promised office hours."""
    customer("pro")
    alice_by_day()


def nobody_at_all() -> None:
    """A customer in office hours, and no rota."""
    customer("pro")


def away_for_an_afternoon() -> None:
    """Whoever has the shift is away, and nobody stands in."""
    enterprise()
    customer("pro", domain="beta.example")
    absence(alice_all_week(), "2026-12-02 12:00", "2026-12-02 20:00")


def somebody_stands_in() -> None:
    """An override for the same afternoon."""
    away_for_an_afternoon()
    dave = person("Dave")
    support = rota("Stand-ins")
    shift(support, dave, "2026-12-02 12:00", "2026-12-02 20:00", layer="override")


def without_an_address() -> None:
    """She is on duty, and nothing reaches her."""
    enterprise()
    alice_all_week()
    User.objects.update(email="")


SITUATIONS: dict[str, Callable[[], object]] = {
    made.__name__: made
    for made in (
        nothing,
        covered_day_and_night,
        nobody_at_night,
        no_promise_at_night,
        nobody_at_all,
        away_for_an_afternoon,
        somebody_stands_in,
        without_an_address,
    )
}
