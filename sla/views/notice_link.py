"""The page behind the link in a notice: who has the link acknowledges without logging in.

Programs that look at links before a person does send GET or HEAD: both only look. The button
posts; the signed token in the address takes the place of a session and of its CSRF token.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sla.domain.escalation.notice import NoticeFacts, NoticeLine
from sla.models import Notice
from sla.notifiers.links import is_expired, read_token
from sla.operations.escalation.acknowledge import (
    LinkState,
    LinkView,
    acknowledge_by_link,
    look_at_link,
)
from sla.queries.escalation.notices import facts_of
from tickets.queries import database_now, person_name

MOST_ROWS = 100
_STATUS = {LinkState.EXPIRED: 410, LinkState.OVER: 410}
_MARKS = {
    "missed": ("missed", "■"),
    "at_risk": ("at_risk", "▲"),
    "over": ("none", "–"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One clock on the page; `mark` and `shape` say how it stands besides the words."""

    line: NoticeLine
    mark: str
    shape: str


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def notice_link(request: HttpRequest, token: str) -> HttpResponse:
    """200 open or used, 404 not a link of ours, 410 expired or of no use any more."""
    notice = _notice_of(token)
    if notice is None:
        return _quiet(TemplateResponse(request, "sla/notice_unknown.html", status=404))
    # By the database's clock, as the sweep whose reminders it stops (D3).
    now = database_now()
    just_now = False
    if request.method == "POST":
        before = look_at_link(notice=notice, now=now)
        view = acknowledge_by_link(notice=notice, now=now)
        just_now = before.state is LinkState.OPEN and view.state is LinkState.USED
    else:
        view = look_at_link(notice=notice, now=now)
    return _quiet(_page(request, notice, view, now, just_now=just_now))


def _notice_of(token: str) -> Notice | None:
    read = read_token(token)
    if read is None:
        return None
    notice_id, second = read
    found = Notice.objects.select_related("recipient", "channel").filter(pk=notice_id).first()
    # A database that was made anew counts from 1 again.
    same = found is not None and int(found.created_at.timestamp()) == int(second.timestamp())
    return found if same else None


def _page(
    request: HttpRequest, notice: Notice, view: LinkView, now: datetime, *, just_now: bool
) -> HttpResponse:
    facts = facts_of(notice)
    left = notice.recipient is not None and not notice.recipient.is_active
    # After its week the link tells nothing any more, used or not; nor to somebody who has left.
    is_over = left or is_expired(notice.created_at, now)
    context = {
        "state": view.state.value,
        "rows": [] if is_over else [_row(line, now) for line in facts.lines[:MOST_ROWS]],
        "taken_at": view.taken[0].at if view.taken else None,
        "taken_by": person_name(view.taken[0].by) if view.taken else "",
        "just_now": just_now,
        "now": now,
    }
    status = 200 if just_now else _STATUS.get(view.state, 200)
    with translation.override(notice.language), timezone.override(_zone(facts)):
        # Within the recipient's language and zone, not the browser's.
        return TemplateResponse(request, "sla/notice_link.html", context, status=status).render()


def _zone(facts: NoticeFacts) -> ZoneInfo:
    return ZoneInfo(facts.zone)


def _row(line: NoticeLine, now: datetime) -> _Row:
    if line.is_over:
        mark, shape = _MARKS["over"]
    elif line.is_missed or (line.due_at is not None and line.due_at < now):
        mark, shape = _MARKS["missed"]
    else:
        mark, shape = _MARKS["at_risk"]
    return _Row(line=line, mark=mark, shape=shape)


def _quiet(response: HttpResponse) -> HttpResponse:
    """The address is a key: it is told to nobody, and no search engine keeps it."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
