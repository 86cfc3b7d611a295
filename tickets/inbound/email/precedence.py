"""Mail that its sender calls bulk: most is, and some is what a company's gateway calls all mail."""

from tickets.inbound.email import automatic_words as words
from tickets.inbound.email.addresses import first_address
from tickets.inbound.email.daemons import is_robot
from tickets.inbound.email.headers import Headers
from tickets.inbound.email.mailings import precedence_signal, speaks_to_one
from tickets.inbound.email.people import by_hand, ends_with_name, greets
from tickets.inbound.email.phrases import said, without_quotations

_BEGINNING = 1500
_OF_MACHINES = frozenset({"automatic", "away", "received", "thanked", "left", "silent"})


def given_precedence(headers: Headers, text: str, reply: str) -> str:
    """Some companies' gateways call all their mail bulk: an answer that people wrote is none."""
    found = precedence_signal(headers)
    if not found or headers.token("precedence") not in ("bulk", "junk"):
        return found
    if by_hand(headers):
        return ""
    if _is_letter_of_one(headers, text, reply):
        return ""
    answers = "in-reply-to" in headers or "references" in headers
    return "" if answers and _quotes(text, reply) and not _speaks_as_machine(reply) else found


def _is_letter_of_one(headers: Headers, text: str, reply: str) -> bool:
    """Somebody greets, tells and signs by name, and not that they are away."""
    sender = first_address(headers, ("from",))
    asked = words.LIST_SOFTWARE_SUBJECT.match(headers.text("subject")[:300])
    if asked or is_robot(headers) or not (greets(reply) and ends_with_name(sender, reply)):
        return False
    spoken = without_quotations(reply)
    machine = said(reply).marks & _OF_MACHINES
    machine_words = words.AWAY_TEXT.match(spoken) or words.CONFIRM_TEXT.search(spoken)
    return speaks_to_one(text) and not machine and not machine_words


def _quotes(text: str, reply: str) -> bool:
    """The mail that is answered stands in the text, under new words."""
    rest = len(text.strip()) - len(reply)
    return rest > 0 and words.QUOTE.search(text[-rest:]) is not None


def _speaks_as_machine(reply: str) -> bool:
    beginning = reply[:_BEGINNING]
    return is_of_machine(reply) or words.AUTOMATED.search(beginning) is not None


def is_of_machine(reply: str) -> bool:
    """The beginning is worded as machines do."""
    beginning = reply[:_BEGINNING]
    told = (words.AWAY_TEXT, words.AUTOMATIC_TEXT, words.RECEIVED_TEXT, words.DO_NOT_ANSWER)
    return any(each.search(beginning) for each in told)
