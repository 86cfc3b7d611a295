"""Setting up chat and helpdesk tools by hand: steps, bodies, secrets, and words to edit."""

import html
import json
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from tests.sla.desk_world import make_person
from tests.tickets.tool_calls import SECRETS, named, post_call, sign_call, tool_source
from tickets.domain.words import Severity, Status
from tickets.inbound.tools.call import ToolCredential
from tickets.inbound.tools.table import TOOLS
from tickets.models import Delivery, Source
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.read_delivery import tool_map

pytestmark = pytest.mark.django_db
ADD = "/admin/tickets/source/add/"
every_tool = pytest.mark.parametrize("kind", sorted(TOOLS))
MADE_HERE = sorted(
    kind for kind, tool in TOOLS.items() if tool.credential is not ToolCredential.KEY
)
THEIRS = sorted({*TOOLS} - {*MADE_HERE})


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(make_person("Olga", "operators"))
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def page_of(source: Source) -> str:
    return f"/admin/tickets/source/{source.pk}/change/"


def fields_of(source: Source, **more: Any) -> dict[str, Any]:
    """What the browser sends of the form as it stands."""
    return {
        "name": source.name,
        "channel": source.channel,
        "stop_tolerance_seconds": str(source.stop_tolerance_seconds),
        "is_active": "on",
        "status_map": json.dumps(source.status_map),
        "priority_map": json.dumps(source.priority_map),
        "agent_ids": "\n".join(source.agent_ids),
        "bot_ids": "\n".join(source.bot_ids),
        # The API access stands empty below it.
        "tool_access-TOTAL_FORMS": "0",
        "tool_access-INITIAL_FORMS": "0",
        **more,
    }


@pytest.mark.parametrize("kind", MADE_HERE)
def test_a_secret_is_made_shown_once_and_opens_the_door(olga: Client, kind: str) -> None:
    response = olga.post(f"{ADD}?tool={kind}", {"name": "Tool"})
    page = text_of(response)
    assert "no-store" in response["Cache-Control"]
    source = Source.objects.get()
    (secret,) = source.secret_list
    shown = secret.rpartition(":")[2]
    assert shown in page
    assert len(shown) <= TOOLS[kind].secret_most, "the tool's own form must take it"
    assert f"http://localhost:8000/hooks/{kind}/{source.pk}/" in page
    body = named(kind, 1)
    assert post_call(source, body, sign_call(kind, body, secret=secret)).status_code == 200
    later = text_of(olga.get(page_of(source)))
    assert shown not in later
    assert "••••••••" in later
    assert not LogEntry.objects.filter(change_message__contains=shown).exists()


@pytest.mark.parametrize("kind", sorted({*TOOLS} - {"freshdesk"}))
def test_a_secret_that_the_tool_has_goes_in_and_never_comes_out(olga: Client, kind: str) -> None:
    refused = text_of(olga.post(f"{ADD}?tool={kind}", {"name": "Tool", "new_secret": "short"}))
    assert "at least 16 characters" in refused
    sent = {"name": "Tool", "new_secret": f" {SECRETS[kind]} "}
    page = text_of(olga.post(f"{ADD}?tool={kind}", sent))
    source = Source.objects.get()
    assert source.secret_list == [SECRETS[kind]]
    assert SECRETS[kind] not in page
    assert SECRETS[kind] not in text_of(olga.get(page_of(source)))
    assert post_call(source, named(kind, 1)).status_code == 200


def test_help_scout_takes_no_secret_of_more_than_40_characters(olga: Client) -> None:
    sent = {"name": "Tool", "new_secret": "x" * 41}
    assert "at most 40 characters" in text_of(olga.post(f"{ADD}?tool=helpscout", sent))
    assert not Source.objects.exists()


@pytest.mark.parametrize("kind", THEIRS)
def test_a_tool_that_makes_the_secret_may_be_set_up_before_it_is_known(
    olga: Client, kind: str
) -> None:
    text_of(olga.post(f"{ADD}?tool={kind}", {"name": "Tool"}))
    source = Source.objects.get()
    assert source.secret_list == []
    assert "no credentials yet" in text_of(olga.get(page_of(source)))
    made = olga.post(page_of(source), fields_of(source, new_secret=SECRETS[kind]))
    assert made.status_code == 302
    assert post_call(source, named(kind, 1)).status_code == 200


@every_tool
def test_the_steps_hold_the_address_and_every_body_to_paste(olga: Client, kind: str) -> None:
    source = tool_source(kind)
    page = text_of(olga.get(page_of(source)))
    assert f"http://localhost:8000/hooks/{kind}/{source.pk}/" in page
    areas = re.findall(r"<textarea class=\"secret\"[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert sorted(areas) == sorted(TOOLS[kind].bodies.values())
    for body in areas:
        assert json.loads(body), "it must be JSON before the tool fills it in"
    assert SECRETS[kind].rpartition(":")[2] not in page


@every_tool
def test_it_waits_for_its_first_call_and_shows_what_came(olga: Client, kind: str) -> None:
    source = tool_source(kind)
    assert "waiting for the first call" in text_of(olga.get(page_of(source)))
    pk = post_call(source, b"[]").json()["delivery"]
    process_delivery(delivery_id=pk, now=timezone.now())
    page = text_of(olga.get(page_of(source)))
    assert "last call less than a minute ago" in page
    assert f"/admin/tickets/delivery/{pk}/change/" in page
    assert Delivery.objects.get().reason in page


@every_tool
def test_a_refused_call_is_told_to_its_operator(olga: Client, kind: str) -> None:
    source = tool_source(kind)
    post_call(source, b"{}", {})
    assert "A call was refused" in text_of(olga.get(page_of(source)))


@every_tool
def test_its_own_words_stand_beside_those_of_the_tool(olga: Client, kind: str) -> None:
    source = tool_source(kind)
    saved = olga.post(
        page_of(source),
        fields_of(
            source,
            status_map='{"On ice": "waiting_on_third_party"}',
            priority_map='{"VIP": "S1"}',
            agent_ids=" U1 \n\nalice@sivocenter.example\nU1\n",
            bot_ids="B1",
        ),
    )
    assert saved.status_code == 302
    source.refresh_from_db()
    words = tool_map(source)
    assert words.statuses == {"on_ice": (Status.WAITING, "third_party")}
    assert words.severities == {"vip": Severity.S1}
    assert source.agent_ids == ["U1", "alice@sivocenter.example"]
    assert words.bots == {"B1"}
    page = text_of(olga.get(page_of(source)))
    tables = page.partition('id="source-words"')[2]
    for word in ("on_ice", "vip", *TOOLS[kind].statuses, *TOOLS[kind].severities):
        assert f'<th scope="row">{word}</th>' in tables
    assert "this source" in tables
    assert "U1\nalice@sivocenter.example</textarea>" in page


WRONG = {
    "status_map": {
        '["parked"]': "Write an object",
        '{"parked": "asleep"}': "must mean one of open, waiting_on_customer",
        '{"": "open"}': "1 to 40 characters",
        '{"On hold": "open", "on_hold": "solved"}': "stands there twice",
        '{"parked": ["open"]}': "must mean one of",
    },
    "agent_ids": {
        "\n".join(f"U{number}" for number in range(501)): "500 at most",
        "U1, U2": "one id or e-mail address per line",
        "x" * 255: "one id or e-mail address per line",
    },
}


@pytest.mark.parametrize(
    ("field", "given", "says"),
    [(field, given, says) for field, cases in WRONG.items() for given, says in cases.items()],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(
    olga: Client, field: str, given: str, says: str
) -> None:
    source = tool_source("jira")
    page = text_of(olga.post(page_of(source), fields_of(source, **{field: given})))
    assert says in page
    source.refresh_from_db()
    assert getattr(source, field) in ({}, [])


def test_a_new_secret_of_ours_is_accepted_beside_the_old_one(olga: Client) -> None:
    source = tool_source("zammad")
    page = text_of(olga.post(f"/admin/tickets/source/{source.pk}/new-secret/"))
    source.refresh_from_db()
    new, old = source.secret_list
    assert (new in page, old) == (True, SECRETS["zammad"])
    for secret in (new, old):
        body = named("zammad", secret)
        assert post_call(source, body, sign_call("zammad", body, secret=secret)).status_code == 200
    olga.post(f"/admin/tickets/source/{source.pk}/drop-old-secrets/")
    source.refresh_from_db()
    assert source.secret_list == [new]


def test_agents_see_no_secret_and_change_nothing(client: Client) -> None:
    client.force_login(make_person("Alice", "agents"))
    source = tool_source("zammad")
    assert client.post(f"/admin/tickets/source/{source.pk}/new-secret/").status_code == 403
    assert client.get(f"{ADD}?tool=zammad").status_code == 403
    assert SECRETS["zammad"] not in client.get(page_of(source)).content.decode()
