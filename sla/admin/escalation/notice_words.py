"""How notices and channels stand, in shape, colour and words; addresses without their secrets."""

from datetime import datetime
from urllib.parse import urlsplit

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sla.admin.words import moment
from sla.models import ChannelKind, Notice, NoticeChannel, NoticeState
from tickets.admin.marks import mark_html
from tickets.queries import person_name

_NOTICE_MARKS = {
    NoticeState.WAITING: ("waiting", "◌"),
    NoticeState.SENT: ("met", "✓"),
    NoticeState.DEAD: ("missed", "■"),
    NoticeState.JOINED: ("none", "–"),
}


def notice_mark(notice: Notice) -> SafeString:
    """Where a notice is on its way; one that failed before says so."""
    mark, shape = _NOTICE_MARKS[NoticeState(notice.state)]
    if notice.state == NoticeState.WAITING and notice.last_error:
        return mark_html("at_risk", "▲", _("Tried again later"))
    return mark_html(mark, shape, str(notice.get_state_display()))


def channel_mark(channel: NoticeChannel, now: datetime) -> SafeString:
    """How a channel does."""
    if not channel.is_active:
        return mark_html("none", "–", _("switched off"))
    if channel.open_until is not None and channel.open_until > now:
        text = _("left alone until %(at)s") % {"at": moment(channel.open_until)}
        return mark_html("missed", "■", text)
    if channel.failures:
        return mark_html("at_risk", "▲", _("failed last time"))
    return mark_html("met", "✓", _("no trouble"))


def channel_target(channel: NoticeChannel) -> str:
    """Where a channel leads, without what is secret in its address."""
    if channel.kind == ChannelKind.EMAIL:
        return channel.url
    try:
        parts = urlsplit(channel.url)
        host = parts.hostname or ""
    except ValueError:
        return "…"
    if channel.kind == ChannelKind.WEBHOOK:
        return f"{parts.scheme}://{host}/…"
    # The rest of such an address is tokens.
    return f"{parts.scheme}://…"


def told_whom(notice: Notice) -> str:
    """The person and the channel of a notice, or the address."""
    parts = [person_name(notice.recipient), str(notice.channel or ""), notice.address]
    if notice.fallback_of is not None:
        parts.append(_("mail instead of %(channel)s") % {"channel": notice.fallback_of.channel})
    return " · ".join(part for part in parts if part) or _("erased")
