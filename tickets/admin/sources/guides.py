"""The tools that mail and webhooks come from: what each needs, and what to click there."""

import shlex
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tickets.admin.sources.chat_guides import CHAT_TOOLS
from tickets.admin.sources.guide import ADDRESS, COMMAND, Step, Tool
from tickets.admin.sources.helpdesk_guides import HELPDESK_TOOLS
from tickets.inbound.tools.call import ToolCredential
from tickets.inbound.tools.table import TOOLS as TOOL_TABLE
from tickets.models import LoginKind, OAuthProvider, Security, Source, SourceKind
from tickets.providers.credentials import Credential
from tickets.providers.table import PROVIDERS

_PASTE_ROUTE = _("Paste this address as the one that mail is posted to:")
_RAW = _("Choose the raw mail where there is a choice: nothing is lost on the way then.")
_TEST = _("Send a mail to the address: it must show up on the source's page within two minutes.")
_BY_PROVIDER = _("Mail that the provider receives for you and posts to us.")

_CHECK = _("Test the source on its page: every step must be passed.")
_PASSWORD: Final = {
    "login_kind": LoginKind.PASSWORD,
    **dict.fromkeys(("oauth_provider", "oauth_tenant", "oauth_client_id"), ""),
    **dict.fromkeys(("new_client_secret", "new_refresh_token"), ""),
}
_OAUTH: Final = {
    "port": 993,
    "security": Security.TLS,
    "login_kind": LoginKind.XOAUTH2,
    "new_password": "",
}

TOOLS: Final[Mapping[str, Tool]] = {
    "imap": Tool(
        kind=SourceKind.EMAIL,
        name=_("Mailbox (IMAP)"),
        what=_("A mailbox on any mail server that we look into with a password."),
        mailbox=_PASSWORD,
        steps=(
            Step(text=_("There is nothing to set up at the mail server.")),
            Step(text=_CHECK),
            Step(text=_TEST),
        ),
    ),
    "microsoft": Tool(
        kind=SourceKind.EMAIL,
        name="Microsoft 365",
        what=_("A mailbox at Microsoft that we look into with OAuth 2."),
        mailbox={
            **_OAUTH,
            "host": "outlook.office365.com",
            "oauth_provider": OAuthProvider.MICROSOFT,
        },
        steps=(
            Step(
                text=_(
                    "In Microsoft Entra register an app with the delegated rights "
                    "IMAP.AccessAsUser.All and offline_access, and make a client secret."
                )
            ),
            Step(text=_("Sign in to the app as the mailbox; the answer holds the refresh token.")),
            Step(text=_CHECK),
            Step(text=_TEST),
        ),
    ),
    "google": Tool(
        kind=SourceKind.EMAIL,
        name="Google Workspace",
        what=_("A mailbox at Google that we look into with OAuth 2."),
        mailbox={
            **_OAUTH,
            "host": "imap.gmail.com",
            "oauth_provider": OAuthProvider.GOOGLE,
            "oauth_tenant": "",
        },
        steps=(
            Step(
                text=_(
                    "In the Google Cloud console make an OAuth client, and give it the scope "
                    "https://mail.google.com/."
                )
            ),
            Step(text=_("Sign in to the app as the mailbox; the answer holds the refresh token.")),
            Step(text=_CHECK),
            Step(text=_TEST),
        ),
    ),
    "pipe": Tool(
        kind=SourceKind.EMAIL,
        name=_("Mail server of your own (pipe)"),
        what=_("A mail server on this machine that hands each mail to a command."),
        steps=(
            Step(text=_("Let the mail server pipe each mail to this command:"), shows=COMMAND),
            Step(text=_("Exit status 75 means: try again later. The README has it for Postfix.")),
            Step(text=_TEST),
        ),
    ),
    "mailgun": Tool(
        kind=SourceKind.MAILGUN,
        name="Mailgun",
        what=_BY_PROVIDER,
        credential=_("HTTP webhook signing key"),
        steps=(
            Step(text=_("In Mailgun open Receiving and make a route for the mail address.")),
            Step(
                text=_("Choose Forward with this address; its end makes Mailgun send raw mail:"),
                shows=ADDRESS,
            ),
            Step(text=_("Copy the HTTP webhook signing key into the field on this source's page.")),
            Step(text=_TEST),
        ),
    ),
    "postmark": Tool(
        kind=SourceKind.POSTMARK,
        name="Postmark",
        what=_BY_PROVIDER,
        steps=(
            Step(text=_("In Postmark open the settings of the server's inbound stream.")),
            Step(text=_("Paste this address as its webhook:"), shows=ADDRESS),
            Step(text=_("Tick “Include raw email content in JSON payload”.")),
            Step(text=_TEST),
        ),
    ),
    "sendgrid": Tool(
        kind=SourceKind.SENDGRID,
        name="SendGrid",
        what=_BY_PROVIDER,
        steps=(
            Step(text=_("In SendGrid open Settings, Inbound Parse, Add Host & URL.")),
            Step(text=_("Paste this address as the destination URL:"), shows=ADDRESS),
            Step(text=_("Tick “POST the raw, full MIME message”.")),
            Step(text=_TEST),
        ),
    ),
    "sparkpost": Tool(
        kind=SourceKind.SPARKPOST,
        name="SparkPost",
        what=_BY_PROVIDER,
        steps=(
            Step(text=_("In SparkPost make a relay webhook for your inbound domain.")),
            Step(text=_("Paste this address as its target:"), shows=ADDRESS),
            Step(text=_TEST),
        ),
    ),
    "mandrill": Tool(
        kind=SourceKind.MANDRILL,
        name="Mandrill",
        what=_BY_PROVIDER,
        credential=_("webhook key"),
        steps=(
            Step(text=_("In Mandrill open Inbound, your domain, Routes.")),
            Step(text=_PASTE_ROUTE, shows=ADDRESS),
            Step(text=_("Copy the key of this webhook into the field on this source's page.")),
            Step(text=_TEST),
        ),
    ),
    "mailjet": Tool(
        kind=SourceKind.MAILJET,
        name="Mailjet",
        what=_BY_PROVIDER,
        steps=(
            Step(text=_("In Mailjet make a parse route (Parse API).")),
            Step(text=_PASTE_ROUTE, shows=ADDRESS),
            Step(text=_TEST),
        ),
    ),
    "mailersend": Tool(
        kind=SourceKind.MAILERSEND,
        name="MailerSend",
        what=_BY_PROVIDER,
        credential=_("secret of the inbound route"),
        steps=(
            Step(text=_("In MailerSend open Domains and add an inbound route.")),
            Step(text=_PASTE_ROUTE, shows=ADDRESS),
            Step(text=_("Copy the route's secret into the field on this source's page.")),
            Step(text=_TEST),
        ),
    ),
    "postal": Tool(
        kind=SourceKind.POSTAL,
        name="Postal",
        what=_BY_PROVIDER,
        credential=_("public key of the server"),
        steps=(
            Step(text=_("In Postal open Routing and add an HTTP endpoint.")),
            Step(text=_PASTE_ROUTE, shows=ADDRESS),
            Step(text=_RAW),
            Step(
                text=_(
                    "Copy the public key (the part p= of the DKIM record that "
                    "“postal default-dkim-record” prints) into the field on this source's page."
                )
            ),
            Step(text=_TEST),
        ),
    ),
    **HELPDESK_TOOLS,
    **CHAT_TOOLS,
    "standard": Tool(
        kind=SourceKind.STANDARD,
        name=_("Standard Webhooks"),
        what=_("A helpdesk or chat tool that keeps its tickets and tells us of each event."),
        steps=(
            Step(text=_("In the tool add a webhook with this address:"), shows=ADDRESS),
            Step(text=_("Sign it with the secret, as Standard Webhooks says.")),
        ),
    ),
}


def tool_of(source: Source) -> Tool:
    """The tool that a source was set up for."""
    if source.kind == SourceKind.EMAIL:
        mailbox = getattr(source, "mailbox", None)
        if mailbox is None:
            return TOOLS["pipe"]
        oauth = mailbox.login_kind == LoginKind.XOAUTH2
        return TOOLS.get(mailbox.oauth_provider if oauth else "", TOOLS["imap"])
    return TOOLS[source.kind]


def credential_of(kind: str) -> Credential | None:
    """What a line of the secrets is; None for Standard Webhooks and for mail that needs none."""
    if kind in TOOL_TABLE:
        basic = TOOL_TABLE[kind].credential is ToolCredential.BASIC
        return Credential.BASIC if basic else Credential.KEY
    return PROVIDERS[kind].credential if kind in PROVIDERS else None


def is_made_here(kind: str) -> bool:
    """Whether we make the secret when nobody brings one; the other side then gets it."""
    if kind in TOOL_TABLE:
        return TOOL_TABLE[kind].credential is not ToolCredential.KEY
    return kind == SourceKind.STANDARD or credential_of(kind) is Credential.BASIC


def hook_address(source: Source, *, credential: str = "") -> str:
    """Where the tool must send to, "" when it does not; a credential stands before the host."""
    if source.kind == SourceKind.EMAIL:
        return ""
    if source.kind == SourceKind.STANDARD:
        path = reverse("tickets:standard-webhook", args=[source.pk])
    else:
        mime = source.kind in PROVIDERS and PROVIDERS[source.kind].suffix == "/mime"
        name = "tickets:mime-webhook" if mime else "tickets:webhook"
        path = reverse(name, args=[source.kind, source.pk])
    address = f"{settings.PUBLIC_URL.rstrip('/')}{path}"
    if not credential:
        return address
    parts = urlsplit(address)
    return parts._replace(netloc=f"{credential}@{parts.netloc}").geturl()


def pipe_command(source: Source) -> str:
    """The command that a mail server hands each mail to."""
    return f"python manage.py ingest_email --source {shlex.quote(source.name)} -"
