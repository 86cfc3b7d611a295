"""What must hold when the dust has settled: on clocks, escalations, and those who were told."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, F, Max

from sla.domain.clocks.ledger import EntryKind
from sla.models import (
    Acknowledgement,
    Basis,
    Clock,
    ClockEntry,
    Escalation,
    Notice,
    NoticeChannel,
    NoticeItem,
    NoticeState,
)
from sla.notifiers import mail, webhook
from sla.operations.clocks.audit import Audited, audit_clocks
from sla.operations.escalation.audit_escalations import AuditedSteps, audit_all
from sla.operations.escalation.watchdog import watch
from tests.journeys.escalation_desk import (
    ALLOWANCE,
    SECRET,
    Desk,
    Step,
    acknowledged,
    told_by,
)
from tests.sla.hook_server import Hooks
from tests.tickets.smtp_sink import Sink
from tickets.domain.words import EventKind
from tickets.inbound.standard import verify
from tickets.models import Delivery, DeliveryState, Ticket, TicketEvent
from tickets.queries import database_now

# From the instant of an answer to its row in the log, its ticket may be swept once more.
_WRITES = timedelta(seconds=10)
Lines = list[tuple[str, str]]


def _right_then(steps: Collection[Step]) -> set[Step]:
    """Those that fired between the instant of an answer or a click and its row."""
    facts = TicketEvent.objects.filter(kind=EventKind.AGENT_REPLIED)
    rows = facts.values_list("ticket__thread", "at", "recorded_at")
    answers = {name: (at, noted) for name, at, noted in rows}
    clicks = acknowledged()
    found = set()
    for step in steps:
        name, _, repeat, due_at = step
        spans = [(at, at) for at in clicks.get(name, []) if repeat]
        spans += [answers[name]] if name in answers else []
        if any(at <= due_at < noted + _WRITES for at, noted in spans):
            found.add(step)
    return found


@dataclass
class Told:
    """Whom the story told, and what they say they heard."""

    people: Sequence[User]
    channel: NoticeChannel
    smtp: Sink
    hooks: Hooks


@dataclass
class Checks:
    """Each adds its lines to the report; `until`: what was due by then must be done."""

    desk: Desk
    told: Told
    until: datetime
    lines: Lines = field(default_factory=list)

    def run(self) -> Lines:
        """Fails at the first thing that is wrong."""
        self._nothing_is_lost_at_the_door()
        self._nothing_is_of_the_future()
        self._each_step_fired_once()
        self._each_breach_is_dated_when_it_was_due()
        self._each_was_told_under_one_key()
        self._both_receivers_heard_it()
        self._the_audits_agree()
        return self.lines

    def _say(self, what: str, words: str) -> None:
        self.lines.append((what, words))

    def _nothing_is_lost_at_the_door(self) -> None:
        sent = len(self.desk.opened) + len(self.desk.answered)
        assert Ticket.objects.count() == len(self.desk.opened)
        assert Delivery.objects.filter(state=DeliveryState.PROCESSED).count() == sent
        facts = TicketEvent.objects.filter(kind=EventKind.AGENT_REPLIED)
        assert dict(facts.values_list("ticket__thread", "at")) == self.desk.answered
        clicks = Acknowledgement.objects.values("clock", "notice").annotate(times=Count("pk"))
        assert {row["times"] for row in clicks} <= {1}, "two clicks are one"
        self._say("deliveries kept and understood", f"{sent:,}, each once")
        self._say("links used", f"{len(self.desk.clicked)}, for {len(clicks):,} clocks that ran")

    def _nothing_is_of_the_future(self) -> None:
        """A host with a wrong clock writes the instants of the database."""
        newest = {
            "facts": TicketEvent.objects.aggregate(at=Max("recorded_at")),
            "clocks": Clock.objects.aggregate(at=Max("read_at")),
            "entries": ClockEntry.objects.aggregate(at=Max("recorded_at")),
            "escalations": Escalation.objects.aggregate(at=Max("fired_at")),
            "notices": Notice.objects.aggregate(at=Max("created_at")),
            "deliveries": Delivery.objects.aggregate(at=Max("finished_at")),
        }
        now = database_now()
        assert {what for what, row in newest.items() if row["at"] > now} == set()
        early = Delivery.objects.filter(finished_at__lt=F("stored_at"))
        assert not early.exists(), "nothing is understood before it came"

    def _each_step_fired_once(self) -> None:
        rows = list(
            Escalation.objects.filter(due_at__lte=self.until)
            .annotate(thread=F("clock__ticket__thread"))
            .only("step_code", "repeat", "due_at", "lag_ms", "outcome")
        )
        fired = Counter((row.thread, row.step_code, row.repeat, row.due_at) for row in rows)
        expected = self.desk.due_until(self.until)
        assert set(fired.values()) <= {1}
        missing, more = expected - fired.keys(), fired.keys() - expected
        assert not missing, sorted(missing)
        unexpected = more - _right_then(more)
        assert not unexpected, sorted(unexpected)
        assert {row.outcome for row in rows} == {"fired"}
        lags = sorted(row.lag_ms / 1000 for row in rows if row.lag_ms is not None)
        assert len(lags) > len(self.desk.opened) // 2, "time passed while things were killed"
        half, most = lags[len(lags) // 2], lags[len(lags) * 99 // 100]
        self._say("escalations, each once", f"{len(expected):,} that must be, none is missing")
        self._say("fired before an answer was known", f"{len(more):,}, all explained")
        self._say(
            "fired by the sweep",
            f"{len(lags):,}: half within {half:.1f} s, 99 of 100 within {most:.1f} s",
        )
        self._say("worst lag", f"{lags[-1]:.1f} s")

    def _each_breach_is_dated_when_it_was_due(self) -> None:
        due = {name: at + ALLOWANCE for name, at in self.desk.opened.items()}
        late = {
            name: at
            for name, at in due.items()
            if at < min(self.until, self.desk.answered.get(name, self.until))
        }
        clocks = Clock.objects.filter(basis=Basis.CONTRACT, metric="first_response", void=False)
        assert dict(clocks.values_list("ticket__thread", "due_at")) == due
        breached = clocks.filter(breached_at__lte=self.until)
        assert dict(breached.values_list("ticket__thread", "breached_at")) == late
        entries = ClockEntry.objects.filter(clock__in=breached, kind=EntryKind.BREACHED)
        noted = Counter(entries.values_list("clock__ticket__thread", "at"))
        assert noted == Counter(late.items()), "once in the ledger, at the due instant"
        self._say("missed targets", f"{len(late):,}, each dated at its due instant")

    def _each_was_told_under_one_key(self) -> None:
        """Every way to reach whom a step names: in exactly one notice that left."""
        fired = Escalation.objects.filter(fired_at__lte=self.until)
        expected = Counter(
            way
            for pk, code in fired.values_list("pk", "step_code")
            for way in [
                *((pk, person, None) for person in told_by(code, self.told.people)),
                (pk, None, self.told.channel.pk),
            ]
        )
        items = NoticeItem.objects.filter(
            notice__state=NoticeState.SENT, escalation__fired_at__lte=self.until
        )
        assert Counter(
            items.values_list("escalation", "notice__recipient", "notice__channel")
        ) == Counter(expected)
        assert not Notice.objects.filter(state=NoticeState.DEAD).exists()
        self._say("told", f"{expected.total():,} times somebody of a step, each once")

    def _both_receivers_heard_it(self) -> None:
        """The other side may get a notice again, but always under the key that it knows."""
        notices = Notice.objects.all()
        by_mail = notices.filter(channel=None).values_list("key", flat=True)
        by_hook = notices.exclude(channel=None).values_list("key", flat=True)
        mails = Counter(str(each["Message-ID"]).strip("<>") for each in self.told.smtp.mails)
        address = f"support@{next(iter(mails)).rpartition('@')[2]}"
        self._compare("mails", mails, {key: mail.message_id_of(key, address) for key in by_mail})
        for call in self.told.hooks.calls:
            at = datetime.fromtimestamp(int(call.headers["webhook-timestamp"]), UTC)
            verify(secrets=[SECRET], headers=call.headers, body=call.body, now=at)
        calls = Counter(call.headers["webhook-id"] for call in self.told.hooks.calls)
        self._compare("calls", calls, {key: webhook.message_id_of(key) for key in by_hook})

    def _compare(self, what: str, heard: Counter[str], ids: dict[str, str]) -> None:
        states = dict(Notice.objects.values_list("key", "state"))
        sent = {ids[key] for key in ids if states[key] == NoticeState.SENT}
        joined = {ids[key] for key in ids if states[key] == NoticeState.JOINED}
        assert sent <= heard.keys(), "said to be sent, but never heard"
        assert heard.keys() <= set(ids.values()), "each bears the key of a notice"
        assert not joined & heard.keys(), "what left is in no other notice"
        again = heard.total() - len(heard)
        self._say(f"{what} sent", f"{len(sent):,}; {again:,} came again, under their key")

    def _the_audits_agree(self) -> None:
        now = database_now()
        clocks, steps = Audited(), AuditedSteps()
        assert list(audit_clocks(clocks, now=now)) == []
        explained = list(audit_all(steps, now=now))
        assert [each for each in explained if not each.explanation] == []
        assert watch(now=now).troubles == ()
        self._say("audit_clocks", f"{clocks.clocks:,} clocks of {clocks.tickets:,} tickets agree")
        self._say(
            "audit_escalations",
            f"{steps.recorded:,} recorded, {steps.planned:,} planned,"
            f" {len(explained):,} explained, none is not",
        )
