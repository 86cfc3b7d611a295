"""Header lines as they come: encoded, broken, missing, wrong, and far too many."""

import base64

from tests.journeys.shapes.shaped import Person, Shaped, shape
from tests.journeys.shapes.writer import SUPPORT, Writer, mail, text_head


@shape
def japanese_subject(w: Writer) -> Shaped:
    person, key, text = w.person(), w.message_id(), w.plain()
    subject = f"電話が切れる {w.place}"
    word = base64.b64encode(subject.encode("iso2022_jp")).decode()
    head = w.head(person, f"=?ISO-2022-JP?B?{word}?=", key=key)
    return w.opens(mail([*head, *text_head()], text), person, subject, key=key, says=text)


@shape
def words_that_cut_a_letter(w: Writer) -> Shaped:
    """RFC 2047 forbids to cut a letter between two words; programs do it all the same."""
    person, key, text = w.person(), w.message_id(), w.text()
    head = w.head(person, "=?utf-8?Q?Se=C3?=\r\n =?utf-8?Q?=B1al_rota?= " + str(w.place), key=key)
    subject = f"Señal rota {w.place}"
    return w.opens(mail([*head, *text_head()], text), person, subject, key=key, says=text)


@shape
def a_word_that_never_ends(w: Writer) -> Shaped:
    person, key, text = w.person(), w.message_id(), w.text()
    subject = f"=?utf-8?Q?Se=C3=B1al {w.place}"
    raw = mail([*w.head(person, subject, key=key), *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def raw_letters_in_the_subject(w: Writer) -> Shaped:
    person, key, text = w.person(), w.message_id(), w.text()
    subject = f"Extensión averiada {w.place}"
    head = [line.encode("latin-1") for line in w.head(person, subject, key=key)]
    return w.opens(mail([*head, *text_head()], text), person, subject, key=key, says=text)


@shape
def folded_subject(w: Writer) -> Shaped:
    person, key, text = w.person(), w.message_id(), w.text()
    head = w.head(person, f"A subject\r\n\tthat is folded\r\n  twice {w.place}", key=key)
    subject = f"A subject that is folded twice {w.place}"
    return w.opens(mail([*head, *text_head()], text), person, subject, key=key, says=text)


@shape
def no_message_id(w: Writer) -> Shaped:
    person, subject, text = w.person(), w.subject(), w.text()
    raw = mail([*w.head(person, subject, key=None), *text_head()], text)
    return w.opens(raw, person, subject, says=text)


@shape
def no_subject(w: Writer) -> Shaped:
    person, key, text = w.person(), w.message_id(), w.text()
    raw = mail([*w.head(person, None, key=key), *text_head()], text)
    return w.opens(raw, person, "", says=text)


@shape
def no_date(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    raw = mail([*w.head(person, subject, key=key, date=None), *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def wrong_date(w: Writer) -> Shaped:
    """Never the clock that counts."""
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    date = w.chance.choice(["Mon, 99 Foo 2026 25:61:00", "Fri, 1 Jan 2038 00:00:00 +0000", "?"])
    raw = mail([*w.head(person, subject, key=key, date=date), *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def no_sender(w: Writer) -> Shaped:
    person, subject, text = w.stranger(), w.subject(), w.text()
    head = [f"To: {SUPPORT}", f"Subject: {subject}", f"Message-ID: <{w.message_id()}>"]
    return w.opens(mail([*head, *text_head()], text), person, subject, sender="", says=text)


@shape
def a_name_with_a_comma(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    named = Person('"Builder, Bob (Sales) [ES]"', person.address)
    raw = mail([*w.head(named, subject, key=key), *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def group_address(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    to = f"Undisclosed: {SUPPORT}, Someone <someone@else.example>;"
    raw = mail([*w.head(person, subject, key=key, to=to), *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def fifty_recipients(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    others = ",\r\n ".join(f"Person {number} <p{number}@list.example>" for number in range(49))
    raw = mail(
        [*w.head(person, subject, key=key, to=f"{SUPPORT},\r\n {others}"), *text_head()], text
    )
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def upper_case_domain(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    loud = Person(person.name, f"{person.name.lower()}@{person.domain.upper()}")
    raw = mail([*w.head(loud, subject, key=key), *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)
