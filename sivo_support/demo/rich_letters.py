"""A mail as many programs write it: formatted, with a picture in it, one elsewhere, and a file."""

from datetime import datetime
from html import escape

from sivo_support.demo.letters import GREETINGS, new_id, new_mail, support_address
from sivo_support.demo.people import Person
from sivo_support.demo.pictures import bar_chart

_MINUTES = (1.2, 1.1, 1.4, 1.3, 6.8, 9.5, 7.9, 8.8, 6.1, 5.4)
_TOO_LONG = 5.0
_HTML = """\
<html><body style="font-family: Calibri, Arial, sans-serif; color: #222">
<p>{hello}</p>
<p>{text}</p>
<p><img src="cid:{chart}" alt="Minutes until somebody answers"></p>
<table border="1" cellpadding="6" style="border-collapse: collapse">
<tr style="background: #e6eef3"><th>Day</th><th>Calls</th><th>Minutes until answered</th></tr>
<tr><td>Monday</td><td align="right">412</td><td align="right">1.3</td></tr>
<tr><td>Tuesday</td><td align="right">398</td><td align="right" style="color: #b3161b">
<b>7.4</b></td></tr>
</table>
<p>{goodbye}<br><b>{name}</b></p>
<p><img src="https://images.{host}/logo.png" alt="Our logo" width="120" height="32"></p>
</body></html>
"""
_EXPORT = "hour,calls,minutes_until_answered\n" + "".join(
    f"{hour:02},{90 - 4 * place},{minutes}\n"
    for place, (hour, minutes) in enumerate(zip(range(9, 19), _MINUTES, strict=True))
)


def rich_letter(*, person: Person, subject: str, text: str, at: datetime, language: str) -> bytes:
    """A mail to support as text and HTML, with an inline and a remote picture and a CSV file."""
    hello, goodbye = GREETINGS[language]
    host = person.email.rpartition("@")[2]
    chart = f"chart@{host}"
    mail = new_mail(person.address, support_address(), subject, at, new_id(person, at))
    mail.set_content(f"{hello}\n\n{text}\n\n{goodbye}\n{person.name}\n")
    mail.add_alternative(
        _HTML.format(
            hello=escape(hello),
            text=escape(text),
            goodbye=escape(goodbye),
            name=escape(person.name),
            chart=chart,
            host=host,
        ),
        subtype="html",
    )
    html = mail.get_payload(1)
    html.add_related(  # type: ignore[union-attr]  # an EmailMessage, as we have just made it
        bar_chart(_MINUTES, height=150, threshold=_TOO_LONG),
        maintype="image",
        subtype="png",
        cid=f"<{chart}>",
        filename="answer-times.png",
    )
    mail.add_attachment(_EXPORT, subtype="csv", filename="queue-export.csv")
    return mail.as_bytes()
