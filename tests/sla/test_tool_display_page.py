"""Operators set up how deadlines show in a tool, test it at once, and see what became of it."""

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sla.models import ToolDisplay, ToolUpdate
from sla.queries.tools.displays import forget_displays
from tests.fakes.zendesk_writes import ZendeskWrites
from tests.journeys.shown_deadlines import House, house
from tests.journeys.tool_stories import OPENED, conversation
from tests.sla.desk_world import make_person
from tests.sla.world import customer
from tickets.inbound.tools.table import TOOLS
from tickets.models import ToolAccess

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
WRITTEN = ("zendesk", "jira", "chatwoot", "zammad")


@pytest.fixture(autouse=True)
def _world(terms: None, settings: Any) -> Iterator[None]:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.LANGUAGE_CODE = "en"
    customer("enterprise")
    yield
    forget_displays()


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(make_person("Olga", "operators"))
    return client


@pytest.fixture
def made() -> Iterator[House]:
    with house("zendesk") as one:
        one.open()
        yield one


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def source_page(source: Any) -> str:
    return f"/admin/tickets/source/{source.pk}/change/"


def page(display: ToolDisplay) -> str:
    return reverse("admin:sla_tooldisplay_change", args=[display.pk])


@pytest.mark.parametrize("kind", sorted(TOOLS))
def test_the_page_of_a_source_offers_it_where_it_can_be_done(olga: Client, kind: str) -> None:
    source = conversation(kind, kind)
    text = text_of(olga.get(source_page(source)))
    if kind not in WRITTEN:
        assert "Deadlines are not written into" in text
        assert "Show deadlines in the tool" not in text
        return
    assert "Show deadlines in the tool" in text
    begun = olga.post(reverse("admin:sla_tooldisplay_begin", args=[source.pk]))
    display = ToolDisplay.objects.get(source=source)
    assert begun["Location"] == page(display)
    shown = text_of(olga.get(page(display)))
    assert "How it is set up" in shown
    assert "no access to the tool yet" in shown
    assert "no access to the tool yet" in text_of(olga.get(source_page(source)))


def fields_of(display: ToolDisplay, **more: str) -> dict[str, str]:
    told = {"tags": "on", "note_missed": "on", "language": "en", "zone": "Europe/Madrid"}
    return {**told, "writes": "on", **more}


def test_fields_are_named_checked_and_written_from_then_on(olga: Client, made: House) -> None:
    address = page(made.display)
    wrong = text_of(olga.post(address, fields_of(made.display, field_state="Estado")))
    assert "Enter the number of the field" in wrong
    twice = fields_of(made.display, field_state="3601", field_plan="3601")
    assert "Another line shows in this field already" in text_of(olga.post(address, twice))
    saved = olga.post(address, fields_of(made.display, field_state="3602", field_plan="3601"))
    assert saved.status_code == 302
    assert made.display.fields == {"state": "3602", "plan": "3601"}
    assert not made.display.due_tag
    made.write(OPENED + timedelta(minutes=1))
    assert made.tool.fields == {"3602": "on track", "3601": "Enterprise"}
    assert made.tool.ours() == set()
    text = text_of(olga.get(address))
    assert "written last on" in text
    assert made.ticket.reference in text


def test_the_switch_is_that_of_the_access(olga: Client, made: House) -> None:
    told = fields_of(made.display)
    del told["writes"]
    olga.post(page(made.display), told)
    assert not ToolAccess.objects.get().writes
    assert "switched off" in text_of(olga.get(page(made.display)))


def test_a_test_writes_at_once_and_tells_each_step(olga: Client, made: House) -> None:
    url = reverse("admin:sla_tooldisplay_test", args=[made.display.pk])
    text = text_of(olga.post(url))
    assert "Everything works." in text
    assert "Account 9999 is not among the machines" in text
    assert f"{made.ticket.reference} (5158)" in text
    assert made.due_and_state()[1] == "on track"
    assert "This is a test" in made.tool.notes[0]
    made.echo(OPENED + timedelta(minutes=1))
    made.source.bot_ids = ["9999"]
    made.source.save(update_fields=["bot_ids"])
    assert "stands among the machines" in text_of(olga.post(url))


def test_a_test_that_fails_says_what_to_do(olga: Client, made: House) -> None:
    assert isinstance(made.tool, ZendeskWrites)
    url = reverse("admin:sla_tooldisplay_test", args=[made.display.pk])
    ToolDisplay.objects.update(fields={"state": "4711"})
    text = text_of(olga.post(url))
    assert "Something does not work." in text
    assert "the tool has no field 4711" in text
    made.write(OPENED + timedelta(minutes=1))
    assert "the tool has no field 4711" in text_of(olga.get("/admin/"))
    assert "the tool has no field 4711" in text_of(olga.get(source_page(made.source)))
    access = made.access
    access.token = "wrong"
    access.save()
    text = text_of(olga.post(url))
    assert "does not let us in" in text
    assert "enter a new one" in text


def test_what_was_given_up_is_listed_and_written_again(olga: Client, made: House) -> None:
    made.tool.gone = True
    made.write(OPENED + timedelta(seconds=5))
    listed = reverse("admin:sla_toolupdate_changelist")
    text = text_of(olga.get(listed))
    assert "Not there any more" in text
    assert made.ticket.reference in text
    made.tool.gone = False
    row = made.update()
    assert "on track" in text_of(olga.get(f"/admin/sla/toolupdate/{row.pk}/change/"))
    told = {"action": "write_again", "_selected_action": [str(row.pk)]}
    assert "in the outbox again" in text_of(olga.post(listed, told, follow=True))
    ToolUpdate.objects.update(next_attempt_at=OPENED)
    assert made.write(OPENED + timedelta(minutes=1)) == 1
    assert made.due_and_state()[1] == "on track"


def test_write_everything_again(olga: Client, made: House) -> None:
    made.write(OPENED + timedelta(seconds=5))
    made.tool.fields["3602"] = "scratched out"
    olga.post(reverse("admin:sla_tooldisplay_again", args=[made.display.pk]))
    ToolUpdate.objects.update(next_attempt_at=OPENED)
    made.write(OPENED + timedelta(minutes=1))
    assert made.due_and_state()[1] == "on track"


@pytest.mark.parametrize("group", ["agents", "csms"])
def test_nobody_but_operators_sees_or_does_any_of_it(
    client: Client, made: House, group: str
) -> None:
    client.force_login(make_person("Erin", group))
    pk = made.display.pk
    for address in (page(made.display), "/admin/sla/tooldisplay/", "/admin/sla/toolupdate/"):
        assert client.get(address).status_code == 403
    for name in ("test", "again"):
        address = reverse(f"admin:sla_tooldisplay_{name}", args=[pk])
        assert client.post(address).status_code == 403
        assert client.get(address).status_code == 403
    begin = reverse("admin:sla_tooldisplay_begin", args=[made.source.pk])
    assert client.post(begin).status_code == 403
    assert made.tool.asked == []
