"""Words for mailboxes: their troubles, and the steps of their test."""

from django.utils.translation import gettext_lazy as _

# Sentences that plain Python says in English: listed so that the translators see them.
_SENTENCES = (
    _("Nobody knows a server of this name: check how it is spelled."),
    _("The server does not answer: check its name and port, and whether a firewall is between."),
    _(
        "The server's certificate is not trusted: use the name that stands in it, or let the "
        "server's owner renew it."
    ),
    _("The server offers no encryption on this port: use TLS with port 993, or STARTTLS with 143."),
    _("Without encryption only a server on this machine (localhost) is read: choose TLS."),
    _("What answers there is no IMAP server: check the port and the kind of protection."),
    _("This is no address of a mail server: enter its name, such as imap.example.com."),
    _("The user name or the password has characters that this server cannot take."),
    _(
        "The server refuses the user name or the password: enter them again, or make a new "
        "application password."
    ),
    _("The server refuses the access token: allow IMAP for this mailbox, then connect it again."),
    _("The server lets nobody log in this way at present: we try again by ourselves."),
    _("There is no such folder: choose one of those that exist."),
    _("The connection broke off: we connect again by ourselves."),
    _("The server did not carry out a command: we try again by ourselves."),
    _("The provider gives out no more access tokens: connect the mailbox with its account again."),
    _(
        "The provider does not know our client id or secret: check both, the secret may have "
        "expired."
    ),
    _("The tenant must be the id or the domain of your organisation at Microsoft 365."),
    _("The provider of access tokens does not answer as it should: we try again by ourselves."),
    _("Something of our own went wrong: it is in the log, and we try again by ourselves."),
    _("The provider gave us an access token."),
    _("The server answers, and its certificate is in order."),
    _("The server answers. It is on this machine, so nothing is encrypted."),
    _("The server lets us in."),
    _("These folders can be read:"),
    _("The folder of incoming mail can be read. Mails in it:"),
    _("The folder of sent mail can be read. Mails in it:"),
    _("A mail's header can be read. The newest mail came in at:"),
    _("There is no mail yet whose header could be read."),
)
