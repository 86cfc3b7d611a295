"""What can be wrong with a mailbox: each class's docstring is its sentence for the operator."""

from typing import ClassVar

_MAX_DETAIL = 500


class MailTrouble(Exception):
    """The mailbox cannot be read."""

    # Whether the other folders of the mailbox suffer from it too.
    whole_mailbox: ClassVar[bool] = True

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = printable(detail)

    @property
    def sentence(self) -> str:
        """What is wrong and what to do; always the same text, so that it can be translated."""
        return str(self.__doc__)

    def __str__(self) -> str:
        return f"{self.sentence}\n{self.detail}" if self.detail else self.sentence


class UnknownHost(MailTrouble):
    """Nobody knows a server of this name: check how it is spelled."""


class NoAnswer(MailTrouble):
    """The server does not answer: check its name and port, and whether a firewall is between."""


class CertificateRefused(MailTrouble):
    """The server's certificate is not trusted: use the name that stands in it, or let the \
server's owner renew it."""


class NotProtected(MailTrouble):
    """The server offers no encryption on this port: use TLS with port 993, or STARTTLS with 143."""


class PlainRefused(MailTrouble):
    """Without encryption only a server on this machine (localhost) is read: choose TLS."""


class NotAMailServer(MailTrouble):
    """What answers there is no IMAP server: check the port and the kind of protection."""


class ForbiddenAddress(MailTrouble):
    """This is no address of a mail server: enter its name, such as imap.example.com."""


class CredentialsUnusable(MailTrouble):
    """The user name or the password has characters that this server cannot take."""


class LoginRefused(MailTrouble):
    """The server refuses the user name or the password: enter them again, or make a new \
application password."""


class TokenRefused(MailTrouble):
    """The server refuses the access token: allow IMAP for this mailbox, then connect it again."""


class LoginNotPossible(MailTrouble):
    """The server lets nobody log in this way at present: we try again by ourselves."""


class FolderMissing(MailTrouble):
    """There is no such folder: choose one of those that exist."""

    whole_mailbox = False


class ConnectionLost(MailTrouble):
    """The connection broke off: we connect again by ourselves."""

    whole_mailbox = False


class ServerRefused(MailTrouble):
    """The server did not carry out a command: we try again by ourselves."""

    whole_mailbox = False


class ConsentLost(MailTrouble):
    """The provider gives out no more access tokens: connect the mailbox with its account again."""


class ClientRefused(MailTrouble):
    """The provider does not know our client id or secret: check both, the secret may have \
expired."""


class TenantInvalid(MailTrouble):
    """The tenant must be the id or the domain of your organisation at Microsoft 365."""


class ProviderAway(MailTrouble):
    """The provider of access tokens does not answer as it should: we try again by ourselves."""


class OwnTrouble(MailTrouble):
    """Something of our own went wrong: it is in the log, and we try again by ourselves."""

    whole_mailbox = False


def printable(text: str) -> str:
    """A stranger's text on one line: no control characters, 500 characters at most."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(clean.split())[:_MAX_DETAIL]
