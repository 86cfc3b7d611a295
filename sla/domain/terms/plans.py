"""Reads the plans of a document of terms: response targets, uptime, credits, options."""

from sla.domain.terms.reader import Table, TermsError
from sla.domain.terms.records import (
    PLAN_CODES,
    CreditBand,
    PlanOption,
    PlanTerms,
    ResponseTarget,
    SeverityTerms,
    UptimeCommitment,
)
from tickets.domain.words import Severity

_CHANNELS = ("email", "chat", "phone", "csm", "help_center", "status")
_FULL = 100


def read_severities(document: Table) -> tuple[SeverityTerms, ...]:
    """The definitions of S1 to S4. Raises TermsError."""
    tables = exactly(document, "severities", tuple(Severity))
    records = []
    for code, table in tables.items():
        with table.reading():
            records.append(
                SeverityTerms(
                    code=Severity(code),
                    clause=table.clause(),
                    name=table.words("name"),
                    definition=table.words("definition"),
                )
            )
    return tuple(records)


def read_plans(
    document: Table, calendars: tuple[str, ...], bands: dict[str, tuple[CreditBand, ...]]
) -> tuple[PlanTerms, ...]:
    """The plans, from the smallest rank to the largest. Raises TermsError."""
    tables = exactly(document, "plans", PLAN_CODES)
    plans = [_plan(code, table, calendars, bands[code]) for code, table in tables.items()]
    if len({plan.rank for plan in plans}) != len(plans):
        raise TermsError(f"{document.at('plans')} gives one rank twice; number the plans apart")
    return tuple(sorted(plans, key=lambda plan: plan.rank))


def read_options(document: Table, plans: tuple[PlanTerms, ...]) -> tuple[PlanOption, ...]:
    """The options that an agreement may name; none when the document has none."""
    tables = document.tables("options") if document.has("options") else {}
    codes = tuple(plan.code for plan in plans)
    options = []
    for code, table in tables.items():
        with table.reading():
            options.append(
                PlanOption(
                    code=code,
                    clause=table.clause(),
                    name=table.words("name"),
                    plan=table.choice("plan", codes),
                    available_from=table.day("available_from"),
                    committed_percent=table.number("committed_percent", most=_FULL),
                    note=table.text("note", may_be_empty=True),
                )
            )
    return tuple(options)


def read_bands(credit: Table) -> dict[str, tuple[CreditBand, ...]]:
    """The credit bands of each plan, best uptime first; the last must reach down to 0."""
    bands = {}
    with credit.table("plans").reading() as plans:
        for code in PLAN_CODES:
            listed = tuple(_band(table) for table in plans.list_of_tables(code))
            floors = [band.at_least_percent for band in listed]
            if floors != sorted(set(floors), reverse=True) or (floors and floors[-1] != 0):
                raise TermsError(
                    f"{plans.at(code)} must list at_least_percent falling, down to 0, "
                    "so that every month has one credit"
                )
            bands[code] = listed
    return bands


def read_allowance(table: Table) -> int:
    """Seconds of open time, more than 0."""
    return table.integer("allowance_seconds")


def exactly(document: Table, key: str, codes: tuple[str, ...]) -> dict[str, Table]:
    """The named tables under a key, which must be these, in this order."""
    tables = document.tables(key)
    for code in codes:
        if code not in tables:
            raise TermsError(
                f"{document.at(key)}.{code} is missing; every one of "
                f"{', '.join(codes)} needs an entry"
            )
    for code in tables:
        if code not in codes:
            raise TermsError(
                f"{document.at(key)}.{code} is not known here; remove it "
                f"(known: {', '.join(codes)})"
            )
    return {code: tables[code] for code in codes}


def _plan(
    code: str, table: Table, calendars: tuple[str, ...], bands: tuple[CreditBand, ...]
) -> PlanTerms:
    with table.reading():
        channels = table.texts("channels")
        if not channels or not set(channels) <= set(_CHANNELS):
            raise table.error("channels", f"a list of some of {', '.join(_CHANNELS)}")
        uptime = _uptime(table.table("uptime"))
        if bands and uptime.committed_percent is None:
            raise TermsError(
                f"{table.at('uptime')} commits to nothing, yet credits.plans.{code} has bands; "
                "add committed_percent or empty the list"
            )
        return PlanTerms(
            code=code,
            clause=table.clause(),
            name=table.words("name"),
            rank=table.integer("rank"),
            channels=channels,
            hours=table.words("hours"),
            calendar=table.choice("calendar", calendars),
            first_response=tuple(
                _target(severity, target)
                for severity, target in exactly(table, "first_response", tuple(Severity)).items()
            ),
            uptime=uptime,
            credit_bands=bands,
        )


def _target(severity: str, table: Table) -> ResponseTarget:
    with table.reading():
        return ResponseTarget(
            severity=Severity(severity),
            clause=table.clause(),
            allowance_seconds=read_allowance(table),
            wording=table.text("wording", may_be_empty=True),
            note=table.text("note", may_be_empty=True),
        )


def _uptime(table: Table) -> UptimeCommitment:
    with table.reading():
        committed = None
        if table.has("committed_percent"):
            committed = table.number("committed_percent", most=_FULL)
        return UptimeCommitment(
            clause=table.clause(),
            committed_percent=committed,
            wording=table.words("wording"),
            computation=table.words("computation"),
        )


def _band(table: Table) -> CreditBand:
    with table.reading():
        return CreditBand(
            at_least_percent=table.number("at_least_percent", most=_FULL),
            credit_percent=table.number("credit_percent", most=_FULL),
        )
