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
    head, rest = first.raw.split(b"\r\nReceived:", 1)
    other = head.replace(b"Delivered-To: support@", b"Delivered-To: ventas@")
    raw = other + b"\r\nX-Way: " + str(w.place).encode() + b"\r\nReceived:" + rest
    fate = replace(first.fate, outcome="duplicate")
    return replace(first, raw=raw, fate=fate, after=place, mailbox="ventas")


@shape
def a_known_id_with_another_text(w: Writer) -> Shaped | None:
    """A Message-ID is the sender's to choose: it must silence nothing."""
    if (talk := w.talk()) is None:
        return None
    w.talks.remove(talk)  # which of the two an answer to this id belongs to, nobody can tell
    subject, text = w.subject(), w.text()
    raw = mail([*w.head(talk.person, subject, key=talk.known[0][0]), *text_head()], text)
    return w.opens(raw, talk.person, subject, says=text)


@shape
def a_known_id_of_somebody_else(w: Writer) -> Shaped | None:
    """The same Message-ID and the same text, of another person: not the same mail."""
    if (earlier := _earlier(w)) is None:
        return None
    place, first = earlier
    person = w.stranger()
    key = next(talk.known[0][0] for talk in w.talks if talk.known[0][1] == place)
    subject, text = w.subject(), first.fate.says
    raw = mail([*w.head(person, subject, key=key), *text_head()], text)
    return w.opens(raw, person, subject, says=text)
