"""Mails that are no mails by any standard: read as far as possible, or put aside."""

from tests.journeys.shapes.shaped import Fate, Shaped, shape
from tests.journeys.shapes.writer import Writer, mail, multipart, part, text_head


def _put_aside(raw: bytes) -> Shaped:
    return Shaped(raw=raw, fate=Fate(outcome="quarantined", kind=None))


@shape
def multipart_without_a_boundary(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    head = [*w.head(person, subject, key=key), "Content-Type: multipart/mixed"]
    return w.opens(mail(head, text), person, subject, key=key, says=text)


@shape
def cut_off_in_the_middle(w: Writer) -> Shaped:
    """The closing boundary and half of the image are missing."""
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    image = part("image/png; name=a.png", "iVBORw0KGgo" * 30, "Content-Transfer-Encoding: base64")
    first = part("text/plain; charset=utf-8", text)
    head, body = multipart("mixed", f"=_cut{w.place}", first, image)
    raw = mail([*w.head(person, subject, key=key), *head], body)[:-250]
    return w.opens(raw, person, subject, key=key, says=text, attachments=1)


@shape
def nested_forty_deep(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    raw = mail([*w.head(person, subject, key=key), *_nested(text, 40)])
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def nested_too_deep(w: Writer) -> Shaped:
    head = w.head(w.person(), w.subject(), key=w.message_id())
    return _put_aside(mail([*head, *_nested(w.text(), 150)]))


@shape
def nul_bytes(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.plain()
    raw = mail([*w.head(person, subject, key=key), *text_head("us-ascii")], f"{text}\x00\n\x00bye")
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def header_without_a_colon(w: Writer) -> Shaped:
    """A line of noise between two good header lines."""
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    head = w.head(person, subject, key=key)
    raw = mail([*head[:4], "this line is no header", *head[4:], *text_head()], text)
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def byte_order_mark(w: Writer) -> Shaped:
    person, subject, text = w.stranger(), w.subject(), w.text()
    return w.opens(b"\xef\xbb\xbf" + _bare(w, subject, text), person, subject, says=text)


@shape
def line_feeds_alone(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    raw = mail([*w.head(person, subject, key=key), *text_head()], text, eol=b"\n")
    return w.opens(raw, person, subject, key=key, says=text)


@shape
def carriage_returns_alone(w: Writer) -> Shaped:
    person, subject, text = w.stranger(), w.subject(), w.text()
    return w.opens(_bare(w, subject, text, eol=b"\r"), person, subject, says=text)


@shape
def line_of_an_mbox(w: Writer) -> Shaped:
    """`From ` stands before the first header."""
    person, subject, text = w.stranger(), w.subject(), w.text()
    line = f"From {person.address} Wed Nov 18 10:00:00 2026\r\n".encode()
    return w.opens(line + _bare(w, subject, text), person, subject, says=text)


@shape
def base64_with_rubbish(w: Writer) -> Shaped:
    person, subject, key = w.person(), w.subject(), w.message_id()
    head = [*w.head(person, subject, key=key), *text_head("utf-8", "base64")]
    raw = mail(head, "SGVsbG8sIHdlIGhhdmUg\n!!*bm8gc2lnbmFs=\n")
    return w.opens(raw, person, subject, key=key, says="Hello, we have no signal")


@shape
def huge_header(w: Writer) -> Shaped:
    head = w.head(w.person(), w.subject(), key=w.message_id())
    return _put_aside(mail([*head, f"X-Long: {'x' * 300_000}"], w.text()))


@shape
def too_many_parts(w: Writer) -> Shaped:
    parts = [part("text/plain", "x")] * 1_001
    head, body = multipart("mixed", f"=_many{w.place}", *parts)
    return _put_aside(mail([*w.head(w.person(), w.subject(), key=w.message_id()), *head], body))


@shape
def nothing_at_all(w: Writer) -> Shaped:
    """Blank lines alone; their number makes each of them another mail."""
    return _put_aside(b"\r\n" * (w.place + 1))


def _bare(w: Writer, subject: str, text: str, *, eol: bytes = b"\r\n") -> bytes:
    """A mail as it was written, without the lines of our server."""
    person = w.stranger()
    head = [f"From: {person.name} <{person.address}>", f"Subject: {subject}"]
    return mail([*head, *text_head()], text, eol=eol)


def _nested(text: str, depth: int) -> list[str]:
    lines = ["MIME-Version: 1.0"]
    for level in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="=_{level}"', "", f"--=_{level}"]
    return [*lines, "Content-Type: text/plain; charset=utf-8", "", text]
