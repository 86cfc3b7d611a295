"""What is timed, and what each target grants."""

from dataclasses import dataclass
from enum import StrEnum

from sla.domain.time.business_hours import BusinessHours


class Metric(StrEnum):
    """What is timed; only first_response is contractual (clause 7), the others are internal."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Target:
    """An allowance on a calendar: microseconds of its open time."""

    allowance_us: int
    hours: BusinessHours


def same_calendar(one: BusinessHours, other: BusinessHours) -> bool:
    """Whether both keep the same hours, so that open time of one is open time of the other."""
    return one is other or one.spec == other.spec
