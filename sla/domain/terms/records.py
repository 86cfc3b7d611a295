"""What a version of the terms says, as frozen records; each carries its clause ("" = silent)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from sla.domain.terms.reader import Words
from tickets.domain.words import Channel, Severity

PLAN_CODES = ("starter", "pro", "enterprise")
PLANES = ("api", "voice", "dashboard")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityTerms:
    """What one severity means (clause 7)."""

    code: Severity
    clause: str
    name: Words
    definition: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTarget:
    """The first-response allowance of one severity in one plan (clause 7)."""

    severity: Severity
    clause: str
    allowance_seconds: int
    wording: str
    note: str

    @property
    def allowance_us(self) -> int:
        """The allowance in microseconds of open time."""
        return self.allowance_seconds * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UptimeCommitment:
    """The monthly uptime of a plan (clause 1); no percent is best effort, without credits."""

    clause: str
    committed_percent: Decimal | None
    wording: Words
    computation: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditBand:
    """Months of at least this uptime (and below the band above) earn this credit (clause 5)."""

    at_least_percent: Decimal
    credit_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """One plan: `channels` are the words of the table, `calendar` a code of the same terms."""

    code: str
    clause: str
    name: Words
    rank: int
    channels: tuple[str, ...]
    hours: Words
    calendar: str
    first_response: tuple[ResponseTarget, ...]
    uptime: UptimeCommitment
    credit_bands: tuple[CreditBand, ...]

    def target(self, severity: Severity) -> ResponseTarget:
        """The first-response target of a severity."""
        return next(target for target in self.first_response if target.severity == severity)

    @property
    def one_target_for_all(self) -> bool:
        """True when every severity has the same allowance."""
        return len({target.allowance_seconds for target in self.first_response}) == 1

    def covers_channel(self, channel: Channel) -> bool:
        """True when the plan's table names the channel; help-centre tickets count as e-mail."""
        if channel is Channel.HELPDESK:
            return "email" in self.channels
        # A visit is arranged by the customer success manager.
        return ("csm" if channel is Channel.VISIT else channel.value) in self.channels


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOption:
    """An extra that an agreement may name, such as 99.99 % (clause 8)."""

    code: str
    clause: str
    name: Words
    plan: str
    available_from: date
    committed_percent: Decimal
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneTerms:
    """When one plane is available (clause 1): at least `good_percent` of a period's checks."""

    code: str
    clause: str
    good_percent: Decimal
    definition: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityTerms:
    """How uptime is measured (clause 1); the fields below `planes` are ours, without a clause."""

    clause: str
    period_minutes: int
    bad_periods_in_a_row: int
    planes: tuple[PlaneTerms, ...]
    month_timezone: str
    denominator: str
    run_rule: str
    no_data_below_percent: Decimal
    emergency_maintenance_excluded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionTerms:
    """One reason for which unavailability does not count (clause 2)."""

    code: str
    clause: str
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationalMetrics:
    """What is published, and where (clause 3)."""

    clause: str
    published_at: str
    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceTerms:
    """The standard window (clause 4), `opens` to `closes` on `weekday` ("sun") in `timezone`."""

    clause: str
    weekday: str
    opens: time
    closes: time
    timezone: str
    notice_hours: int
    emergency: Words
    non_disruptive: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTerms:
    """The cap on the credits of one month, in percent of its fee (clause 5)."""

    clause: str
    cap_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTerms:
    """How a credit is claimed and answered (clause 6)."""

    clause: str
    within_days: int
    answered_within_business_days: int
    business_days_calendar: str
    address: str
    must_include: tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTerms:
    """Days of notice before a new version takes effect (clause 9)."""

    clause: str
    notice_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTerms:
    """Where to turn (clause 10)."""

    clause: str
    operational_status: str
    general_support: str
    sla_claims: str
    enterprise_crisis: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsHeader:
    """Which version this is and since when it holds."""

    version: str
    title: Words
    provider: str
    product: str
    announced_on: date
    effective_from: datetime
