"""What goes wrong with a tool's API, in words."""

from django.utils.translation import gettext_lazy

from tickets.admin.labels import in_words

# Sentences that plain Python says in English: listed so that the translators see them.
_SENTENCES = (
    gettext_lazy("the tool does not accept the token: enter a new one"),
    gettext_lazy("the account of the token lacks a right for this"),
    gettext_lazy("the tool does not accept what was written"),
    gettext_lazy("the tool does not understand the request"),
    gettext_lazy("what was sent is too large for the tool"),
    gettext_lazy("the files take too long on their way to the tool"),
    gettext_lazy("the tool refuses"),
    gettext_lazy("it does not exist there"),
    gettext_lazy("no redirect is followed; enter the final address"),
    gettext_lazy("the tool does not know the account: check the user and the token"),
    gettext_lazy("the account is one of a customer: take one of an agent"),
    gettext_lazy("the tool's answer is larger than 16 MB"),
    gettext_lazy("the tool is too slow"),
    gettext_lazy("the answer of the tool could not be read: is this the address of its API?"),
)


def trouble_text(trouble: str) -> str:
    """What an access says of its trouble, as far as the words are known."""
    status, _colon, sentence = trouble.partition(": ")
    if sentence and status.startswith("HTTP status"):
        return f"{in_words(sentence)} ({status})"
    return in_words(trouble)
