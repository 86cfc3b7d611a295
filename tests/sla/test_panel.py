"""The panel: one ticket's promise behind a signed link, for some hours, for the tool alone."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.signing import Signer
from django.test import Client

from sla.checks import check_panel
from sla.queries.tools.panel_links import token_of
from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk
from tests.sla.notice_world import escalation
from tickets.models import Source, SourceKind, Ticket, ToolAccess
from tickets.operations.desk import actions as desk_operations

pytestmark = pytest.mark.django_db
UNTIL = NOW + timedelta(hours=8)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


@pytest.fixture
def frame() -> Client:
    """A browser's frame: nobody is logged in."""
    return Client(enforce_csrf_checks=True)


def path_of(ticket: Ticket, *, until: datetime = UNTIL, language: str = "en") -> str:
    return f"/panel/{token_of(ticket, until, language)}/"


def words_of(page: Any) -> str:
    """The page's text as one reads it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def zendesk(ticket: Ticket, address: str = "https://acme.zendesk.com") -> None:
    """The ticket came from Acme's Zendesk."""
    source = Source.objects.create(kind=SourceKind.ZENDESK, name="Zendesk", secrets="x")
    if address:
        ToolAccess.objects.create(source=source, base_url=address, token="t")
    Ticket.objects.filter(pk=ticket.pk).update(source=source, thread="35436")
    ticket.refresh_from_db()


def test_it_shows_the_promise_how_long_it_has_and_why(frame: Client, desk: Desk) -> None:
    page = frame.get(path_of(desk.tickets["at_risk"]))
    text = words_of(page)
    assert page.status_code == 200
    assert desk.tickets["at_risk"].reference in text
    assert "S1 critical Enterprise" in text
    assert "▲ At risk" in text
    assert "in 5 min" in text
    assert "due Tue 1 Dec 2026 11:05" in text
    assert "answered" not in text
    assert "Why this deadline?" in text
    assert "open: 30 min, Tue 1 Dec 10:35 to 11:05 30 min Sum = the allowance" in text
    assert "Times of Europe/Madrid. As of 11:00:00" in text


def test_a_missed_promise_says_since_when(frame: Client, desk: Desk) -> None:
    text = words_of(frame.get(path_of(desk.tickets["missed"])))
    assert "■ Target missed" in text
    assert "late by 20 min" in text
    assert "due Tue 1 Dec 2026 10:40" in text


def test_an_answer_in_time_stops_the_countdown(frame: Client, desk: Desk) -> None:
    page = frame.get(path_of(desk.tickets["waiting"]))
    first = page.content.decode().split("</section>")[0]
    assert "Target met" in first
    assert "answered" in first
    assert "data-seconds" not in first


def test_business_time_stands_still_at_night(frame: Client, desk: Desk) -> None:
    ticket = desk.tickets["starter"]
    night = world.madrid("2026-12-01 22:00")
    with time_machine.travel(night, tick=False):
        page = frame.get(path_of(ticket, until=night + timedelta(hours=1)))
    text = words_of(page)
    assert "of business time" in text
    assert "stands still until Wed 2 Dec 09:00" in text
    assert "data-ticks" not in page.content.decode()


def test_the_time_line_has_facts_and_escalations_and_no_text(frame: Client, desk: Desk) -> None:
    ticket = desk.tickets["missed"]
    fired = {"due_at": NOW - timedelta(minutes=20), "step_code": "s1/breach"}
    escalation(world.contract_clock(ticket), **fired)
    escalation(world.contract_clock(ticket), **fired, repeat=1)
    escalation(
        world.contract_clock(ticket), due_at=NOW, step_code="s1/late", outcome="not_applicable"
    )
    page = frame.get(path_of(ticket))
    text = words_of(page)
    assert "Tue 1 Dec 10:10 Opened S1" in text
    assert "Internal note" in text
    assert "Tue 1 Dec 10:40 ▲ Escalated s1/breach" in text
    assert "s1/breach ×1" in text
    # It passed before there was a policy: nobody was told.
    assert "s1/late" not in text
    whole = page.content.decode()
    for secret in ("Centralita", "No funciona", "carrier", "bob@", "Bob", "Acme"):
        assert secret not in whole


def test_the_link_speaks_its_language_before_the_browsers(frame: Client, desk: Desk) -> None:
    ticket = desk.tickets["missed"]
    spanish = frame.get(path_of(ticket, language="es"), headers={"accept-language": "en"})
    assert '<html lang="es">' in spanish.content.decode()
    assert spanish["Content-Language"] == "es"
    theirs = frame.get(path_of(ticket, language=""), headers={"accept-language": "es"})
    assert '<html lang="es">' in theirs.content.decode()
    english = frame.get(path_of(ticket, language="en"), headers={"accept-language": "es"})
    assert '<html lang="en">' in english.content.decode()


def test_a_link_expires(frame: Client, desk: Desk) -> None:
    path = path_of(desk.tickets["missed"])
    with time_machine.travel(UNTIL - timedelta(seconds=1), tick=False):
        assert frame.get(path).status_code == 200
    with time_machine.travel(UNTIL, tick=False):
        page = frame.get(path)
    assert page.status_code == 404
    assert "Load the side bar again" in words_of(page)
    assert "SIVO-" not in words_of(page)


def test_what_we_did_not_sign_for_this_ticket_opens_nothing(frame: Client, desk: Desk) -> None:
    mine, other = desk.tickets["missed"], desk.tickets["pro"]
    good = token_of(mine, UNTIL, "en")
    said, _, signature = good.rpartition(".")
    expires = str(int(UNTIL.timestamp()))
    gone = Ticket(pk=10**15, source=mine.source)
    pages = [
        frame.get(f"/panel/{token}/")
        for token in (
            good[:-1],
            good.replace(str(mine.pk), str(other.pk), 1),
            good.replace(expires, str(int(expires) + 3600), 1),
            f"{said}.{token_of(other, UNTIL, 'en').rpartition('.')[2]}",
            f"{said}-x.{signature}",
            Signer(sep=".").sign(said),
            Signer(salt="sla.notice", sep=".").sign(said),
            Signer(salt="sla.panel", sep=".").sign(f"{mine.pk}-nomark-{expires}-en"),
            Signer(salt="sla.panel", sep=".").sign(f"{mine.pk}-x-{'9' * 30}-en"),
            token_of(gone, UNTIL, "en"),
            "x",
            "9" * 400,
        )
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert frame.get(f"/panel/{good}/").status_code == 200


def test_a_ticket_of_another_source_with_the_same_number_is_not_shown(
    frame: Client, desk: Desk
) -> None:
    path = path_of(desk.tickets["missed"])
    zendesk(desk.tickets["missed"])
    assert frame.get(path).status_code == 404


def test_a_link_outlives_a_change_of_the_secret_key(
    frame: Client, desk: Desk, settings: Any
) -> None:
    path = path_of(desk.tickets["missed"])
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new"
    assert frame.get(path).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert frame.get(path).status_code == 404


def test_only_the_sources_own_tool_may_frame_it(frame: Client, desk: Desk, settings: Any) -> None:
    ticket = desk.tickets["missed"]
    zendesk(ticket)
    settings.PANEL_ANCESTORS = ["https://desk.example"]
    policy = (
        "frame-ancestors https://acme.zendesk.com https://*.apps.zdusercontent.com "
        "https://desk.example"
    )
    good = frame.get(path_of(ticket))
    expired = frame.get(path_of(ticket, until=NOW))
    for page in (good, expired):
        directives = page["Content-Security-Policy"].split("; ")
        assert policy in directives
        assert "default-src 'self'" in directives
        assert "X-Frame-Options" not in page
    garbled = frame.get("/panel/x/")
    assert "frame-ancestors https://desk.example" in garbled["Content-Security-Policy"].split("; ")


def test_what_no_tool_needs_nobody_may_frame(frame: Client, desk: Desk) -> None:
    for path in (path_of(desk.tickets["missed"]), "/panel/x/"):
        page = frame.get(path)
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"


def test_every_other_page_stays_without_frames(frame: Client, desk: Desk, settings: Any) -> None:
    settings.PANEL_ANCESTORS = ["https://desk.example"]
    frame.force_login(desk.alice)
    for path in (
        "/admin/",
        f"/admin/tickets/ticket/{desk.tickets['pro'].pk}/change/",
        "/notices/x/",
        "/api/v1/schema/",
        "/healthz",
        "/hooks/standard/x/",
    ):
        page = frame.get(path)
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"


def test_the_address_is_told_to_nobody_and_nothing_is_kept(frame: Client, desk: Desk) -> None:
    for path in (path_of(desk.tickets["missed"]), "/panel/x/"):
        page = frame.get(path)
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page["X-Robots-Tag"]
        assert not page.cookies
        assert not frame.cookies


def test_it_only_looks(frame: Client, desk: Desk) -> None:
    path = path_of(desk.tickets["missed"])
    assert frame.post(path).status_code in {403, 405}
    assert Client().post(path).status_code == 405
    assert frame.head(path).status_code == 200
    whole = frame.get(path).content.decode()
    assert "<form" not in whole
    assert "style=" not in whole
    assert not re.search(r"<script(?![^>]* src=)", whole)


def test_it_takes_the_theme_of_the_side_bar(frame: Client, desk: Desk) -> None:
    path = path_of(desk.tickets["missed"])
    assert 'data-theme="dark"' in frame.get(path + "?theme=dark").content.decode()
    assert "data-theme" not in frame.get(path + "?theme=%22%3E").content.decode()


def test_clocks_that_are_being_read_again_are_said_to_be(frame: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    Ticket.objects.filter(pk=ticket.pk).update(clocks_stale_since=NOW)
    assert "being read again" in words_of(frame.get(path_of(ticket)))


def test_spam_shows_that_its_promise_is_cancelled(frame: Client, desk: Desk) -> None:
    ticket = desk.tickets["at_risk"]
    desk_operations.mark_spam(ticket_id=ticket.pk, user=desk.alice, now=NOW)
    text = words_of(frame.get(path_of(ticket)))
    assert "✕ Cancelled" in text
    assert "in 5 min" not in text


def test_settings_that_would_not_work_are_refused_at_start(settings: Any) -> None:
    assert check_panel() == []
    settings.PANEL_ANCESTORS = ["https://acme.zendesk.com", "https://acme.zendesk.com/agent"]
    settings.PANEL_HOURS = 0
    assert [each.id for each in check_panel()] == ["sla.E002", "sla.E003"]
