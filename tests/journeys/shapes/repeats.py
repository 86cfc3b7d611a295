"""One mail twice, and two mails that only look like one."""

from dataclasses import replace

from tests.journeys.shapes.shaped import Shaped, shape
from tests.journeys.shapes.writer import Writer, mail, text_head


def _earlier(w: Writer) -> tuple[int, Shaped] | None:
    """A mail that opened a ticket and can be recognised."""
    found = [talk.known[0][1] for talk in w.talks]
    place = w.chance.choice(found) if found else None
    return None if place is None else (place, w.written[place])


@shape
def the_very_same_bytes(w: Writer) -> Shaped | None:
    if (earlier := _earlier(w)) is None:
        return None
    place, first = earlier
    return replace(first, fate=replace(first.fate, outcome="duplicate"), after=place)


@shape
def to_two_of_our_mailboxes(w: Writer) -> Shaped | None:
    """The same mail with the trace of another way."""
    if (earlier := _earlier(w)) is None:
        return None
    place, first = earlier
    other = first.raw.replace(b"Delivered-To: support@", b"Delivered-To: ventas@")
    raw = f"X-Way: {w.place}\r\n".encode() + other
    fate = replace(first.fate, outcome="duplicate")
    return replace(first, raw=raw, fate=fate, after=place, mailbox="ventas")


@shape
def a_known_id_with_another_text(w: Writer) -> Shaped | None:
    """A Message-ID is the sender's to choose: it must silence nothing."""
    if (talk := w.new_talk()) is None:
        return None
    w.talks.remove(talk)  # which of the two an answer to this id belongs to, nobody can tell
    subject, text = w.subject(), w.text()
    raw = mail([*w.head(talk.person, subject, key=talk.known[0][0]), *text_head()], text)
    return w.opens(raw, talk.person, subject, says=text)


@shape
def a_known_id_of_somebody_else(w: Writer) -> Shaped | None:
    """The same id and the same text, of another person: not the same mail.

    The customer's own mails still find the customer's ticket.
    """
    if (talk := w.new_talk()) is None:
        return None
    talk.is_named = talk.is_doubtful = True
    person, subject = w.stranger(), w.subject()
    text = w.written[talk.known[0][1]].fate.says
    raw = mail([*w.head(person, subject, key=talk.known[0][0]), *text_head()], text)
    return w.opens(raw, person, subject, says=text)
