"""What can become of an attempt to deliver a notice, or to call a webhook."""

from datetime import timedelta


class NotDelivered(Exception):
    """The notice did not arrive; the message says why, without secrets and addresses.

    `status`: what a webhook answered, if it did.
    """

    status: int | None = None


class RefusedForGood(NotDelivered):
    """Another attempt would be refused again: a person must look at it."""


class Gone(RefusedForGood):
    """The other side wants no more calls (HTTP status 410)."""


class TryAgain(NotDelivered):
    """Not now. `after`: how long the other side asked to be left alone, if it said so."""

    def __init__(self, words: str, *, after: timedelta | None = None) -> None:
        """`words`: what happened, for the page of the notice."""
        super().__init__(words)
        self.after = after


class ServerAway(TryAgain):
    """Our own mail server takes nothing at present: no other mail would leave either."""


class LineBroke(ServerAway):
    """The line broke while the mail was handed over: it may have arrived."""


class NotInstalled(NotDelivered):
    """This kind of channel needs the package apprise, which is not installed here."""
