"""The chat tools: what each needs, and what to click there, in the words of its own screens."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from tickets.admin.sources.guide import ADDRESS, Step, Tool
from tickets.admin.sources.helpdesk_guides import ENTER_SECRET, TRY_IT
from tickets.models import SourceKind

CHAT_TOOLS: Final[Mapping[str, Tool]] = {
    "slack": Tool(
        kind=SourceKind.SLACK,
        name="Slack",
        what=_("Channels that you share with customers: each thread is a ticket."),
        credential=_("Signing Secret of the app"),
        channel="chat",
        asks=("agent_ids",),
        steps=(
            Step(
                text=_(
                    "At api.slack.com/apps make an app in your workspace. Under Basic Information, "
                    "App Credentials, choose Show and copy the Signing Secret."
                )
            ),
            Step(
                text=_(
                    "Enter it on this source's page before you go on: Slack tries the address at "
                    "once, and an unsigned question gets no answer."
                )
            ),
            Step(
                text=_("Under Event Subscriptions switch Enable Events on. The Request URL:"),
                shows=ADDRESS,
            ),
            Step(
                text=_(
                    "Under Subscribe to bot events add message.channels, message.groups and, if "
                    "reactions shall set a status, reaction_added. Save Changes."
                )
            ),
            Step(
                text=_(
                    "Under OAuth & Permissions add the scopes channels:history and groups:history, "
                    "install the app, and invite it into each channel that you share."
                )
            ),
            Step(
                text=_(
                    "Enter the member ids of your agents, or the id of your workspace, on this "
                    "source's page (profile, More, Copy member ID): whoever is not there counts as "
                    "a customer."
                )
            ),
            Step(
                text=_(
                    "Let somebody of a customer write into such a channel: it must show up on this "
                    "source's page within a minute."
                )
            ),
        ),
    ),
    "chatwoot": Tool(
        kind=SourceKind.CHATWOOT,
        name="Chatwoot",
        what=_("Conversations of a Chatwoot account, version 4.11 or newer."),
        credential=_("secret of the webhook"),
        channel="chat",
        steps=(
            Step(
                text=_(
                    "In Chatwoot open Settings, Integrations, Webhooks, Configure, and choose Add "
                    "new webhook. Paste this address as the Webhook URL:"
                ),
                shows=ADDRESS,
            ),
            Step(
                text=_(
                    "Tick Message created, Conversation Status Changed and Conversation Updated."
                )
            ),
            Step(text=_("Copy the secret that the list shows for the new webhook.")),
            Step(text=ENTER_SECRET),
            Step(
                text=_(
                    "Older versions sign nothing: what they send is refused. Chatwoot sends each "
                    "call only once, so keep an eye on the light of this source."
                )
            ),
            Step(text=TRY_IT),
        ),
    ),
    "intercom": Tool(
        kind=SourceKind.INTERCOM,
        name="Intercom",
        what=_("Conversations and tickets of Intercom."),
        credential=_("Client secret of the app"),
        channel="chat",
        steps=(
            Step(
                text=_(
                    "In Intercom's Developer Hub open your app or make one. Under Configure, Basic "
                    "information, copy the Client secret."
                )
            ),
            Step(text=ENTER_SECRET),
            Step(
                text=_("Under Configure, Webhooks paste this address as the Endpoint URL:"),
                shows=ADDRESS,
            ),
            Step(
                text=_(
                    "Add the topics conversation.user.created, conversation.user.replied, "
                    "conversation.admin.replied, conversation.operator.replied, "
                    "conversation.admin.noted, conversation.admin.closed, "
                    "conversation.admin.opened, conversation.admin.snoozed, "
                    "conversation.admin.unsnoozed and conversation.priority.updated."
                )
            ),
            Step(
                text=_(
                    "If you use tickets, add ticket.created, ticket.contact.replied, "
                    "ticket.admin.replied, ticket.note.created, ticket.state.updated and "
                    "ticket.closed too. Save."
                )
            ),
            Step(text=TRY_IT),
        ),
    ),
    "front": Tool(
        kind=SourceKind.FRONT,
        name="Front",
        what=_("Conversations of Front, told by an app."),
        credential=_("Application secret (signing key) of the app"),
        channel="helpdesk",
        steps=(
            Step(
                text=_(
                    "In Front open Settings, Company, Developers, and make an app. Under Basic "
                    "information copy its signing key."
                )
            ),
            Step(
                text=_(
                    "Enter it on this source's page before you go on: Front tries the address when "
                    "you save."
                )
            ),
            Step(
                text=_("Under Features add Webhooks, and paste this address as the URL:"),
                shows=ADDRESS,
            ),
            Step(
                text=_(
                    "Choose the events inbound received, outbound sent, new comment added, "
                    "conversation archived, conversation reopened and ticket status updated."
                )
            ),
            Step(
                text=_(
                    "A rule's webhook works too, with the API secret of the company: let it send "
                    "the full event. Front never repeats those, so prefer the app."
                )
            ),
            Step(text=TRY_IT),
        ),
    ),
}
