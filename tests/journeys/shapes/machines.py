"""What machines send: absences, failures, newsletters; and people who look like machines."""

from dataclasses import replace

from tests.journeys.shapes.shaped import Person, Shaped, Talk, shape
from tests.journeys.shapes.writer import SUPPORT, Writer, mail, multipart, part, text_head

_ABSENT = (
    "Respuesta automática: {}", "Automatic reply: {}", "Automatische Antwort: {}",
    "Réponse automatique : {}", "Resposta automática: {}", "Autosvar: {}", "自動応答: {}",
)  # fmt: skip
_DAEMON = Person("Mail Delivery System", "MAILER-DAEMON@mx.other.example")


@shape
def absence_in_a_conversation(w: Writer) -> Shaped | None:
    if (talk := w.talk(answered=True)) is None:
        return None
    subject, text = w.chance.choice(_ABSENT).format(talk.subject), w.text()
    lines = ["Auto-Submitted: auto-replied", f"In-Reply-To: <{talk.answers[-1][0]}>"]
    head = w.head(talk.person, subject, key=w.message_id(), returns_to="")
    raw = mail([*head, *lines, *text_head()], text)
    return w.joins(raw, talk.person, subject, talk=talk, kind="auto", says=text)


@shape
def absence_of_nobody(w: Writer) -> Shaped:
    """Only the subject says it, in one of many languages."""
    person, text = w.person(), w.text()
    subject = w.chance.choice(_ABSENT).format("Newsletter")
    raw = mail([*w.head(person, subject, key=w.message_id()), *text_head()], text)
    return w.passes(raw, person, subject)


@shape
def report_of_a_machine(w: Writer) -> Shaped:
    person, subject = Person("Backup", "backup@acme.example"), w.subject()
    head = [*w.head(person, subject, key=w.message_id()), "Auto-Submitted: auto-generated"]
    return w.passes(mail([*head, *text_head()], w.text()), person, subject)


@shape
def newsletter(w: Writer) -> Shaped:
    person, subject = Person("Shop", f"news{w.place}@shop.example"), w.subject()
    lines = ["List-Id: <offers.shop.example>", "List-Unsubscribe: <https://shop.example/u>"]
    lines += ["Precedence: bulk"]
    raw = mail([*w.head(person, subject, key=w.message_id()), *lines, *text_head()], w.text())
    return w.passes(raw, person, subject)


@shape
def person_on_a_list(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    lines = ["List-Id: <users.acme.example>", "List-Post: <mailto:users@acme.example>"]
    raw = mail([*w.head(person, subject, key=key), *lines, "Precedence: list", *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def person_without_a_return_path(w: Writer) -> Shaped:
    """Some mailboxes store people's mails with the null path."""
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    raw = mail([*w.head(person, subject, key=key, returns_to=""), *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def person_who_wants_no_answer(w: Writer) -> Shaped:
    """`X-Auto-Response-Suppress` asks us to be silent; it does not make the mail automatic."""
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    lines = ["X-Auto-Response-Suppress: All", "Auto-Submitted: no", "Importance: high"]
    raw = mail([*w.head(person, subject, key=key), *lines, *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def bounce_of_nothing_of_ours(w: Writer) -> Shaped:
    raw, subject = _bounce(w, f"{w.place}@somewhere.example")
    return w.passes(raw, _DAEMON, subject, kind="bounce", attachments=2)


@shape
def bounce_of_our_answer(w: Writer) -> Shaped | None:
    """It undoes the answer; each answer can come back once."""
    if (talk := w.talk(answered=True)) is None:
        return None
    raw, subject = _bounce(w, talk.answers[-1][0])
    bounced = w.joins(raw, _DAEMON, subject, talk=talk, kind="bounce", attachments=2)
    return _once(talk, bounced)


@shape
def our_own_mail(w: Writer) -> Shaped:
    person, subject = Person("Support", SUPPORT), w.subject()
    raw = mail([*w.head(person, subject, key=w.message_id()), *text_head()], w.text())
    return w.passes(raw, person, subject, kind="human")


def _once(talk: Talk, bounced: Shaped) -> Shaped:
    talk.known += talk.answers
    talk.answers.clear()
    return replace(bounced, after=talk.last)


def _bounce(w: Writer, key: str) -> tuple[bytes, str]:
    subject = "Undelivered Mail Returned to Sender"
    status = "Reporting-MTA: dns; mx.other.example\n\nFinal-Recipient: rfc822; bob@acme.example"
    head, body = multipart(
        "report",
        f"=_report{w.place}",
        part("text/plain; charset=us-ascii", f"The mail could not be delivered ({w.place})."),
        part("message/delivery-status", f"{status}\nAction: failed\nStatus: 5.1.1"),
        part("text/rfc822-headers", f"From: {SUPPORT}\nMessage-ID: <{key}>"),
        more="; report-type=delivery-status",
    )
    lines = w.head(_DAEMON, subject, key=w.message_id(), returns_to="")
    return mail([*lines, "Auto-Submitted: auto-replied", *head], body), subject
