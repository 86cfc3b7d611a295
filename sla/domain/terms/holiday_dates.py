"""Holiday dates of a country and region, computed to be stored with their source."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

from sla.domain.terms.reader import Words


@dataclass(frozen=True, slots=True)
class HolidayDay:
    """One closed local date and why."""

    on: date
    name: Words


def computed_holidays(
    *, country: str, region: str, years: Iterable[int], observed: bool = True
) -> tuple[HolidayDay, ...]:
    """The public holidays by local date; region "" is the national list. Raises ValueError.

    With `observed`, Spain's list drops the Sundays and moves those that a region moves to a
    Monday; without it, every holiday stands on its own date (round-the-clock calendars).
    """
    wanted = sorted(set(years))
    # Names follow the locale of the process unless the language is given.
    english = _named(country, region, wanted, language="en_US", observed=observed)
    spanish = _named(country, region, wanted, language="es", observed=observed)
    return tuple(
        HolidayDay(on=on, name=Words(en=english[on], es=spanish[on])) for on in sorted(english)
    )


def _named(
    country: str, region: str, years: list[int], *, language: str, observed: bool
) -> dict[date, str]:
    # The package is slow to import, and a command that reads stored days never needs it.
    import holidays

    try:
        return dict(
            holidays.country_holidays(
                country, subdiv=region or None, years=years, observed=observed, language=language
            )
        )
    except NotImplementedError as error:
        raise ValueError(
            f"no holidays are known for {country} {region}".rstrip() + f": {error}"
        ) from None


def known_regions(country: str) -> tuple[str, ...]:
    """The region codes of a country; empty for an unknown country."""
    import holidays

    return tuple(holidays.list_supported_countries(include_aliases=False).get(country, ()))


def holidays_source(*, country: str, region: str) -> str:
    """The source to store beside computed days: the package, its version and the place."""
    return f"holidays {version('holidays')}, {country}{'-' + region if region else ' (national)'}"
