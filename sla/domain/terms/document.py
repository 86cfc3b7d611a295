"""A version of the terms: read strictly from its file, found by version or by instant."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from sla.domain.terms.calendars import CalendarDefinition, read_calendars
from sla.domain.terms.plans import read_bands, read_options, read_plans, read_severities
from sla.domain.terms.reader import Table, TermsError, Words, canonical_json, digest, parse_toml
from sla.domain.terms.records import (
    AvailabilityTerms,
    ChangeTerms,
    ClaimTerms,
    ContactTerms,
    CreditTerms,
    ExclusionTerms,
    MaintenanceTerms,
    OperationalMetrics,
    PlanOption,
    PlanTerms,
    SeverityTerms,
)
from sla.domain.terms.service import (
    read_availability,
    read_changes,
    read_claims,
    read_contact,
    read_exclusions,
    read_maintenance,
    read_operational_metrics,
)
from sla.domain.time.calendar_rules import CalendarSpec
from sla.domain.time.timezones import zone
from tickets.domain.instants import format_instant
from tickets.domain.words import Severity

TERMS_FOLDER = Path(__file__).resolve().parents[2] / "terms"
_PROVIDER_ZONE = "Europe/Madrid"


class UnknownTermsError(TermsError):
    """No version of the terms has this name."""


class UnknownPlanError(TermsError):
    """The terms have no such plan."""


class UnknownCalendarError(TermsError):
    """The terms have no such calendar."""


class NoTermsInForceError(TermsError):
    """No version of the terms was in force at this instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsDocument:
    """One published version of the whole agreement; `canonical_json` is its exact content."""

    version: str
    title: Words
    provider: str
    product: str
    announced_on: date
    effective_from: datetime
    severities: tuple[SeverityTerms, ...]
    plans: tuple[PlanTerms, ...]
    options: tuple[PlanOption, ...]
    availability: AvailabilityTerms
    exclusions: tuple[ExclusionTerms, ...]
    operational_metrics: OperationalMetrics
    maintenance: MaintenanceTerms
    credits: CreditTerms
    claims: ClaimTerms
    changes: ChangeTerms
    contact: ContactTerms
    calendars: tuple[CalendarDefinition, ...]
    canonical_json: str

    @property
    def sha256(self) -> str:
        """The content address of this version."""
        return digest(self.canonical_json)

    def plan(self, code: str) -> PlanTerms:
        """The plan with this code, exactly as written. Raises UnknownPlanError."""
        for plan in self.plans:
            if plan.code == code:
                return plan
        known = ", ".join(plan.code for plan in self.plans)
        raise UnknownPlanError(f"there is no plan {code!r:.80}; the plans are {known}")

    def calendar(self, code: str) -> CalendarDefinition:
        """The calendar with this code. Raises UnknownCalendarError."""
        for calendar in self.calendars:
            if calendar.code == code:
                return calendar
        known = ", ".join(sorted(calendar.code for calendar in self.calendars))
        raise UnknownCalendarError(f"there is no calendar {code!r:.80}; the named ones are {known}")

    def severity(self, code: Severity) -> SeverityTerms:
        """What a severity means."""
        return next(severity for severity in self.severities if severity.code == code)


def load_terms_document(source: Path | bytes) -> TermsDocument:
    """Reads and checks one version of the terms. Raises TermsError, naming the key path."""
    content = source if isinstance(source, bytes) else source.read_bytes()
    raw = parse_toml(content)
    with Table(raw, "").reading() as document:
        calendars = read_calendars(document)
        codes = tuple(calendar.code for calendar in calendars)
        with document.table("credits").reading() as credit:
            cap = CreditTerms(
                clause=credit.clause(), cap_percent=credit.number("cap_percent", most=100)
            )
            bands = read_bands(credit)
        plans = read_plans(document, codes, bands)
        return TermsDocument(
            version=document.text("version"),
            title=document.words("title"),
            provider=document.text("provider"),
            product=document.text("product"),
            announced_on=document.day("announced_on"),
            effective_from=document.instant("effective_from"),
            severities=read_severities(document),
            plans=plans,
            options=read_options(document, plans),
            availability=read_availability(document),
            exclusions=read_exclusions(document),
            operational_metrics=read_operational_metrics(document),
            maintenance=read_maintenance(document),
            credits=cap,
            claims=read_claims(document, codes),
            changes=read_changes(document),
            contact=read_contact(document),
            calendars=calendars,
            canonical_json=canonical_json(raw),
        )


def check_succession(documents: tuple[TermsDocument, ...]) -> tuple[TermsDocument, ...]:
    """The documents by date of effect, once the notice of changes is kept (clause 9)."""
    ordered = tuple(sorted(documents, key=lambda document: document.effective_from))
    for before, after in pairwise(ordered):
        if before.version == after.version:
            raise TermsError(f"two documents are version {after.version}; rename one")
        if before.effective_from == after.effective_from:
            raise TermsError(f"{before.version} and {after.version} take effect at once")
        # The notice is promised by the terms that are being changed.
        days = before.changes.notice_days
        earliest = after.announced_on + timedelta(days=days)
        if after.effective_from.astimezone(zone(_PROVIDER_ZONE)).date() < earliest:
            raise TermsError(
                f"{after.version}: effective_from must be {earliest} or later, "
                f"{days} days after announced_on (clause {before.changes.clause})"
            )
    return ordered


@cache
def shipped_terms() -> tuple[TermsDocument, ...]:
    """Every version in the terms folder, oldest first. Raises TermsError, naming the file."""
    documents = []
    for path in sorted(TERMS_FOLDER.glob("*.toml")):
        try:
            document = load_terms_document(path)
        except TermsError as error:
            raise TermsError(f"{path.name}: {error}") from None
        if document.version != path.stem:
            raise TermsError(f"{path.name}: version must be {path.stem}, like the file's name")
        documents.append(document)
    return check_succession(tuple(documents))


def terms_by_version(version: str) -> TermsDocument:
    """The shipped version with this name. Raises UnknownTermsError."""
    for document in shipped_terms():
        if document.version == version:
            return document
    known = ", ".join(document.version for document in shipped_terms())
    raise UnknownTermsError(f"there are no terms {version!r:.80}; the known versions are {known}")


def terms_in_force(at: datetime) -> TermsDocument:
    """The newest shipped version in force at an instant. Raises NoTermsInForceError."""
    for document in reversed(shipped_terms()):
        if document.effective_from <= at:
            return document
    known = ", ".join(
        f"{document.version} from {format_instant(document.effective_from)}"
        for document in shipped_terms()
    )
    raise NoTermsInForceError(f"no terms were in force at {format_instant(at)}; there are {known}")


def calendar_definition(name: str) -> CalendarDefinition:
    """The named calendar of the newest shipped terms. Raises UnknownCalendarError."""
    return shipped_terms()[-1].calendar(name)


def named_calendar(name: str) -> CalendarSpec:
    """What to compute with for a named calendar: es-office, always. Raises UnknownCalendarError."""
    return calendar_definition(name).spec
