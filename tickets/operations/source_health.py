"""How the sources are: what comes in, what is silent, what is in trouble. Only reads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery

from tickets.domain.silence import LEAST, WEEKS, Rhythm, Silence, read_silence
from tickets.domain.source_troubles import SourceTrouble, told_troubles
from tickets.models import (
    TOOL_API,
    Delivery,
    Mailbox,
    MailFolder,
    Source,
    SourceKind,
    ToolAccess,
)

_REFUSALS_COUNT_FOR = timedelta(days=1)
_SLOW_POLL = timedelta(minutes=5)
# A tool that is away for a moment needs nobody.
TOOL_PATIENCE = timedelta(hours=1)
_UNKNOWN = Rhythm(weeks=0, counts={})
_SECRETS_OF_MAILBOX = (
    "mailbox__password",
    "mailbox__oauth_client_secret",
    "mailbox__oauth_refresh_token",
)


class Light(StrEnum):
    """How a source stands, at a glance."""

    OFF = "off"
    NEW = "new"
    FINE = "fine"
    SILENT = "silent"
    TROUBLE = "trouble"


class Trouble(StrEnum):
    """What can be wrong with a source by itself; others say theirs in words of their own."""

    NO_CREDENTIALS = "no_credentials"
    REFUSED = "refused"
    FOLDER = "folder"
    NOT_POLLED = "not_polled"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One trouble: `text` is a sentence of the part that met it, `folder` the one concerned.

    `sentence`: how another part of the house says it, with %(time)s and %(reason)s.
    """

    kind: str
    text: str = ""
    sentence: object = None
    folder: str = ""
    at: datetime | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """A source with its light; `silence` is None before anything came."""

    source: Source
    light: Light
    last_at: datetime | None
    silence: Silence | None
    problems: tuple[Problem, ...]


def health_of(sources: Iterable[Source], *, now: datetime) -> dict[UUID, SourceHealth]:
    """The health of some sources, in as many queries however many they are."""
    found = {
        source.pk: source
        for source in Source.objects.filter(pk__in=[source.pk for source in sources])
        .select_related("mailbox", "tool_access")
        # Whether secrets are set is asked, what they are is not: no key is needed for a light.
        .defer("secrets", "tool_access__token", *_SECRETS_OF_MAILBOX)
        .annotate(
            has_secrets=~Q(secrets=""),
            last_at=Subquery(
                # What we ask for ourselves is no sign of life of the webhooks.
                Delivery.objects.filter(source=OuterRef("pk"))
                .exclude(arrived_by=TOOL_API)
                .order_by("-stored_at")
                .values("stored_at")[:1]
            ),
        )
    }
    last: dict[UUID, datetime] = {
        pk: at for pk, source in found.items() if (at := getattr(source, "last_at", None))
    }
    # Whoever was heard of just now needs no comparing: the busiest sources cost nothing.
    rhythms = _rhythms({pk: at for pk, at in last.items() if now - at >= LEAST})
    folders = _folders([source for source in found.values() if _mailbox(source)])
    tools = [pk for pk, each in found.items() if each.is_tool and each.is_active]
    told = told_troubles(tools, now)
    zone = ZoneInfo(settings.TIME_ZONE)
    result = {}
    for pk, source in found.items():
        silence = (
            read_silence(last_at=last[pk], rhythm=rhythms.get(pk, _UNKNOWN), now=now, zone=zone)
            if pk in last
            else None
        )
        problems = (
            *_problems(source, last.get(pk), folders.get(pk, ()), now),
            *map(_as_problem, told.get(pk, ())),
        )
        result[pk] = SourceHealth(
            source=source,
            light=_light(source, silence, problems),
            last_at=last.get(pk),
            silence=silence,
            problems=problems,
        )
    return result


def all_health(*, now: datetime) -> list[SourceHealth]:
    """The health of every source, by name."""
    sources = list(Source.objects.order_by("name"))
    found = health_of(sources, now=now)
    return [found[source.pk] for source in sources if source.pk in found]


def _light(source: Source, silence: Silence | None, problems: Sequence[Problem]) -> Light:
    if not source.is_active:
        return Light.OFF
    if problems:
        return Light.TROUBLE
    if silence is None:
        return Light.NEW
    return Light.SILENT if silence.is_unusual else Light.FINE


def _problems(
    source: Source, last_at: datetime | None, folders: Collection[MailFolder], now: datetime
) -> tuple[Problem, ...]:
    if not source.is_active:
        return ()
    found = []
    if source.kind != SourceKind.EMAIL and not getattr(source, "has_secrets", True):
        found.append(Problem(kind=Trouble.NO_CREDENTIALS))
    refused_at = source.refused_at
    # A later call that was taken says that the trouble is over.
    if (
        refused_at
        and now - refused_at < _REFUSALS_COUNT_FOR
        and refused_at > (last_at or source.created_at)
    ):
        found.append(Problem(kind=Trouble.REFUSED, text=source.refused_reason, at=refused_at))
    found += [
        Problem(
            kind=Trouble.FOLDER, text=folder.error, folder=folder.name, retry_at=folder.retry_at
        )
        for folder in folders
        if folder.error
    ]
    found += _tool(source, now)
    mailbox = _mailbox(source)
    if mailbox is not None and not found:
        found += _not_polled(source, mailbox, folders, now)
    return tuple(found)


def _tool(source: Source, now: datetime) -> list[Problem]:
    """The API of a tool that has failed for long."""
    access: ToolAccess | None = getattr(source, "tool_access", None)
    if access is None or not access.is_active or access.trouble_since is None:
        return []
    if now - access.trouble_since < TOOL_PATIENCE:
        return []
    return [
        Problem(
            kind=Trouble.TOOL,
            text=access.trouble,
            at=access.trouble_since,
            retry_at=access.open_until,
        )
    ]


def _as_problem(trouble: SourceTrouble) -> Problem:
    return Problem(
        kind=trouble.kind,
        text=trouble.reason,
        sentence=trouble.sentence,
        at=trouble.at,
        retry_at=trouble.retry_at,
    )


def tools_in_trouble(*, now: datetime) -> int:
    """How many tools' APIs have failed for long."""
    return ToolAccess.objects.filter(
        is_active=True, source__is_active=True, trouble_since__lte=now - TOOL_PATIENCE
    ).count()


def _not_polled(
    source: Source, mailbox: Mailbox, folders: Collection[MailFolder], now: datetime
) -> list[Problem]:
    polled_at = max(
        (folder.polled_at for folder in folders if folder.polled_at), default=source.created_at
    )
    late = now - polled_at > _SLOW_POLL + timedelta(seconds=3 * mailbox.poll_seconds)
    return [Problem(kind=Trouble.NOT_POLLED, at=polled_at)] if late else []


def _mailbox(source: Source) -> Mailbox | None:
    return getattr(source, "mailbox", None)


def _folders(sources: Sequence[Source]) -> Mapping[UUID, list[MailFolder]]:
    found: dict[UUID, list[MailFolder]] = defaultdict(list)
    if sources:
        rows = MailFolder.objects.filter(mailbox__source__in=sources)
        for folder in rows.annotate(of=F("mailbox__source_id")).order_by("name"):
            found[folder.of].append(folder)
    return found


def _rhythms(last: Mapping[UUID, datetime]) -> dict[UUID, Rhythm]:
    """The four weeks before the last arrival of each source: a long silence forgets nothing."""
    counts: dict[UUID, dict[tuple[int, int], list[int]]] = {pk: defaultdict(list) for pk in last}
    weeks = dict.fromkeys(last, 0)
    if last:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT given.source_id, observed.weeks, heard.weekday, heard.hour, heard.minutes
                FROM unnest(%s::uuid[], %s::timestamptz[]) AS given(source_id, last_at)
                CROSS JOIN LATERAL (
                    SELECT least(%s, floor(extract(epoch FROM given.last_at - min(stored_at))
                                           / 604800))::int AS weeks
                    FROM tickets_delivery
                    WHERE source_id = given.source_id AND arrived_by <> %s
                ) AS observed
                LEFT JOIN LATERAL (
                    SELECT extract(isodow FROM at_minute AT TIME ZONE %s)::int - 1 AS weekday,
                           extract(hour FROM at_minute AT TIME ZONE %s)::int AS hour,
                           count(*) AS minutes
                    FROM (
                        -- Minutes, not deliveries: twenty mails at once are one sign of life.
                        SELECT date_trunc('minute', stored_at) AS at_minute
                        FROM tickets_delivery
                        WHERE source_id = given.source_id AND arrived_by <> %s
                            AND stored_at > given.last_at - observed.weeks * interval '7 days'
                            AND stored_at <= given.last_at
                        GROUP BY 1
                    ) AS arrivals
                    GROUP BY weekday, hour,
                        floor(extract(epoch FROM given.last_at - at_minute) / 604800)
                ) AS heard ON true
                """,
                [
                    list(last),
                    list(last.values()),
                    WEEKS,
                    TOOL_API,
                    settings.TIME_ZONE,
                    settings.TIME_ZONE,
                    TOOL_API,
                ],
            )
            for pk, observed, weekday, hour, minutes in cursor.fetchall():
                weeks[pk] = observed or 0
                if minutes:
                    counts[pk][weekday, hour].append(minutes)
    return {
        pk: Rhythm(
            weeks=weeks[pk], counts={slot: tuple(found) for slot, found in counts[pk].items()}
        )
        for pk in last
    }
