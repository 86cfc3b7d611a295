"""What a person types: text, HTML, or both, in the charsets and encodings of the world."""

import base64
import quopri

from tests.journeys.shapes.shaped import Person, Shaped, shape
from tests.journeys.shapes.writer import Writer, mail, multipart, part, text_head


@shape
def plain_spanish(w: Writer) -> Shaped:
    person, subject, key = w.person(), w.subject(), w.message_id()
    text = f"Buenos días. No podemos recibir llamadas: señal ocupada ({w.place})."
    raw = mail([*w.head(person, subject, key=key), *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def plain_english(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.plain()
    raw = mail([*w.head(person, subject, key=key), *text_head("us-ascii", "7bit")], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def html_only(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.plain()
    page = f"<html><head><style>p {{color: red}}</style></head><body><p>{text}</p></body></html>"
    raw = mail([*w.head(person, subject, key=key), *text_head(kind="html")], page)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def text_and_html(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    head, body = multipart(
        "alternative",
        f"=_alt{w.place}",
        part("text/plain; charset=utf-8", text),
        part("text/html; charset=utf-8", f"<p>{text}</p>"),
    )
    raw = mail([*w.head(person, subject, key=key), *head], body)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def quoted_printable(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    body = quopri.encodestring(text.encode("iso-8859-15"))
    head = [*w.head(person, subject, key=key), *text_head("iso-8859-15", "quoted-printable")]
    return w.opens(mail(head, body), person, subject, key=key, says=text)


@shape
def base64_text(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    body = base64.encodebytes(text.encode())
    head = [*w.head(person, subject, key=key), *text_head("UTF-8", "BASE64")]
    return w.opens(mail(head, body), person, subject, key=key, says=text)


@shape
def latin_1_undeclared(w: Writer) -> Shaped:
    """Neither a charset nor MIME at all; the letters are Windows Latin."""
    person, subject, key = w.person(), w.subject(), w.message_id()
    text = f"La señal está rota, ¿qué hacemos mañana? Aquí sigue igual ({w.place})."
    raw = mail(w.head(person, subject, key=key), text.encode("cp1252"))
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def wrong_charset(w: Writer) -> Shaped:
    """Declared as ASCII, written as UTF-8."""
    person, subject, key = w.person(), w.subject(), w.message_id()
    text = f"Él llamó a las ocho: «línea caída», nº {w.place}."
    raw = mail([*w.head(person, subject, key=key), *text_head("us-ascii")], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def unknown_charset(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    raw = mail([*w.head(person, subject, key=key), *text_head("x-fantasy-9")], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def format_flowed(w: Writer) -> Shaped:
    person, subject, key = w.person(), w.subject(), w.message_id()
    head = [*w.head(person, subject, key=key), *text_head("utf-8; format=flowed")]
    raw = mail(head, f"The call was cut off \nafter ten \nseconds ({w.place}).\n")
    says = f"The call was cut off after ten seconds ({w.place})."
    return w.opens(raw, person, subject, key=key, says=says)


@shape
def very_long_lines(w: Writer) -> Shaped:
    """Far beyond the 998 bytes that SMTP allows."""
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    raw = mail([*w.head(person, subject, key=key), *text_head()], f"{text} {'palabra ' * 5000}")
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def empty_body(w: Writer) -> Shaped:
    person, subject, key = w.person(), w.subject(), w.message_id()
    raw = mail([*w.head(person, subject, key=key), *text_head()])
    return w.opens(raw, person, subject, key=key)


@shape
def signature_and_quote(w: Writer) -> Shaped:
    """A first mail may quote and sign: all of it is kept."""
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    body = f"{text}\n\n-- \n{person.name}\nTel. 600 000 000\n"
    raw = mail([*w.head(person, subject, key=key), *text_head()], body)
    return w.opens(raw, person, subject, key=key, says="Tel. 600 000 000")


@shape
def forwarded_inline(w: Writer) -> Shaped:
    """Whoever forwards it asks; the one who is quoted does not."""
    person, title, key, text = w.person(), w.subject(), w.message_id(), w.text()
    body = (
        f"{text}\n\n---------- Forwarded message ---------\nFrom: Zoe <zoe@other.example>\n"
        f"Date: Mon, 16 Nov 2026 10:00\nSubject: {title}\nTo: <{person.address}>\n\nDoes it work?\n"
    )
    subject = f"Fwd: {title}"
    raw = mail([*w.head(person, subject, key=key), *text_head()], body)
    return w.opens(raw, person, subject, key=key, says="Does it work?")


@shape
def from_a_domain_with_a_tilde(w: Writer) -> Shaped:
    """SMTPUTF8: the letters stand raw in the header."""
    person = Person("Íñigo", f"íñigo{w.place}@mañana.example")
    subject, key, text = f"Señal {w.place}", w.message_id(), w.text()
    raw = mail([*w.head(person, subject, key=key), *text_head()], text)
    return w.opens(raw, person, subject, says=text)
