"""Machines that say what they are in their text alone: several marks of one language together.

Programs of helpdesks, shops and offices, and rules of a person's mail program, put nothing into
the head of their mails. One mark alone is what people say, too.
"""

import re
from collections.abc import Callable

from tickets.inbound.email.addresses import first_address
from tickets.inbound.email.bounce_words import ANSWERED
from tickets.inbound.email.daemons import is_robot
from tickets.inbound.email.headers import Headers
from tickets.inbound.email.people import ends_with_name, is_of_an_office, is_personal, signs
from tickets.inbound.email.phrases import Said, said, without_quotations

_LONG = 3000
_LETTER = 1500
# What goes with "this is an automatic message"; alone it is what people speak about.
_ANSWERS = frozenset({"received", "thanked", "unread", "wait", "away", "back", "silent", "left"})
_ABSENCE = frozenset({"away", "back", "silent", "instead", "automatic", "left"})
_ENOUGH = 3
_FORWARDED = re.compile(r"^\s*(?:fwd?|rv|wg|tr|enc|vb|i|reenv|doorst)\s*:", re.IGNORECASE)


def text_signal(headers: Headers, reply: str, *, silent: bool) -> str:
    """What tells that a machine wrote the text, "" when nothing does.

    `silent`: the envelope or the sender's server wants no answer.
    """
    subject = headers.text("subject")[:300]
    if len(reply) > _LONG or _FORWARDED.match(subject):
        return ""
    robot = is_robot(headers) and not ends_with_name(first_address(headers, ("from",)), reply)
    if not robot and _asks(reply):
        return ""
    found = said(reply)
    if not found.by_language or (not robot and _is_of_a_person(found)):
        return ""
    named = said(subject).marks
    personal = is_personal(headers) or signs(headers, reply)
    office = is_of_an_office(headers)
    if not robot and (not found.opens or found.rest > found.told + (-1 if personal else 1)):
        return ""
    clues = silent + ("away" in named) + _is_answer(headers) + (office and not found.rest)
    rules: tuple[tuple[str, Callable[[frozenset[str]], bool]], ...] = (
        ("the text calls itself automatic", _calls_itself_automatic),
        (
            "a receipt of a request",
            lambda marks: _is_receipt(
                marks,
                named=named,
                personal=personal,
                unread=robot or (office and not found.rest),
            ),
        ),
        (
            "an out-of-office text",
            lambda marks: (
                len(reply) <= _LETTER
                and found.rest <= (found.told - 1) // 2
                and _is_away(marks, clues=clues)
            ),
        ),
    )
    for reason, holds in rules:
        if any(holds(marks) for marks in found.by_language.values()):
            return reason
    return ""


def _is_of_a_person(found: Said) -> bool:
    """In the mail's language: a few words of it are words of another one, too."""
    most = max(len(marks) for marks in found.by_language.values())
    return any("person" in marks and 2 * len(marks) > most for marks in found.by_language.values())


def _asks(reply: str) -> bool:
    rest = without_quotations(reply)
    return any(mark in rest for mark in "?？؟")


def _calls_itself_automatic(marks: frozenset[str]) -> bool:
    return "automatic" in marks and not marks.isdisjoint(_ANSWERS)


def _is_receipt(
    marks: frozenset[str], *, named: frozenset[str], personal: bool, unread: bool
) -> bool:
    told = len((marks | (named & {"number"})) & {"number", "wait"})
    if "thanked" in marks and ("unread" in marks or "received" in named):
        marks |= {"received"}
    if "unread" in marks and ("received" in marks or (told and not personal)):
        return True
    if personal or "received" not in marks | named:
        return False
    return told > 1 or (told == 1 and "received" in marks and (unread or "received" in named))


def _is_answer(headers: Headers) -> bool:
    answers = ("in-reply-to", "references")
    return any(name in headers for name in answers) or bool(ANSWERED.match(headers.text("subject")))


def _is_away(marks: frozenset[str], *, clues: int) -> bool:
    """Away or gone for good, and what such a text tells besides; `clues` stand in the head."""
    if "left" in marks:
        return not marks.isdisjoint({"automatic", "silent"}) and clues > 0
    return "away" in marks and clues > 0 and len(marks & _ABSENCE) + clues > _ENOUGH
