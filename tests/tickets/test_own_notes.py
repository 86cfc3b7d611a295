"""A note of ours that a tool tells of is no news; nobody else's message is taken for one."""

from typing import Any

import pytest

from tickets.domain.incoming import Author, Ignored, IncomingMessage
from tickets.domain.words import AuthorKind, Channel, MailKind
from tickets.models import Source
from tickets.operations.outgoing.own_notes import without_own_notes
from tickets.outbound.own_note import is_own_note, mark_of

SOURCE = Source(kind="zendesk", name="Zendesk")


def message(body: str, *, thread: str = "5158", kind: AuthorKind = AuthorKind.AGENT) -> Any:
    return IncomingMessage(
        thread=thread,
        key="1",
        author=Author(kind=kind),
        subject="",
        body=body,
        reply=body,
        html="",
        channel=Channel.HELPDESK,
        public=False,
        opens=False,
        kind=MailKind.HUMAN,
        occurred_at=None,
        recipients=(),
    )


@pytest.mark.parametrize("kind", [AuthorKind.AGENT, AuthorKind.BOT, AuthorKind.CUSTOMER])
def test_it_is_known_by_its_mark_whoever_the_tool_says_wrote_it(kind: AuthorKind) -> None:
    body = f"▲ At risk.\n{mark_of(SOURCE.pk, '5158', 'at-risk')} \n"
    (record,) = without_own_notes(SOURCE, [message(body, kind=kind)])
    assert isinstance(record, Ignored)


@pytest.mark.parametrize(
    "last",
    [
        "sivo/deadline/at-risk/0123456789abcdef",
        mark_of("another source", "5158", "at-risk"),
        mark_of(SOURCE.pk, "5159", "at-risk"),
        mark_of(SOURCE.pk, "5158", "at-risk").replace("at-risk", "missed"),
        f"{mark_of(SOURCE.pk, '5158', 'at-risk')} and more",
        f"> {mark_of(SOURCE.pk, '5158', 'at-risk')}",
        f"{mark_of(SOURCE.pk, '5158', 'at-risk')}\nIt still does not work.",
    ],
    # The key that signs is another one in each process.
    ids=["forged", "source", "ticket", "code", "more", "quoted", "above"],
)
def test_a_mark_that_is_forged_moved_or_quoted_silences_nobody(last: str) -> None:
    said = message(f"No entran llamadas.\n{last}", kind=AuthorKind.CUSTOMER)
    assert without_own_notes(SOURCE, [said]) == (said,)


def test_a_key_that_was_replaced_is_still_believed(settings: Any) -> None:
    mark = mark_of(SOURCE.pk, "5158", "missed")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-key", [settings.SECRET_KEY]
    assert is_own_note(SOURCE.pk, "5158", mark)
    assert mark_of(SOURCE.pk, "5158", "missed") != mark
