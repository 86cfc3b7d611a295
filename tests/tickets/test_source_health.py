"""How sources are told to be: by what came, by what was refused, by what their mailbox says."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import call_command

from tickets.models import Delivery, DeliveryState, Mailbox, MailFolder, Source
from tickets.operations.source_health import Light, SourceHealth, Trouble, all_health, health_of

pytestmark = pytest.mark.django_db
# A Tuesday, 12:00 in Madrid.
NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def source(name: str = "Mail", kind: str = "postmark", **more: Any) -> Source:
    made = Source.objects.create(kind=kind, name=name, secrets="sivo:a-password-of-16", **more)
    Source.objects.filter(pk=made.pk).update(created_at=NOW - timedelta(days=60))
    return made


def arrive(to: Source, *instants: datetime) -> None:
    Delivery.objects.bulk_create(
        Delivery(
            source=to,
            external_id=f"{at.isoformat()}",
            body=b"x",
            body_sha256="",
            size=1,
            received_at=at,
            stored_at=at,
            state=DeliveryState.PROCESSED,
        )
        for at in instants
    )


def every_hour_of_work(until: datetime, *, weeks: int = 5, each: int = 6) -> list[datetime]:
    """Six mails in each office hour (UTC 8 to 17), up to `until`."""
    found = []
    at = until - timedelta(weeks=weeks)
    while at <= until:
        if at.weekday() < 5 and 8 <= at.hour < 17:
            found += [at + timedelta(minutes=60 * number / each) for number in range(each)]
        at += timedelta(hours=1)
    return [each for each in found if each <= until]


def health(of: Source, now: datetime = NOW) -> SourceHealth:
    return health_of([of], now=now)[of.pk]


def test_a_source_that_nothing_came_from_waits_for_its_first_mail() -> None:
    found = health(source())
    assert (found.light, found.last_at, found.silence) == (Light.NEW, None, None)


def test_a_source_with_its_usual_traffic_is_fine_and_then_silent() -> None:
    to = source()
    arrive(to, *every_hour_of_work(NOW.replace(hour=9, minute=0)))
    assert health(to, NOW.replace(hour=9, minute=40)).light is Light.FINE
    found = health(to, NOW.replace(hour=13))
    assert found.light is Light.SILENT
    assert found.silence
    assert found.silence.usual_gap == timedelta(minutes=10)


def test_weekends_and_nights_are_no_silence() -> None:
    to = source()
    friday = datetime(2026, 11, 20, 16, 50, tzinfo=UTC)
    arrive(to, *every_hour_of_work(friday))
    assert health(to, datetime(2026, 11, 23, 7, 50, tzinfo=UTC)).light is Light.FINE
    assert health(to, datetime(2026, 11, 23, 11, 0, tzinfo=UTC)).light is Light.SILENT


def test_a_first_import_of_thousands_in_a_minute_is_no_rhythm() -> None:
    to = source()
    start = NOW - timedelta(days=10)
    arrive(to, *(start + timedelta(milliseconds=number) for number in range(2_000)), NOW - MINUTE)
    assert health(to, NOW + timedelta(days=8)).light is Light.FINE


def test_a_silence_of_months_is_still_told() -> None:
    to = source()
    arrive(to, *every_hour_of_work(NOW - timedelta(days=90)))
    assert health(to).light is Light.SILENT


def test_all_sources_are_read_in_the_same_number_of_queries(
    django_assert_num_queries: Any,
) -> None:
    for number in range(6):
        to = source(f"Mail {number}", kind="email")
        make_mailbox(to)
        arrive(to, NOW - MINUTE * (30 + number))
    with django_assert_num_queries(4):
        assert len(all_health(now=NOW)) == 6


def make_mailbox(to: Source, **folder: Any) -> Mailbox:
    mailbox = Mailbox.objects.create(
        source=to, host="imap.acme.example", username="support", starts_at=NOW
    )
    MailFolder.objects.create(
        mailbox=mailbox, name="INBOX", role="received", **{"polled_at": NOW - MINUTE, **folder}
    )
    return mailbox


def test_a_mailbox_in_trouble_says_what_its_server_said() -> None:
    to = source(kind="email")
    make_mailbox(to, error="The server refuses the password.", failures=3, retry_at=NOW + MINUTE)
    found = health(to)
    assert found.light is Light.TROUBLE
    (problem,) = found.problems
    assert (problem.kind, problem.folder) == (Trouble.FOLDER, "INBOX")
    assert (problem.text, problem.retry_at) == ("The server refuses the password.", NOW + MINUTE)


def test_a_mailbox_that_nobody_looks_into_is_in_trouble() -> None:
    to = source(kind="email")
    make_mailbox(to, polled_at=NOW - timedelta(hours=1))
    assert [problem.kind for problem in health(to).problems] == [Trouble.NOT_POLLED]
    MailFolder.objects.update(polled_at=NOW - timedelta(minutes=6))
    assert health(to).light is Light.NEW


def test_a_refused_call_is_a_trouble_until_a_call_is_taken() -> None:
    to = source()
    Source.objects.update(refused_at=NOW - MINUTE, refused_reason="the password does not fit")
    found = health(to)
    assert found.light is Light.TROUBLE
    assert found.problems[0].text == "the password does not fit"
    arrive(to, NOW)
    assert health(to).light is Light.FINE
    Delivery.objects.all().delete()
    assert health(to, NOW + timedelta(days=2)).light is Light.NEW, "a refusal of old is over"


def test_a_door_without_credentials_is_in_trouble_and_one_that_is_off_is_not() -> None:
    to = source()
    Source.objects.update(secrets="")
    assert [problem.kind for problem in health(to).problems] == [Trouble.NO_CREDENTIALS]
    Source.objects.update(is_active=False)
    assert health(to).light is Light.OFF


def test_no_key_is_needed_to_see_the_lights(settings: LazySettings) -> None:
    to = source(kind="email")
    make_mailbox(to)
    Mailbox.objects.update(password="a password")
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]
    assert health(to).light is Light.NEW


def test_monitoring_gets_a_line_per_source_and_an_exit_status(capfdbinary: Any) -> None:
    source("B")
    call_command("check_sources")
    a = source("A")
    Source.objects.filter(pk=a.pk).update(secrets="")
    with pytest.raises(SystemExit) as caught:
        call_command("check_sources")
    assert caught.value.code == 1
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [(line["source"], line["state"]) for line in lines] == [
        ("B", "new"),
        ("A", "trouble"),
        ("B", "new"),
    ]
    assert lines[1]["problems"] == [
        {"kind": "no_credentials", "folder": None, "text": None, "at": None, "retry_at": None}
    ]
    assert lines[0]["last_delivery_at"] is None
