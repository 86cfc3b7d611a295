"""Words for how a message reached us, and for where one of ours stands on its way out."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import Message, SendState

RECEIPT_RULES: Mapping[str, Promise] = {
    "arrival": gettext_lazy("when it arrived here"),
    "now": gettext_lazy("when we took it in: no server of ours had dated it"),
    "own_server": gettext_lazy("dated by our own mail server"),
    "internaldate": gettext_lazy("dated by the server of the mailbox"),
    "future": gettext_lazy("when we took it in: its date lay in the future"),
    "backlog": gettext_lazy("dated by our server, though we read the mailbox late"),
    "first_import": gettext_lazy("dated by our server, at the first import of the mailbox"),
    "late_arrival": gettext_lazy("when we took it in: its date was too old to be trusted"),
    "signed": gettext_lazy("signed by the mail provider"),
}
LATE_RULES: Mapping[str, Promise] = {
    "late_arrival": gettext_lazy("late arrival"),
    "backlog": gettext_lazy("read late"),
    "first_import": gettext_lazy("first import"),
}
CANDIDATES: Mapping[str, Promise] = {
    "first_trusted_received": gettext_lazy("our first mail server"),
    "internaldate": gettext_lazy("the server of the mailbox"),
    "savedate": gettext_lazy("put into this folder"),
    "fetched_at": gettext_lazy("taken in by us"),
    "signed_at": gettext_lazy("signed by the mail provider"),
    "arrived_at": gettext_lazy("arrived here"),
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
            return _("waits to be sent")
        case SendState.SENT if message.accepted_at:
            local = timezone.localtime(message.accepted_at)
            return _("sent %(at)s") % {"at": formats.date_format(local, "D j M H:i")}
        case SendState.SENT:
            return _("sent")
        case _:
            return ""


def trouble_words(message: Message) -> str:
    """Why an answer of ours is still here; "" when nothing is wrong."""
    if message.send_state == SendState.FAILED:
        return _("This answer could not be sent: %(error)s") % {"error": message.send_error}
    if message.send_state == SendState.WAITING and message.send_error:
        return _("Sending failed and is tried again: %(error)s") % {"error": message.send_error}
    return ""
