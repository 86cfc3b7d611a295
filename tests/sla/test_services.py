"""What arrives at Slack, Teams, PagerDuty, Telegram and by SMS: words, one link, within limits."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from sla.models import Notice, NoticeChannel
from sla.notifiers.apprise_url import notify
from sla.notifiers.outcomes import TryAgain
from sla.notifiers.wording import Text
from tests.sla import world
from tests.sla.notice_world import FIRED, escalation, notice, outage, send
from tests.sla.service_fake import Services, services
from tests.sla.test_apprise_url import SERVICES, needs_apprise
from tickets.models import Customer

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("terms"),
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
    needs_apprise,
]

# The safe characters of GSM 03.38, of which 160 fit into one SMS.
GSM = re.compile(r"[A-Za-z0-9 \n@$!\"#%&'()*+,\-./:;<=>?_]*")
MEANT = {
    "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "teams": "https://prod-12.westeurope.logic.azure.com:443/workflows/"
    "0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke",
    "pagerduty": "https://events.pagerduty.com/v2/enqueue",
    "telegram": "https://api.telegram.org/bot123456789:abcdefg_hijklmnop/sendMessage",
    "sms": "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000"
    "/Messages.json",
    "phone": "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000"
    "/Calls.json",
}


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with services(monkeypatch) as made:
        yield made


@pytest.fixture
def alice() -> User:
    return world.person("Alice")


def channel(kind: str, language: str = "en") -> NoticeChannel:
    return NoticeChannel.objects.create(
        name=kind, kind="apprise", url=SERVICES[kind], language=language
    )


def arrived(
    outside: Services, kind: str, clocks: int = 1, language: str = "en"
) -> tuple[Notice, dict[str, Any]]:
    """A notice that left, and what the service got."""
    tickets = [outage(f"c{number}.example") for number in range(clocks)]
    Customer.objects.update(name="Acme & Söhne <b> *x*")
    made = notice(
        *(escalation(world.contract_clock(ticket)) for ticket in tickets),
        channel=channel(kind, language),
        language=language,
    )
    assert send() == 1, Notice.objects.get(pk=made.pk).last_error
    ((meant, told),) = outside.calls
    assert meant == MEANT[kind]
    return made, told


def links(told: object) -> list[str]:
    return re.findall(r"https?://[^\s\"\\]+", json.dumps(told))


def is_link(text: str) -> bool:
    return re.fullmatch(r"http://localhost:8000/notices/[^/\s]+/", text) is not None


@pytest.mark.parametrize("kind", ["slack", "teams", "pagerduty", "telegram", "sms"])
@pytest.mark.parametrize("clocks", [1, 8])
def test_one_link_arrives_and_no_picture_of_a_stranger(
    outside: Services, kind: str, clocks: int
) -> None:
    _, told = arrived(outside, kind, clocks)
    # Teams' cards name the schema that they follow.
    found = [link for link in links(told) if "adaptivecards.io" not in link]
    assert len(found) == 1
    assert is_link(found[0])


def test_slack_gets_title_and_text(outside: Services) -> None:
    _, told = arrived(outside, "slack")
    (part,) = told["attachments"]
    assert part["title"].endswith("first response due in 15 min")
    assert "Acme &amp; Söhne &lt;b&gt; *x*" in part["text"]
    assert "Due: Wednesday 18 November 2026, 10:30" in part["text"]


def test_teams_gets_a_card_with_both(outside: Services) -> None:
    _, told = arrived(outside, "teams")
    title, text = told["attachments"][0]["content"]["body"]
    assert title["text"].startswith("S1 SIVO-")
    assert "Who: Acme & Söhne <b>" in text["text"]


@pytest.mark.parametrize("clocks", [1, 8])
def test_pagerduty_gets_a_summary_within_its_limit_and_the_key_of_the_notice(
    outside: Services, clocks: int
) -> None:
    made, told = arrived(outside, "pagerduty", clocks)
    assert told["payload"]["summary"].startswith("S1 ")
    assert told["payload"]["severity"] in {"critical", "error"}
    # Taken, and the answer was lost: the same key, so no second page.
    Notice.objects.update(state="waiting", sent_at=None, next_attempt_at=FIRED)
    assert send(FIRED + timedelta(minutes=2)) == 1
    keys = {each["dedup_key"] for _, each in outside.calls}
    assert len(keys) == 1
    assert re.fullmatch(r"ntc_[0-9a-f]{32}", keys.pop())
    other = notice(escalation(world.contract_clock(outage("z.example"))), channel=made.channel)
    assert send() == 1
    assert outside.calls[-1][1]["dedup_key"] != outside.calls[0][1]["dedup_key"], other


def test_a_key_that_the_address_names_itself_stays(outside: Services) -> None:
    url = f"{SERVICES['pagerduty']}?dedup=ours"
    notify(url=url, text=Text("S1", "x"), urgent=True, key="ntc_1")
    assert outside.calls[0][1]["dedup_key"] == "ours"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("clocks", [1, 8])
def test_an_sms_is_one_sms(outside: Services, clocks: int, language: str) -> None:
    made, told = arrived(outside, "sms", clocks, language)
    assert len(told["Body"]) <= 160
    assert GSM.fullmatch(told["Body"])
    words, _, link = told["Body"].rpartition(" ")
    assert is_link(link)
    reference = made.items.order_by("pk")[0].escalation.clock.ticket.reference
    assert words.startswith(f"S1 {reference}: " if clocks == 1 else "S1 8 escal")
    assert (told["From"], told["To"]) == ("+15551234567", "+15557654321")


@pytest.mark.parametrize("kind", ["telegram", "pagerduty", "teams", "sms"])
def test_a_text_without_room_becomes_its_subject_and_the_link(outside: Services, kind: str) -> None:
    link = "http://localhost:8000/notices/12-1.x/"
    text = Text("S1 9 escalations: SIVO-1001 …", "word " * 2_000 + link, link)
    notify(url=SERVICES[kind], text=text, urgent=True)
    ((_, told),) = outside.calls
    assert links(told)[-1] == link
    assert "S1 9 escalations: SIVO-1001" in json.dumps(told)
    assert "word" not in json.dumps(told)


def test_a_long_address_of_the_service_leaves_the_words_that_matter(
    outside: Services, settings: Any
) -> None:
    settings.PUBLIC_URL = f"https://{'a' * 60}.example"
    notice(escalation(world.contract_clock(outage())), channel=channel("sms"))
    assert send() == 1
    body = outside.calls[0][1]["Body"]
    assert body.startswith("S1 SIVO-")
    assert body.endswith("/")
    assert "a" * 60 in body


def test_a_call_reads_out_the_subject_and_no_link(outside: Services) -> None:
    _, told = arrived(outside, "phone")
    assert re.fullmatch(
        r"<Response><Say>S1 SIVO-\d+: first response due in 15 min</Say></Response>", told["Twiml"]
    )


@pytest.mark.parametrize("kind", ["slack", "teams", "pagerduty", "telegram", "sms"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_service_in_trouble_is_asked_again(outside: Services, kind: str, status: int) -> None:
    outside.down = status
    with pytest.raises(TryAgain, match=f"HTTP status {status}"):
        notify(url=SERVICES[kind], text=Text("S1", "x"), urgent=True)
