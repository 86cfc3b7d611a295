"""The mails that both sides read: plain text, seven in ten open a ticket, three answer one."""

import textwrap
from dataclasses import dataclass
from random import Random

# A reply comes at least this many mails after what it answers: two workers never swap the two.
DISTANCE = 200
_COMPANIES = 40
_PEOPLE = ("bob", "dora", "erik", "fran", "gema")
_SUBJECTS = (
    "Centralita", "No entran llamadas", "Invoice of October", "Music on hold", "Extension 214",
    "Panel de supervisores", "Call recording", "Alta de un agente", "Cola de ventas", "IVR",
)  # fmt: skip
# Spanish and English take turns.
_SENTENCES = (
    "No podemos recibir llamadas desde las nueve de la mañana en la sede de Valencia.",
    "The supervisors' dashboard does not show the calls that wait in the second queue.",
    "¿Cómo exporto el informe de llamadas del mes pasado a una hoja de cálculo?",
    "We would like to add two agents to the team that answers in English.",
    "El audio se corta cuando transferimos una llamada a la extensión 214.",
    "Please tell us when the recording of yesterday's conversations will be available.",
    "Hemos reiniciado los teléfonos y sigue igual; solo falla con los móviles.",
    "The music on hold is too loud compared with the welcome message.",
    "Adjuntaremos las capturas en cuanto las tenga el compañero de informática.",
    "It is not urgent, but we would like to have it before the campaign begins.",
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One raw mail; `answers` is the place of the mail that it answers, None when it opens."""

    raw: bytes
    message_id: str
    answers: int | None


def plain_mails(count: int, seed: int = 2026) -> list[Mail]:
    """`count` mails in the order in which they are received; the same ones for the same seed."""
    chance = Random(seed)
    replies = min(count * 3 // 10, max(0, count - DISTANCE) // 2)
    openings = count - replies
    mails: list[Mail] = []
    opened: list[int] = []
    for place in range(count):
        # The openings that no reply needs to wait for come first, the rest alternate.
        if place < openings - replies or (place - openings + replies) % 2 == 0:
            opened.append(place)
            mails.append(_mail(chance, place, None, mails))
        else:
            answers = opened[(place - openings + replies) // 2]
            mails.append(_mail(chance, place, answers, mails))
    return mails


def domains() -> list[str]:
    """The domains of the companies that write."""
    return [f"company{number}.example" for number in range(_COMPANIES)]


def _mail(chance: Random, place: int, answers: int | None, mails: list[Mail]) -> Mail:
    message_id = f"<{place}.{chance.getrandbits(48):x}@mail.example>"
    # A conversation is in one language, as conversations are.
    language = (place if answers is None else answers) % 2
    body = " ".join(chance.choices(_SENTENCES[language::2], k=chance.randint(4, 10)))
    lines = textwrap.wrap(body, 76)
    if answers is None:
        person, company = chance.choice(_PEOPLE), chance.randrange(_COMPANIES)
        sender = f"{person.title()} <{person}@company{company}.example>"
        head = [f"From: {sender}", f"Subject: {chance.choice(_SUBJECTS)} {place}"]
    else:
        first = mails[answers]
        fields = first.raw.decode().split("\r\n")
        subject = fields[1].removeprefix("Subject: ")
        head = [fields[0], f"Subject: Re: {subject}"]
        head += [f"In-Reply-To: {first.message_id}", f"References: {first.message_id}"]
        lines += ["", "On Monday, Alice wrote:", "> We are looking into it.", "> Alice"]
    at = f"{9 + place // 3600 % 10:02}:{place // 60 % 60:02}:{place % 60:02}"
    head += [
        "To: support@sivocenter.com", f"Message-ID: {message_id}",
        f"Date: Mon, 23 Nov 2026 {at} +0100",
        "MIME-Version: 1.0", 'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 8bit",
    ]  # fmt: skip
    return Mail("\r\n".join([*head, "", *lines, ""]).encode(), message_id, answers)
