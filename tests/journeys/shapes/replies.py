"""Mails that belong to a conversation, and those that only say so."""

from tests.journeys.shapes.shaped import Person, Shaped, Talk, address_of, reference_of, shape
from tests.journeys.shapes.writer import ALICE, SUPPORT, Writer, mail, text_head


def _reply(
    w: Writer,
    talk: Talk,
    person: Person,
    *lines: str,
    to: str = SUPPORT,
    dmarc: str = "pass",
    subject: str = "",
) -> tuple[bytes, str, str, str]:
    """The bytes, subject, Message-ID and text of an answer."""
    subject, key, text = subject or f"Re: {talk.subject}", w.message_id(), w.text()
    body = f"{text}\n\nOn Monday, Alice wrote:\n> What exactly do you see?\n> Alice\n"
    head = [*w.head(person, subject, key=key, to=to, dmarc=dmarc), *lines, *text_head()]
    return mail(head, body), subject, key, text


@shape
def by_references(w: Writer) -> Shaped | None:
    if (talk := w.talk()) is None:
        return None
    ids = " ".join(f"<{key}>" for key, _ in (*talk.known, *talk.answers)[-5:])
    line = f"References: <unknown@else.example> {ids}"
    raw, subject, key, text = _reply(w, talk, talk.person, line)
    answer = w.joins(raw, talk.person, subject, talk=talk, says=text)
    talk.known.append((key, w.place))
    return answer


@shape
def by_in_reply_to(w: Writer) -> Shaped | None:
    if (talk := w.talk()) is None:
        return None
    raw, subject, key, text = _reply(w, talk, talk.person, f"In-Reply-To: <{talk.known[0][0]}>")
    answer = w.joins(raw, talk.person, subject, talk=talk, says=text)
    talk.known.append((key, w.place))
    return answer


@shape
def by_the_subject(w: Writer) -> Shaped | None:
    """The reference in the subject, of somebody who takes part and passed DMARC."""
    if (talk := w.talk()) is None:
        return None
    subject = f"RE: [{reference_of(talk.label)}] {talk.subject}"
    raw, _, key, text = _reply(w, talk, talk.person, subject=subject)
    answer = w.joins(raw, talk.person, subject, talk=talk, says=text)
    talk.known.append((key, w.place))
    return answer


@shape
def by_the_plus_address(w: Writer) -> Shaped | None:
    """The program dropped every header that says what is answered; the address is signed."""
    if (talk := w.talk()) is None:
        return None
    raw, subject, _, text = _reply(
        w, talk, talk.person, to=address_of(talk.label), subject=f"Sin asunto {w.place}"
    )
    return w.joins(raw, talk.person, subject, talk=talk, says=text)


@shape
def by_a_colleague(w: Writer) -> Shaped | None:
    """Somebody else of the same company, who was sent the conversation."""
    if (talk := w.talk()) is None:
        return None
    person = w.colleague(talk.person)
    raw, subject, _, text = _reply(w, talk, person, f"References: <{talk.known[0][0]}>")
    return w.joins(raw, person, subject, talk=talk, says=text)


@shape
def of_a_stranger_by_the_subject(w: Writer) -> Shaped | None:
    """Anybody can count up to a reference: a ticket of its own."""
    if (talk := w.talk()) is None:
        return None
    person, subject = w.stranger(), f"Re: [{reference_of(talk.label)}] {talk.subject}"
    raw, _, _, text = _reply(w, talk, person, subject=subject)
    return w.opens(raw, person, subject, knows=talk, says=text)


@shape
def of_a_stranger_by_references(w: Writer) -> Shaped | None:
    if (talk := w.talk()) is None:
        return None
    person = w.stranger()
    raw, subject, _, text = _reply(w, talk, person, f"In-Reply-To: <{talk.known[0][0]}>")
    return w.opens(raw, person, subject, knows=talk, says=text)


@shape
def of_another_customer(w: Writer) -> Shaped | None:
    if (talk := w.talk()) is None:
        return None
    others = [w.person() for _ in range(50)]
    person = next(person for person in others if person.domain != talk.person.domain)
    raw, subject, _, text = _reply(w, talk, person, f"In-Reply-To: <{talk.known[0][0]}>")
    return w.opens(raw, person, subject, knows=talk, says=text)


@shape
def forged_by_the_subject(w: Writer) -> Shaped | None:
    """The sender's domain says that it did not send this: a ticket of its own, never silence."""
    if (talk := w.talk()) is None:
        return None
    subject = f"Re: [{reference_of(talk.label)}] {talk.subject}"
    raw, _, _, text = _reply(w, talk, talk.person, subject=subject, dmarc="fail")
    return w.opens(raw, talk.person, subject, knows=talk, says=text)


@shape
def answer_of_an_agent(w: Writer) -> Shaped | None:
    """Alice answers from her own mail program: it goes to the customer and to us."""
    if (talk := w.talk(certain=True)) is None:
        return None
    to = f"{talk.person.address}, {SUPPORT}"
    raw, subject, key, text = _reply(w, talk, ALICE, f"In-Reply-To: <{talk.known[0][0]}>", to=to)
    answer = w.joins(raw, ALICE, subject, talk=talk, says=text)
    talk.answers.append((key, w.place))
    return answer


@shape
def answer_that_is_forged(w: Writer) -> Shaped | None:
    """In Alice's name, but DMARC failed: no answer of ours, so a new ticket."""
    if (talk := w.talk()) is None:
        return None
    to = f"{talk.person.address}, {SUPPORT}"
    line = f"In-Reply-To: <{talk.known[0][0]}>"
    raw, subject, _, text = _reply(w, talk, ALICE, line, to=to, dmarc="fail")
    return w.opens(raw, ALICE, subject, knows=talk, says=text)
