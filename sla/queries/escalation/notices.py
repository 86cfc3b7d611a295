"""What notices say, read for many at once: escalated clocks as they stand now."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from sla.domain.clocks.target import Metric
from sla.domain.escalation.notice import HookTrouble, NoticeFacts, NoticeLine, Span
from sla.models import (
    Acknowledgement,
    Basis,
    Clock,
    Hook,
    Notice,
    NoticeItem,
    NoticeKind,
    NoticePreference,
    Plan,
)
from sla.notifiers.links import token_of
from tickets.queries import person_name

_PROMISED = frozenset({Basis.CONTRACT})


def facts_of(notice: Notice) -> NoticeFacts:
    """What one notice says."""
    return reader_of([notice])(notice)


def reader_of(notices: Sequence[Notice]) -> Callable[[Notice], NoticeFacts]:
    """Reads all that these notices say, in a fixed number of queries.

    Returns what puts it together for one of them: a row that cannot be read is that row's trouble.
    """
    items = NoticeItem.objects.filter(notice__in=notices).select_related(
        "escalation__clock__ticket__customer", "escalation__clock__ticket__assignee"
    )
    # Of each clock the newest step alone: after a long outage a digest tells of thousands.
    newest = items.order_by(
        "notice_id", "escalation__clock_id", "-escalation__due_at", "-escalation_id"
    ).distinct("notice_id", "escalation__clock_id")
    found: dict[int, list[NoticeItem]] = defaultdict(list)
    for item in newest:
        found[item.notice_id].append(item)
    clocks = {item.escalation.clock_id for each in found.values() for item in each}
    taken = _acknowledged(clocks)
    zones = dict(
        NoticePreference.objects.filter(
            person__in={notice.recipient_id for notice in notices if notice.recipient_id}
        ).values_list("person", "zone")
    )
    plans = dict(Plan.objects.values_list("code", "name")) if clocks else {}
    hooks = {n.payload.get("hook") for n in notices if n.kind == NoticeKind.HOOK}
    names = dict(Hook.objects.filter(pk__in=hooks).values_list("pk", "name")) if hooks else {}

    def read(notice: Notice) -> NoticeFacts:
        return NoticeFacts(
            key=notice.key,
            kind=notice.kind,
            language=notice.language,
            zone=zones.get(notice.recipient_id or 0) or settings.TIME_ZONE,
            created_at=notice.created_at,
            link=link_of(notice),
            lines=_lines(found[notice.pk], taken, plans),
            spans=_spans(notice),
            hook=_trouble(notice, names),
            instead_of=str(notice.fallback_of.channel) if notice.fallback_of else "",
        )

    return read


def link_of(notice: Notice) -> str:
    """The one link of a notice: the page where it is acknowledged, or the one it is about."""
    if notice.kind == NoticeKind.TEST:
        return ""
    path = "/admin/sla/rota/coverage/"
    if notice.kind == NoticeKind.HOOK:
        path = f"/admin/sla/hook/{notice.payload.get('hook')}/change/"
    elif notice.kind != NoticeKind.COVERAGE:
        path = reverse("sla:notice", args=[token_of(notice.pk, notice.created_at)])
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def clocks_of_notice(notice: Notice) -> QuerySet[Clock]:
    """The clocks that a notice tells of."""
    return Clock.objects.filter(escalations__items__notice=notice).distinct()


def _acknowledged(clock_ids: Collection[int]) -> Mapping[int, Acknowledgement]:
    """The newest acknowledgement of each clock that has one."""
    if not clock_ids:
        return {}
    rows = Acknowledgement.objects.filter(clock__in=clock_ids).select_related("by")
    return {
        row.clock_id: row for row in rows.order_by("clock_id", "-at", "-pk").distinct("clock_id")
    }


def _lines(
    items: Sequence[NoticeItem],
    taken: Mapping[int, Acknowledgement],
    plans: Mapping[str, str],
) -> list[NoticeLine]:
    """One line for each item; the most severe and most urgent first."""
    lines = [_line(item, taken.get(item.escalation.clock_id), plans) for item in items]
    return sorted(lines, key=lambda line: (line.severity, line.due_at or line.fired_at))


def _line(item: NoticeItem, taken: Acknowledgement | None, plans: Mapping[str, str]) -> NoticeLine:
    escalation = item.escalation
    clock = escalation.clock
    ticket = clock.ticket
    return NoticeLine(
        ticket_id=ticket.pk,
        reference=ticket.reference,
        severity=clock.severity,
        metric=Metric(clock.metric),
        promised=clock.basis in _PROMISED,
        plan=plans.get(clock.plan_code, "") if clock.agreement_id else "",
        customer=ticket.customer.name if ticket.customer else "",
        assignee=person_name(ticket.assignee),
        started_at=clock.started_at,
        due_at=clock.due_at,
        # A void run has no start in the log any more: nothing is left to do about it.
        ended_at=clock.ended_at or (clock.read_at if clock.void else None),
        is_missed=clock.breached_at is not None,
        acknowledged_at=taken.at if taken else None,
        acknowledged_by=person_name(taken.by) if taken else "",
        escalation_id=escalation.pk,
        step=escalation.step_code,
        repeat=escalation.repeat,
        should_at=escalation.due_at,
        fired_at=escalation.fired_at,
    )


def _spans(notice: Notice) -> list[Span]:
    """The hours in the payload of a coverage notice; what cannot be read is left out."""
    found = []
    for row in notice.payload.get("spans", ()):
        from_at, to_at = _instant(row, "from"), _instant(row, "to")
        if from_at and to_at:
            customers = row.get("customers", 0)
            count = len(customers) if isinstance(customers, list) else int(customers)
            found.append(Span(from_at=from_at, to_at=to_at, customers=count))
    return found


def _trouble(notice: Notice, names: Mapping[int, str]) -> HookTrouble | None:
    """What the notice of a failing webhook says; None for any other."""
    since = _instant(notice.payload, "since")
    if notice.kind != NoticeKind.HOOK or since is None:
        return None
    return HookTrouble(
        name=names.get(notice.payload.get("hook", 0), "?"),
        what=str(notice.payload.get("what", "")),
        reason=str(notice.payload.get("reason", "")),
        since=since,
    )


def _instant(row: Mapping[str, object], name: str) -> datetime | None:
    return parse_datetime(str(row.get(name, "")))
