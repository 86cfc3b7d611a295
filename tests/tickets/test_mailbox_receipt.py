"""When a mail in a mailbox reached us: the mailbox server's time, never the sender's."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.inbound.email import MailTimes, ReceiptRule, mailbox_receipt, sent_mail_time

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("times", "known", "expected"),
    [
        ({"internaldate": NOW - HOUR}, {}, (NOW - HOUR, ReceiptRule.INTERNALDATE)),
        ({"internaldate": NOW - DAY}, {}, (NOW - DAY, ReceiptRule.INTERNALDATE)),
        ({"internaldate": NOW + HOUR}, {}, (NOW, ReceiptRule.FUTURE)),
        ({"internaldate": NOW - 2 * DAY}, {}, (NOW, ReceiptRule.LATE_ARRIVAL)),
        (
            {"internaldate": NOW - 2 * DAY},
            {"last_poll": NOW - 3 * DAY},
            (NOW - 2 * DAY, ReceiptRule.BACKLOG),
        ),
        (
            {"internaldate": NOW - 2 * DAY},
            {"last_poll": NOW - DAY},
            (NOW, ReceiptRule.LATE_ARRIVAL),
        ),
        (
            {"internaldate": NOW - 9 * DAY, "savedate": NOW - HOUR},
            {"last_poll": NOW - 2 * HOUR},
            (NOW - HOUR, ReceiptRule.LATE_ARRIVAL),
        ),
        (
            # Saved before our last look, and yet not seen by it: that date is no use.
            {"internaldate": NOW - 9 * DAY, "savedate": NOW - 3 * HOUR},
            {"last_poll": NOW - 2 * HOUR},
            (NOW, ReceiptRule.LATE_ARRIVAL),
        ),
        (
            {"internaldate": NOW - 9 * DAY, "savedate": NOW + HOUR},
            {"last_poll": NOW - 2 * HOUR},
            (NOW, ReceiptRule.LATE_ARRIVAL),
        ),
        ({"savedate": NOW - HOUR}, {}, (NOW, ReceiptRule.NOW)),
        ({}, {}, (NOW, ReceiptRule.NOW)),
        ({"sent_at": NOW - HOUR}, {}, (NOW, ReceiptRule.NOW)),
        (
            {"first_trusted_received": NOW - HOUR},
            {},
            (NOW - HOUR, ReceiptRule.OWN_SERVER),
        ),
        (
            {"internaldate": NOW - HOUR, "first_trusted_received": NOW - 2 * HOUR},
            {},
            (NOW - HOUR, ReceiptRule.INTERNALDATE),
        ),
        (
            {"internaldate": NOW - 90 * DAY},
            {"first_import": True},
            (NOW - 90 * DAY, ReceiptRule.FIRST_IMPORT),
        ),
        (
            {"internaldate": NOW + DAY},
            {"first_import": True},
            (NOW, ReceiptRule.FIRST_IMPORT),
        ),
        ({}, {"first_import": True}, (NOW, ReceiptRule.FIRST_IMPORT)),
    ],
)
def test_the_receipt_of_a_mail_in_a_mailbox(times: dict, known: dict, expected: tuple) -> None:  # type: ignore[type-arg]
    assert mailbox_receipt(MailTimes(fetched_at=NOW, **times), **known) == expected


@pytest.mark.parametrize("age", [-HOUR, timedelta(0), HOUR, 90 * DAY])
def test_sent_mail_counts_from_our_first_sight(age: timedelta) -> None:
    times = MailTimes(fetched_at=NOW, internaldate=NOW - age)
    assert sent_mail_time(times, first_import=False) == (NOW, ReceiptRule.FIRST_SIGHT)
    assert sent_mail_time(times, first_import=True) == (NOW, ReceiptRule.FIRST_IMPORT)


def test_every_instant_is_stored_by_its_origin() -> None:
    times = MailTimes(sent_at=NOW - HOUR, internaldate=None, fetched_at=NOW)
    assert times.as_json() == {
        "sent_at": "2026-11-25T11:00:00Z",
        "first_trusted_received": None,
        "internaldate": None,
        "savedate": None,
        "fetched_at": "2026-11-25T12:00:00Z",
    }
