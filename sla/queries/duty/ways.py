"""How a person is reached: by channels of their own, and by mail."""

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User

from sla.models import ChannelKind, NoticeChannel, NoticePreference

LANGUAGES = frozenset({"en", "es"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One way to reach somebody: a channel, or a mail to the person or the address."""

    user_id: int | None = None
    channel_id: int | None = None
    address: str = ""
    language: str = "es"

    @property
    def key(self) -> str:
        """The same for the same way, and without the address itself."""
        address = hashlib.sha256(self.address.encode()).hexdigest()[:16] if self.address else ""
        return f"{self.user_id or ''}.{self.channel_id or ''}.{address}"


def ways_of(people: Collection[int]) -> dict[int, list[Addressee]]:
    """Each channel of their own, and a mail to whoever has no mail among these.

    People who left, and those whom nothing reaches, are not in it.
    """
    if not people:
        return {}
    found: dict[int, list[Addressee]] = defaultdict(list)
    own = NoticeChannel.objects.filter(owner__in=people, is_active=True).order_by("pk")
    by_mail = set()
    for channel in own:
        person = channel.owner_id
        if person is None:
            continue
        found[person].append(
            Addressee(user_id=person, channel_id=channel.pk, language=language_of(channel.language))
        )
        if channel.kind == ChannelKind.EMAIL:
            by_mail.add(person)
    languages = dict(
        NoticePreference.objects.filter(person__in=people).values_list("person", "language")
    )
    active = User.objects.filter(pk__in=people, is_active=True)
    emails = dict(active.values_list("pk", "email"))
    for person, email in emails.items():
        if email and person not in by_mail:
            language = language_of(languages.get(person, settings.LANGUAGE_CODE))
            found[person].append(Addressee(user_id=person, language=language))
    return {person: ways for person, ways in found.items() if person in emails}


def mail_way_of(person: int) -> Addressee | None:
    """How a person is reached by mail: their own mail channel, else their address; maybe not."""
    by_mail = NoticeChannel.objects.filter(owner=person, kind=ChannelKind.EMAIL, is_active=True)
    channels = {None, *by_mail.values_list("pk", flat=True)}
    ways = ways_of([person]).get(person, ())
    return next((way for way in ways if way.channel_id in channels), None)


def language_of(code: str) -> str:
    """The language in which we can write to somebody who prefers this one."""
    return code[:2] if code[:2] in LANGUAGES else "en"
