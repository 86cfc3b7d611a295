"""Words for how a message reached us, and for where one of ours stands on its way out."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.labels import in_words
from tickets.models import Message, SendState

LATE_RULES: Mapping[str, Promise] = {
    "late_arrival": gettext_lazy("late arrival"),
    "backlog": gettext_lazy("read late"),
    "first_import": gettext_lazy("first import"),
}
# Clocks of senders are often a few minutes off; that says nothing.
_WORTH_SAYING = timedelta(hours=1)


def words_of(code: str, words: Mapping[str, Promise]) -> str:
    """The words for a code; the code itself when it is newer than this table."""
    return str(words.get(code) or code.replace("_", " "))


def difference(claimed: datetime | None, received: datetime) -> str:
    """How far a sender's own date is from the receipt, when that is more than an hour."""
    if claimed is None or abs(claimed - received) <= _WORTH_SAYING:
        return ""
    if claimed < received:
        return _("%(time)s before it reached us") % {"time": timesince(claimed, received)}
    return _("%(time)s after it reached us") % {"time": timesince(received, claimed)}


def sending_words(message: Message) -> str:
    """Where an answer of ours stands on its way out; "" for what has no way to go."""
    match message.send_state:
        case SendState.WAITING:
            return _("on its way")
        case SendState.SENT if message.accepted_at:
            local = timezone.localtime(message.accepted_at)
            return _("sent %(at)s") % {"at": formats.date_format(local, "D j M H:i")}
        case SendState.SENT:
            return _("sent")
        case _:
            return ""


def trouble_words(message: Message) -> str:
    """Why an answer of ours is still here; "" when nothing is wrong."""
    sentence, _line, name = message.send_error.partition("\n")
    error = f"{in_words(sentence)} ({name})" if name else in_words(sentence)
    if message.send_state == SendState.FAILED:
        return _("This answer could not be sent: %(error)s") % {"error": error}
    if message.send_state == SendState.WAITING and error:
        return _("Sending failed and is tried again: %(error)s") % {"error": error}
    return ""
