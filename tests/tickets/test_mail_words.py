"""Every sentence about a mailbox is listed for the translators."""

import pytest

from tickets.admin.ticket.mail_words import _SENTENCES
from tickets.admin.ticket.receipt_words import RULES
from tickets.domain import mail_trouble
from tickets.domain.mail_trouble import MailTrouble
from tickets.inbound.email import ReceiptRule
from tickets.operations.mailboxes import check_mailbox

TROUBLES = [
    kind
    for kind in vars(mail_trouble).values()
    if isinstance(kind, type) and issubclass(kind, MailTrouble) and kind is not MailTrouble
]


@pytest.mark.parametrize("kind", TROUBLES, ids=lambda kind: kind.__name__)
def test_every_trouble_is_listed(kind: type[MailTrouble]) -> None:
    assert kind().sentence in {str(sentence) for sentence in _SENTENCES}


def test_every_step_of_the_test_is_listed() -> None:
    said = {
        *check_mailbox.SENTENCES.values(),
        check_mailbox.UNPROTECTED,
        check_mailbox.EMPTY,
    }
    assert said <= {str(sentence) for sentence in _SENTENCES}


def test_every_way_to_find_the_time_has_its_words() -> None:
    assert set(ReceiptRule) <= set(RULES)
