"""Hard mails that were written without a look at the parser; their data says what is expected."""

import pytest

from tests.tickets.blind_mails import BlindMail, SystemMail, read_mails, read_systems
from tests.tickets.mail_builder import ID
from tickets.domain.words import MailKind
from tickets.inbound.email import parse_mail

BOUNCES = read_mails(
    "bounces_servers", "bounces_providers", "bounces_odd", "bounces_late", "bounces_gateways"
)
AUTOMATIC = read_mails("automatic", "automatic_odd", "automatic_late", "automatic_text")
PEOPLE = read_mails("human_1", "human_2", "human_3", "human_4", "human_5", "crm")
HEADERS = read_mails("headers")
ANSWERS = read_mails("trimming_1", "trimming_2", "trimming_3", "trimming_4")

SYSTEMS = read_systems()


def name_of(each: BlindMail | SystemMail) -> str:
    return each.name


@pytest.mark.parametrize("each", BOUNCES, ids=name_of)
def test_a_failure_is_told_and_names_the_mail_that_failed(each: BlindMail) -> None:
    found = parse_mail(each.raw)
    assert (found.kind, found.is_delayed) == (MailKind.BOUNCE, each.delayed)
    assert not each.gives_back or ID in found.bounced_ids


@pytest.mark.parametrize("each", AUTOMATIC, ids=name_of)
def test_a_machine_is_told(each: BlindMail) -> None:
    assert parse_mail(each.raw).kind is MailKind.AUTO


@pytest.mark.parametrize("each", PEOPLE, ids=name_of)
def test_a_person_is_never_silenced(each: BlindMail) -> None:
    found = parse_mail(each.raw)
    assert found.kind is MailKind.HUMAN, found.auto_reason


@pytest.mark.parametrize("each", HEADERS, ids=name_of)
def test_a_broken_head_is_read_as_a_person_would(each: BlindMail) -> None:
    found = parse_mail(each.raw)
    assert found.sender == each.sender
    assert each.sender_name in (None, found.sender_name)
    assert each.subject in (None, found.subject)


@pytest.mark.parametrize("each", ANSWERS, ids=name_of)
def test_an_answer_is_shown_without_what_it_quotes(each: BlindMail) -> None:
    assert parse_mail(each.raw).reply == each.reply


@pytest.mark.parametrize("each", SYSTEMS, ids=name_of)
def test_a_mail_of_any_system_is_told_for_what_it_is(each: SystemMail) -> None:
    found = parse_mail(each.raw)
    assert (found.kind, found.sender, found.subject) == (each.kind, each.sender, each.subject)
