"""Mails that carry something: files, images, invitations, signatures, other mails."""

import base64
import binascii

from tests.journeys.shapes.shaped import Shaped, shape
from tests.journeys.shapes.writer import Writer, mail, multipart, part, text_head

_PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(64))).decode()
_ENCODED = "Content-Transfer-Encoding: base64"


def _with(w: Writer, kind: str, *parts: str, files: int = 1, more: str = "") -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    first = part("text/plain; charset=utf-8", text)
    head, body = multipart(kind, f"=_mixed{w.place}", first, *parts, more=more)
    raw = mail([*w.head(person, subject, key=key), *head], body)
    return w.opens(raw, person, subject, key=key, says=text, attachments=files)


@shape
def two_attachments(w: Writer) -> Shaped:
    content = f"%PDF-1.4 {w.place}".encode()
    pdf = part(
        "application/pdf",
        base64.encodebytes(content).decode(),
        _ENCODED,
        "Content-Disposition: attachment; filename*=utf-8''informe%20m%C3%B3vil.pdf",
    )
    csv = part("text/csv; name=datos.csv", "uno;dos", "Content-Disposition: attachment")
    return _with(w, "mixed", pdf, csv, files=2)


@shape
def inline_image(w: Writer) -> Shaped:
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.text()
    page = part("text/html; charset=utf-8", f'<p>{text}</p><img src="cid:shot{w.place}">')
    image = part(
        "image/png; name=shot.png",
        _PNG,
        _ENCODED,
        f"Content-ID: <shot{w.place}>",
        "Content-Disposition: inline",
    )
    head, body = multipart("related", f"=_rel{w.place}", page, image)
    raw = mail([*w.head(person, subject, key=key), *head], body)
    return w.opens(raw, person, subject, key=key, says=text, attachments=1)


@shape
def winmail_that_is_none(w: Writer) -> Shaped:
    """Named like Outlook's container, with nothing in it that can be opened."""
    return _with(w, "mixed", part("application/ms-tnef; name=winmail.dat", _PNG, _ENCODED))


@shape
def calendar_invitation(w: Writer) -> Shaped:
    event = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR"
    return _with(w, "alternative", part("text/calendar; method=REQUEST; charset=utf-8", event))


@shape
def signed_with_smime(w: Writer) -> Shaped:
    signature = part("application/pkcs7-signature; name=smime.p7s", _PNG, _ENCODED)
    more = "; protocol=application/pkcs7-signature; micalg=sha-256"
    return _with(w, "signed", signature, more=more)


@shape
def signed_with_pgp(w: Writer) -> Shaped:
    armour = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n-----END PGP SIGNATURE-----"
    more = "; protocol=application/pgp-signature; micalg=pgp-sha512"
    return _with(w, "signed", part("application/pgp-signature", armour), more=more)


@shape
def forwarded_as_attachment(w: Writer) -> Shaped:
    inner = "From: zoe@other.example\nSubject: The mail inside\n\nDoes it work?"
    return _with(w, "mixed", part("message/rfc822", inner))


@shape
def file_inside_the_text(w: Writer) -> Shaped:
    """Old programs write `begin 644 name` into the body."""
    person, subject, key, text = w.person(), w.subject(), w.message_id(), w.plain()
    line = binascii.b2a_uu(f"data {w.place}".encode()).decode()
    body = f"{text}\n\nbegin 644 data.txt\n{line} \nend\n"
    raw = mail([*w.head(person, subject, key=key), *text_head()], body)
    return w.opens(raw, person, subject, key=key, says=text, attachments=1)
