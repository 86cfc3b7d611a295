"""Internal objectives: next response and resolution, kept apart from the promises."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from sla.domain.terms.document import UnknownPlanError, calendar_definition
from sla.domain.terms.plans import exactly, read_allowance
from sla.domain.terms.reader import Table, TermsError, Words, canonical_json, digest, parse_toml
from sla.domain.terms.records import PLAN_CODES
from tickets.domain.words import Severity

OBJECTIVES_FOLDER = Path(__file__).resolve().parents[2] / "objectives"
METRICS = ("next_response", "resolution")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One internal allowance: metric x severity within a plan, in seconds of open time."""

    metric: str
    severity: Severity
    allowance_seconds: int

    @property
    def allowance_us(self) -> int:
        """The allowance in microseconds of open time."""
        return self.allowance_seconds * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanObjectives:
    """The objectives of one plan, on a calendar of the terms."""

    code: str
    calendar: str
    objectives: tuple[Objective, ...]

    def objective(self, metric: str, severity: Severity) -> Objective:
        """The objective of a metric and severity. Raises TermsError for another metric."""
        for objective in self.objectives:
            if (objective.metric, objective.severity) == (metric, severity):
                return objective
        raise TermsError(f"{metric!r:.80} has no objective; those are {', '.join(METRICS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectivesDocument:
    """One version of the internal objectives; changeable without notice."""

    version: str
    effective_from: datetime
    note: Words
    at_risk_fraction: Decimal
    plans: tuple[PlanObjectives, ...]
    canonical_json: str

    @property
    def sha256(self) -> str:
        """The content address of this version."""
        return digest(self.canonical_json)

    def plan(self, code: str) -> PlanObjectives:
        """The objectives of a plan. Raises UnknownPlanError."""
        for plan in self.plans:
            if plan.code == code:
                return plan
        raise UnknownPlanError(
            f"there is no plan {code!r:.80}; the plans are {', '.join(PLAN_CODES)}"
        )


def load_objectives_document(source: Path | bytes) -> ObjectivesDocument:
    """Reads and checks one version of the objectives. Raises TermsError, naming the key path."""
    content = source if isinstance(source, bytes) else source.read_bytes()
    raw = parse_toml(content)
    with Table(raw, "").reading() as document:
        if not document.flag("internal"):
            raise document.error("internal", "true: what is promised belongs to the terms")
        fraction = document.number("at_risk_fraction", most=1)
        if fraction == 0:
            raise document.error("at_risk_fraction", "above 0, such as 0.75")
        return ObjectivesDocument(
            version=document.text("version"),
            effective_from=document.instant("effective_from"),
            note=document.words("note"),
            at_risk_fraction=fraction,
            plans=tuple(
                _plan(code, table) for code, table in exactly(document, "plans", PLAN_CODES).items()
            ),
            canonical_json=canonical_json(raw),
        )


@cache
def shipped_objectives() -> tuple[ObjectivesDocument, ...]:
    """Every version in the objectives folder, oldest first. Raises TermsError."""
    documents = []
    for path in sorted(OBJECTIVES_FOLDER.glob("*.toml")):
        try:
            document = load_objectives_document(path)
        except TermsError as error:
            raise TermsError(f"{path.name}: {error}") from None
        if document.version != path.stem:
            raise TermsError(f"{path.name}: version must be {path.stem}, like the file's name")
        documents.append(document)
    return tuple(sorted(documents, key=lambda document: document.effective_from))


def objectives_in_force(at: datetime) -> ObjectivesDocument:
    """The newest objectives in force at an instant; before all of them, the oldest."""
    started = [document for document in shipped_objectives() if document.effective_from <= at]
    return started[-1] if started else shipped_objectives()[0]


def _plan(code: str, table: Table) -> PlanObjectives:
    with table.reading():
        calendar = table.text("calendar")
        try:
            calendar_definition(calendar)
        except TermsError as error:
            raise TermsError(f"{table.at('calendar')}: {error}") from None
        return PlanObjectives(
            code=code,
            calendar=calendar,
            objectives=tuple(
                _objective(metric, severity, target)
                for metric in METRICS
                for severity, target in exactly(table, metric, tuple(Severity)).items()
            ),
        )


def _objective(metric: str, severity: str, table: Table) -> Objective:
    with table.reading():
        return Objective(
            metric=metric, severity=Severity(severity), allowance_seconds=read_allowance(table)
        )
