"""Answers that leave through the tool in which their conversation lives.

An answer counts from the instant right after the tool's 2xx, by the database's clock. Whoever
tries one again first looks whether it is there already: a worker may have died, or the line
broken, after the tool had taken it. It bears a mark of ours for that, or is known by its files.
Where the tool does not let us look, it is written again: at least once. Files that were handed over
before their message are nothing yet: each try hands them over anew.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min, Q
from django.db.models.functions import Coalesce

from tickets.domain.event_time import stop_time
from tickets.domain.tool_request import ToolAway, ToolRefused, ToolTrouble
from tickets.models import Message, SendState, Source, ToolAccess
from tickets.models.advisory import alone
from tickets.models.source import MAIL_KINDS
from tickets.operations.outgoing.acknowledge import NotWanted
from tickets.operations.outgoing.outbox import Clock, Lane, Taken, drain
from tickets.operations.outgoing.tool_files import files_of, remember_uploads, remembered_uploads
from tickets.operations.outgoing.tool_rest import note_away, note_refused, note_well
from tickets.operations.tool_access import answers_through
from tickets.outbound.marks import marks_of
from tickets.outbound.reach import Reach
from tickets.outbound.tool_api import SECONDS, ToolApi
from tickets.outbound.tool_uploads import FileRefused, upload_files
from tickets.outbound.tools.table import ANSWER_WAYS
from tickets.outbound.tools.way import Answer, AnswerWay, OutFile, Written

logger = logging.getLogger(__name__)

# A customer waits: a person hears of what cannot leave within two hours, not within a day.
_LONGEST_WAIT = timedelta(minutes=15)
# For a message that carries its files itself.
_WITH_FILES = 45.0
_FIRST = 1
_NOT_KNOWN = 401
SWITCHED_OFF = (
    "Answers no longer leave through this tool: an operator must switch them on again on the page "
    "of the source."
)


def send_through_tools(
    *, clock: Clock, limit: int = 50, budget: timedelta = timedelta(seconds=15)
) -> int:
    """Hands each tool the answers that are due; the number that they took.

    `clock` tells the present (UTC). A tool that hangs or fails is left alone for a while, and holds
    up no other: each has a lock of its own, so that another worker passes it by.
    """
    ends_at = clock() + budget
    sent = 0
    # One answer of each first: a slow tool with a long queue leaves the others their turn.
    for most in (1, limit - 1):
        sources = _sources_with_due(clock()) if most else ()
        for source in sources:
            if clock() > ends_at:
                return sent
            with alone(f"answers through {source.pk}") as is_alone:
                if is_alone:
                    sent += _drain(source, clock, most, ends_at)
    return sent


def _sources_with_due(now: datetime) -> Sequence[Source]:
    """Those with something to send and that need not be left alone; the healthy ones first."""
    due = Message.objects.filter(send_state=SendState.WAITING, send_after__lte=now)
    waiting = (
        due.exclude(ticket__source__kind__in=MAIL_KINDS)
        .exclude(ticket__source__tool_access__open_until__gt=now)
        .order_by()
        .values_list("ticket__source", Coalesce("ticket__source__tool_access__failures", 0))
        .annotate(oldest_at=Min("send_after"))
    )
    order = [row[0] for row in sorted(waiting, key=lambda row: row[1:])]
    found = Source.objects.in_bulk(order)
    return [found[pk] for pk in order]


def _drain(source: Source, clock: Clock, limit: int, ends_at: datetime) -> int:
    tool = _Tool(source=source, access=answers_through(source), clock=clock)
    lane = Lane(rows=Q(ticket__source=source), hand_over=tool.take, longest_wait=_LONGEST_WAIT)
    return drain(lane, clock, limit, ends_at)


@dataclass(slots=True, kw_only=True)
class _Tool:
    """One source's tool, asked for one answer after the other."""

    source: Source
    access: ToolAccess | None
    clock: Clock

    def take(self, message: Message) -> Taken:
        """Hands one over, unless it is there. Raises NotWanted, ToolAway or ToolRefused."""
        if message.erased_at is not None:
            raise NotWanted("the person was erased")
        access = self.access
        if access is None:
            raise ToolRefused(SWITCHED_OFF)
        way = ANSWER_WAYS[self.source.kind]
        files = files_of(message)
        try:
            taken = self._ask(message, files, access, way)
        except ToolAway as error:
            note_away(access, error, self.clock())
            raise
        except ToolRefused as error:
            refused = ToolRefused(_words(error, way, with_files=bool(files)), status=error.status)
            note_refused(access, refused, self.clock())
            if isinstance(error, FileRefused) and error.is_about_the_file:
                # Below the sentence, and nowhere else: erasure reaches it there.
                refused = ToolRefused(f"{refused}\n{error.name}", status=error.status)
            raise refused from None
        if note_well(access):
            self._bring_forward()
        return taken

    def _ask(
        self, message: Message, files: Sequence[OutFile], access: ToolAccess, way: AnswerWay
    ) -> Taken:
        account = access.credentials()
        reach = Reach(private_hosts=frozenset(settings.TOOL_PRIVATE_HOSTS))
        api = ToolApi(account, reach=reach)
        answer = Answer(
            thread=message.ticket.thread,
            text=message.body,
            marks=marks_of(message.pk),
            written_at=message.at,
            after=_key_before(message) if message.send_attempts > _FIRST else "",
            files=files,
        )
        if message.send_attempts > _FIRST:
            earlier = replace(answer, uploads=remembered_uploads(message))
            found = self._look(api, way, earlier)
            if found is not None:
                return self._taken_before(found, message)
        if files:
            # A place that cannot be one is refused before anything leaves.
            way.write(account, answer)
            answer = replace(answer, uploads=upload_files(api, way.files, files))
            if way.files.finds:
                remember_uploads(message, answer.uploads)
        question = way.write(account, answer)
        came = api.ask(question, seconds=SECONDS if question.body is None else _WITH_FILES)
        written = way.read(answer, came)
        return Taken(at=self.clock(), key=written.key)

    def _look(self, api: ToolApi, way: AnswerWay, answer: Answer) -> Written | None:
        """The answer as it is there already. Raises ToolAway."""
        try:
            return way.find(answer, api.ask(way.look(api.account, answer)))
        except ToolAway:
            raise
        except ToolTrouble as error:
            # Writing needs other rights than reading, and says itself what is wrong.
            logger.warning("source %s: cannot look for an answer: %s", self.source.pk, error)
            return None

    def _taken_before(self, found: Written, message: Message) -> Taken:
        """As an answer that the tool's webhook tells of: its instant counts while it is recent."""
        at = stop_time(
            occurred_at=found.at,
            arrived_at=self.clock(),
            tolerance=timedelta(seconds=self.source.stop_tolerance_seconds),
        ).at
        return Taken(at=max(at, message.at), key=found.key)

    def _bring_forward(self) -> None:
        """The tool is back: what waits for it is tried now, not when its own wait is over."""
        Message.objects.filter(
            ticket__source=self.source, send_state=SendState.WAITING, send_error__gt=""
        ).update(send_after=self.clock())


def _words(error: ToolRefused, way: AnswerWay, *, with_files: bool) -> str:
    """What to do, by what was being done when the tool refused."""
    status, words = error.status, str(error)
    if isinstance(error, FileRefused):
        # Only a wrong token is the same thing there as with a message.
        common = way.refusals.get(status, words) if status == _NOT_KNOWN else words
        return way.files.refusals.get(status, common)
    if with_files and way.files.upload is None:
        return way.files.refusals.get(status, way.refusals.get(status, words))
    return way.refusals.get(status, words)


def _key_before(message: Message) -> str:
    """The newest message there that we knew of when this answer was written."""
    known = Message.objects.filter(ticket=message.ticket_id, pk__lt=message.pk).exclude(key="")
    return known.order_by("-pk").values_list("key", flat=True).first() or ""
