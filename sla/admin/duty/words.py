"""Rotas, their feeds and what is wrong with them, in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sla.admin import words
from sla.domain.duty.feed import FeedFault
from sla.domain.time.timezones import UnknownZone, zone
from sla.models import Heartbeat, Rota
from sla.operations.duty.check_coverage import HEARTBEAT
from tickets.domain.instants import parse_instant


def zone_of(rota: Rota) -> ZoneInfo:
    """The zone of a rota's pages; the service's for one that does not exist any more."""
    try:
        return zone(rota.zone)
    except UnknownZone:
        return ZoneInfo(timezone.get_default_timezone_name())


def moment(at: datetime, where: ZoneInfo) -> str:
    """`Mon 7 Dec 20:00` in a zone."""
    return formats.date_format(timezone.localtime(at, where), "D j M H:i")


def feed_trouble(rota: Rota) -> str:
    """What is wrong with the feed of a rota; "" for nothing."""
    code, _sep, detail = rota.ical_error.partition(": ")
    if code == FeedFault.UNKNOWN_PEOPLE:
        return _unknown_people(detail, zone_of(rota))
    if code == FeedFault.BAD_EVENTS:
        count = int(detail) if detail.isdecimal() else 1
        return ngettext(
            "%(count)d event of the feed could not be read and is left out.",
            "%(count)d events of the feed could not be read and are left out.",
            count,
        ) % {"count": count}
    return fault_words(code, detail)


def fault_words(code: str, detail: str = "") -> str:
    """What is wrong with a feed by its FeedFault; "" for nothing."""
    said = {
        "": "",
        FeedFault.ADDRESS: _("The address is not one of a feed: it must begin with https://."),
        FeedFault.PRIVATE: _("The address leads into a private network, where nothing is fetched."),
        FeedFault.AWAY: _("The feed did not answer in time."),
        FeedFault.STATUS: _("The feed's server answered with the status %(status)s.")
        % {"status": detail},
        FeedFault.TOO_LARGE: _("The feed is larger than 2 MB."),
        FeedFault.UNREADABLE: _("What came is no whole calendar."),
        FeedFault.TOO_MUCH: _("The feed holds more shifts than any rota has."),
        FeedFault.EMPTY: _("The feed names nobody of ours for the time to come."),
        FeedFault.LIBRARY: _("The packages that read calendars are not installed."),
    }
    return said.get(code, code)


def is_kept(rota: Rota) -> bool:
    """Whether the trouble was such that the shifts of an earlier reading hold."""
    code = rota.ical_error.partition(": ")[0]
    return code not in {"", FeedFault.UNKNOWN_PEOPLE, FeedFault.BAD_EVENTS}


def duty_alarms(request: HttpRequest, now: datetime) -> list[str]:
    """For the first page: promised hours that nobody covers, and feeds that cannot be read."""
    if not request.user.has_perm("sla.change_rota"):
        return []
    found: list[str] = []
    beat = Heartbeat.objects.filter(name=HEARTBEAT).first()
    if beat is not None and beat.detail.get("stretches"):
        first_at = parse_instant(beat.detail["first_at"])
        lasts = words.duration(int(beat.detail["microseconds"]))
        text = _("Nobody is reachable for %(hours)s of promised time, first on %(moment)s.") % {
            "hours": lasts,
            "moment": formats.date_format(timezone.localtime(max(first_at, now)), "D j M H:i"),
        }
        found.append(
            format_html(
                '<a href="{}">{}</a>: {}', reverse("admin:sla_rota_coverage"), _("Duty"), text
            )
        )
    found += [
        format_html(
            '<a href="{}">{}</a>: {}',
            reverse("admin:sla_rota_feed", args=[rota.pk]),
            rota.name,
            feed_trouble(rota),
        )
        for rota in Rota.objects.filter(is_active=True).exclude(ical_error="")
    ]
    return found


def _unknown_people(detail: str, where: ZoneInfo) -> str:
    number, _sep, first = detail.partition(" ")
    count = int(number) if number.isdecimal() else 1
    return ngettext(
        "%(count)d event of the feed names nobody of ours, first on %(moment)s.",
        "%(count)d events of the feed name nobody of ours, first on %(moment)s.",
        count,
    ) % {"count": count, "moment": moment(parse_instant(first), where) if first else "?"}
