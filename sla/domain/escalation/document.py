"""The escalation policies that ship, read as strictly as the terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sla.domain.clocks.target import Metric
from sla.domain.escalation.draft import BASES, MINUTE_US, PolicyDraft, PolicyRefused, check_draft
from sla.domain.escalation.policy import SHARES, Step
from sla.domain.escalation.words import StepKind
from sla.domain.terms.reader import Table, TermsError, Words, parse_toml

ESCALATION_FOLDER = Path(__file__).resolve().parents[2] / "escalation"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationDocument:
    """Roles by their code, and policies."""

    roles: Mapping[str, Words]
    policies: tuple[PolicyDraft, ...]


@cache
def shipped_escalation() -> EscalationDocument:
    """The newest file of the folder. Raises TermsError."""
    path = max(ESCALATION_FOLDER.glob("*.toml"))
    try:
        return load_escalation_document(path.read_bytes())
    except TermsError as error:
        raise TermsError(f"{path.name}: {error}") from None


def load_escalation_document(content: bytes) -> EscalationDocument:
    """Reads and checks a file of policies. Raises TermsError, naming the key path."""
    with Table(parse_toml(content), "").reading() as document:
        with document.table("roles").reading() as table:
            roles = {code: table.words(code) for code in sorted(_keys(document, "roles"))}
        policies = tuple(
            _policy(code, table) for code, table in document.tables("policies").items()
        )
    slots = [(policy.plan, policy.severity, policy.metric) for policy in policies]
    if len(set(slots)) != len(slots):
        raise TermsError("policies: two are for the same plan, severity and metric; remove one")
    return EscalationDocument(roles=roles, policies=policies)


def _keys(document: Table, key: str) -> list[str]:
    raw = document.anything(key)
    return list(raw) if isinstance(raw, dict) else []


def _policy(code: str, table: Table) -> PolicyDraft:
    with table.reading():
        draft = PolicyDraft(
            code=code,
            name=table.words("name").en,
            plan=table.text("plan", may_be_empty=True),
            severity=table.text("severity", may_be_empty=True),
            metric=Metric(table.choice("metric", tuple(Metric))),
            bases=tuple(table.texts("bases")),
            steps=tuple(_step(name, step) for name, step in table.tables("steps").items()),
        )
    if not set(draft.bases) <= set(BASES):
        raise table.error("bases", f"some of {', '.join(BASES)}")
    try:
        check_draft(draft)
    except PolicyRefused as error:
        raise TermsError(f"{table.path}: {error}") from None
    return draft


def _step(code: str, table: Table) -> Step:
    with table.reading():
        kind, share, offset = _place(table)
        every = None
        most = 0
        if table.has("repeat_every_minutes"):
            every = table.integer("repeat_every_minutes") * MINUTE_US
            most = table.integer("repeat_at_most")
        return Step(
            code=code,
            kind=kind,
            share=share,
            offset_us=offset,
            repeat_every_us=every,
            repeat_at_most=most,
            recipients=table.texts("tell"),
        )


def _place(table: Table) -> tuple[StepKind, int, int]:
    if table.has("share"):
        return StepKind.FRACTION, int(table.number("share", most=10) * SHARES), 0
    if table.has("before_due_minutes"):
        return StepKind.BEFORE_DUE, 0, table.integer("before_due_minutes", least=0) * MINUTE_US
    return StepKind.AFTER_DUE, 0, table.integer("after_due_minutes", least=0) * MINUTE_US
