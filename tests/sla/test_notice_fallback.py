"""Who is not reached on one way hears by mail: once, marked as such, whatever dies on the way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse

from sla.domain.escalation.notice import MAX_ATTEMPTS
from sla.models import Notice, NoticeChannel, NoticeItem, NoticePreference
from sla.operations.escalation import give_up as giving_up
from sla.operations.escalation.replay_notices import queue_test, replay_notices
from sla.queries.queues import dead_notices
from tests.sla import world
from tests.sla.desk_world import make_person
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.notice_world import FIRED, escalation, notice, outage, send, told, webhook
from tests.tickets.smtp_sink import Sink, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

GONE: list[tuple[int, dict[str, str]]] = [(410, {})]


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        server.answers = GONE * 9
        yield server


@pytest.fixture
def alice() -> User:
    return world.person("Alice")


def fallbacks() -> list[Notice]:
    return list(Notice.objects.filter(fallback_of__isnull=False).order_by("pk"))


def test_who_is_not_reached_by_a_channel_gets_a_mail_that_says_so(
    hooks: Hooks, smtp: Sink, alice: User
) -> None:
    NoticePreference.objects.create(person=alice, language="es")
    lost = told(alice, channel=webhook(hooks.url, name="Busca"))
    assert send() == 1
    lost.refresh_from_db()
    (made,) = fallbacks()
    assert (lost.state, made.state, made.fallback_of, made.channel) == ("dead", "sent", lost, None)
    assert made.key == f"fallback:{lost.pk}"
    (mail,) = smtp.mails
    assert mail["To"] == "alice@sivocenter.example"
    text = text_of(mail)
    assert "porque el canal «Busca» no lo aceptó" in text
    assert text.count("http") == 1
    same = NoticeItem.objects.values_list("notice", "escalation").order_by("notice")
    assert {escalated for _, escalated in same} == {lost.items.get().escalation_id}


def test_the_link_of_the_mail_acknowledges_what_was_lost(
    hooks: Hooks, smtp: Sink, alice: User, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sla.views.notice_link.database_now", lambda: FIRED)
    told(alice, channel=webhook(hooks.url))
    send()
    text = text_of(smtp.mails[0])
    (address,) = [word for word in text.split() if word.startswith("http")]
    path = address.removeprefix("http://localhost:8000")
    assert client.post(path).status_code in {200, 302}
    assert fallbacks()[0].acknowledgements.count() == 1


def test_after_the_last_attempt_and_after_a_sender_that_always_dies(
    hooks: Hooks, smtp: Sink, alice: User
) -> None:
    hooks.answers = [(500, {})]
    last, killer = (told(alice, outage(f"{name}.example"), channel=webhook(hooks.url, name))
                    for name in ("a", "b"))  # fmt: skip
    Notice.objects.filter(pk=last.pk).update(attempts=MAX_ATTEMPTS - 1)
    Notice.objects.filter(pk=killer.pk).update(attempts=MAX_ATTEMPTS)
    send()
    assert [made.fallback_of for made in fallbacks()] == [killer, last]


def test_one_that_is_sent_again_and_lost_again_has_one_mail(
    hooks: Hooks, smtp: Sink, alice: User
) -> None:
    lost = told(alice, channel=webhook(hooks.url))
    send()
    assert replay_notices(notice_ids=[lost.pk], now=FIRED) == 1
    send()
    lost.refresh_from_db()
    assert lost.state == "dead"
    assert len(fallbacks()) == len(smtp.mails) == 1


def test_whoever_dies_between_giving_up_and_the_mail_leaves_it_for_the_next(
    transactional_db: None, hooks: Hooks, smtp: Sink, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sla.operations.terms.load_terms import load_terms

    load_terms(now=FIRED - timedelta(days=1))
    lost = told(alice, channel=webhook(hooks.url))

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(giving_up, "_tell_by_mail", killed)
        with pytest.raises(SystemExit):
            send()
    connection.close()
    lost.refresh_from_db()
    assert (lost.state, fallbacks()) == ("waiting", [])
    # After its lease it is tried again, given up, and told by mail, in the same moment.
    later = FIRED + timedelta(seconds=91)
    assert send(later) == 1
    assert send(later + timedelta(minutes=5)) == 0
    lost.refresh_from_db()
    assert (lost.state, len(smtp.mails), len(hooks.calls)) == ("dead", 1, 2)


@pytest.mark.parametrize(
    "why", ["no address", "left", "a test", "nobody's", "mail", "mail channel"]
)
def test_where_a_mail_is_of_no_use_there_is_none(
    hooks: Hooks, smtp: Sink, alice: User, why: str
) -> None:
    channel = webhook(hooks.url, owner=alice)
    smtp.faults = ["rcpt 550 no such user"]
    if why == "a test":
        queue_test(channel=channel, user=alice, now=FIRED)
    elif why == "nobody's":
        notice(escalation(world.contract_clock(outage())), channel=channel)
    elif why == "mail channel":
        url = "night@sivocenter.example"
        other = NoticeChannel.objects.create(name="Night", kind="email", url=url, owner=alice)
        told(alice, channel=other)
    elif why == "mail":
        told(alice)
    else:
        given = {"email": ""} if why == "no address" else {"is_active": False}
        User.objects.filter(pk=alice.pk).update(**given)
        told(alice, channel=channel)
    send()
    assert set(Notice.objects.values_list("state", flat=True)) == {"dead"}
    assert fallbacks() == []


def test_what_a_mail_tells_already_is_not_told_by_another_one(
    hooks: Hooks, smtp: Sink, alice: User
) -> None:
    clock = world.contract_clock(outage())
    first, second = escalation(clock), escalation(clock)
    lost = notice(first, second, recipient=alice, channel=webhook(hooks.url))
    notice(first, recipient=alice)
    send()
    (made,) = fallbacks()
    assert [item.escalation for item in made.items.all()] == [second]
    assert made.fallback_of == lost
    assert len(smtp.mails) == 2


def test_a_warning_of_hours_without_anybody_falls_back_too(
    hooks: Hooks, smtp: Sink, alice: User
) -> None:
    span = {"from": "2026-11-28T07:00:00Z", "to": "2026-11-28T20:30:00Z", "customers": 3}
    given: dict[str, Any] = {"recipient": alice, "kind": "coverage", "payload": {"spans": [span]}}
    notice(channel=webhook(hooks.url), **given)
    assert send() == 1
    assert "customers touched: 3" in text_of(smtp.mails[0])


def test_an_own_mail_channel_comes_before_the_address(
    hooks: Hooks, smtp: Sink, alice: User
) -> None:
    NoticeChannel.objects.create(
        name="Night", kind="email", url="night@sivocenter.example", owner=alice, language="en"
    )
    told(alice, channel=webhook(hooks.url))
    send()
    assert [mail["To"] for mail in smtp.mails] == ["night@sivocenter.example"]


def test_the_watchdog_counts_as_given_up_what_nobody_was_told_of(
    hooks: Hooks, smtp: Sink, alice: User
) -> None:
    since = FIRED - timedelta(hours=1)
    told(alice, channel=webhook(hooks.url))
    send()
    assert (dead_notices(), dead_notices(since=since)) == (1, 0)
    notice(escalation(world.contract_clock(outage("b.example"))), channel=webhook(hooks.url, "X"))
    send()
    assert dead_notices(since=since) == 1
    Notice.objects.filter(fallback_of__isnull=False).update(state="dead", sent_at=None)
    assert dead_notices(since=since) == 3


def test_both_pages_show_which_notice_replaces_which(
    hooks: Hooks, smtp: Sink, alice: User, client: Any
) -> None:
    lost = told(alice, channel=webhook(hooks.url, name="Pager <1>"))
    send()
    (made,) = fallbacks()
    client.force_login(make_person("Olga", "operators"))
    pages = [
        client.get(reverse("admin:sla_notice_change", args=[each.pk])).content.decode()
        for each in (lost, made)
    ]
    assert f'replaced by a mail: <a href="/admin/sla/notice/{made.pk}/change/">' in pages[0]
    assert f'a mail instead of <a href="/admin/sla/notice/{lost.pk}/change/">' in pages[1]
    listed = client.get(reverse("admin:sla_notice_changelist")).content.decode()
    assert "mail instead of Pager &lt;1&gt;" in listed
