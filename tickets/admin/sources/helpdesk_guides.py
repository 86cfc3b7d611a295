"""The helpdesk tools: what each needs, and what to click there, in the words of its own screens."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from tickets.admin.sources.guide import ADDRESS, BODY, SECRET, USER, Step, Tool
from tickets.models import SourceKind

TRY_IT: Final = _(
    "Open a ticket there as a customer would: it must show up on this source's page within a "
    "minute."
)
ENTER_SECRET: Final = _("Enter it on this source's page, if you have not done so yet.")

HELPDESK_TOOLS: Final[Mapping[str, Tool]] = {
    "zendesk": Tool(
        kind=SourceKind.ZENDESK,
        name="Zendesk",
        what=_("Ticket events of Zendesk Support, and a trigger that tells of new tickets."),
        credential=_("signing secret of the webhook"),
        channel="helpdesk",
        steps=(
            Step(
                text=_(
                    "In Zendesk's Admin Center open Apps and integrations, Actions and webhooks, "
                    "Webhooks, and choose Create webhook. Connect it to Trigger or automation."
                )
            ),
            Step(
                text=_(
                    "Paste this address as the Endpoint URL. Request method POST, request format "
                    "JSON, no authentication:"
                ),
                shows=ADDRESS,
            ),
            Step(text=_("When it is made, choose Reveal secret and copy the signing secret.")),
            Step(text=ENTER_SECRET),
            Step(
                text=_(
                    "Under Objects and rules, Business rules, Triggers make a trigger with the "
                    "condition Ticket is Created and the action Notify active webhook. Its body:"
                ),
                shows=f"{BODY}trigger",
            ),
            Step(
                text=_(
                    "Make a second webhook with the same address, this time connected to Zendesk "
                    "events. Choose the ticket events Comment added, Status changed and Priority "
                    "changed."
                )
            ),
            Step(
                text=_(
                    "It has a signing secret of its own: add it on this source's page as well. "
                    "Both stay accepted as long as you do not drop the older one."
                )
            ),
            Step(text=TRY_IT),
        ),
    ),
    "jira": Tool(
        kind=SourceKind.JIRA,
        name="Jira Service Management",
        what=_("Requests of a Jira Service Management project in the cloud."),
        channel="helpdesk",
        asks=("agent_ids",),
        steps=(
            Step(
                text=_(
                    "In Jira open Settings, System, WebHooks and choose Create a WebHook. Paste "
                    "this address as the URL:"
                ),
                shows=ADDRESS,
            ),
            Step(
                text=_("Paste this as the Secret, without which nothing is signed:"), shows=SECRET
            ),
            Step(
                text=_(
                    "As JQL write project = and the key of the service project. Tick Issue created "
                    "and updated, and Comment created. Leave Exclude body off."
                )
            ),
            Step(
                text=_(
                    "Jira's own webhook does not say for sure whether a customer sees a comment. "
                    "So in the project's settings open Automation, Create rule, with the trigger "
                    "Issue commented (All comments) and the action Send web request, method POST, "
                    "to this address:"
                ),
                shows=ADDRESS,
            ),
            Step(text=_("Give it a header X-Sivo-Secret with this value:"), shows=SECRET),
            Step(
                text=_("Choose Custom data as the web request body, and paste:"),
                shows=f"{BODY}automation",
            ),
            Step(
                text=_(
                    "Enter the account ids of all your agents on this source's page (the last part "
                    "of the address of each one's profile): who is not there counts as a customer."
                )
            ),
            Step(text=TRY_IT),
        ),
    ),
    "zammad": Tool(
        kind=SourceKind.ZAMMAD,
        name="Zammad",
        what=_("Tickets of Zammad, told by a trigger."),
        channel="helpdesk",
        steps=(
            Step(
                text=_(
                    "In Zammad open Manage, Webhook, New Webhook, and paste this address as the "
                    "Endpoint:"
                ),
                shows=ADDRESS,
            ),
            Step(text=_("Paste this as the HMAC SHA1 Signature Token:"), shows=SECRET),
            Step(
                text=_(
                    "Leave SSL verification on and Custom Payload off: the payload that Zammad "
                    "makes by itself is the one that is read here."
                )
            ),
            Step(
                text=_(
                    "Under Manage, Trigger make a trigger called sla-tracker: Activated by Action, "
                    "Action execution Always, condition Action is created or updated, execute "
                    "changes Webhook, and choose the new one."
                )
            ),
            Step(text=TRY_IT),
        ),
    ),
    "freshdesk": Tool(
        kind=SourceKind.FRESHDESK,
        name="Freshdesk",
        what=_("Tickets of Freshdesk, told by automation rules."),
        channel="helpdesk",
        steps=(
            Step(
                text=_(
                    "In Freshdesk open Admin, Workflows, Automations. Under Ticket Creation make a "
                    "rule for every ticket with the action Trigger Webhook: request type POST, "
                    "this URL:"
                ),
                shows=ADDRESS,
            ),
            Step(text=_("Tick Requires Authentication, and enter this Username:"), shows=USER),
            Step(text=_("And this Password:"), shows=SECRET),
            Step(
                text=_("Encoding JSON, Content Advanced, and paste this body:"),
                shows=f"{BODY}ticket_created",
            ),
            Step(
                text=_(
                    "Under Ticket Updates make five more rules, each with the same URL, user and "
                    "password. First: performed by Requester, event Reply is sent, with this body:"
                ),
                shows=f"{BODY}customer_replied",
            ),
            Step(text=_("Performed by Agent, event Reply is sent:"), shows=f"{BODY}agent_replied"),
            Step(
                text=_("Performed by Agent, event Note is added, type Private:"),
                shows=f"{BODY}note_added",
            ),
            Step(
                text=_("Performed by Agent or requester, event Status is changed:"),
                shows=f"{BODY}status_changed",
            ),
            Step(
                text=_("Performed by Agent or requester, event Priority is changed:"),
                shows=f"{BODY}priority_changed",
            ),
            Step(text=TRY_IT),
        ),
    ),
    "helpscout": Tool(
        kind=SourceKind.HELPSCOUT,
        name="Help Scout",
        what=_("Conversations of Help Scout."),
        channel="helpdesk",
        steps=(
            Step(
                text=_(
                    "In Help Scout open Manage, Apps, Webhooks and install it. Paste this address "
                    "as the Callback URL:"
                ),
                shows=ADDRESS,
            ),
            Step(text=_("Paste this as the Secret Key:"), shows=SECRET),
            Step(
                text=_(
                    "Tick the conversation events Created, Customer Reply, Agent Reply, Note "
                    "Created and Status Updated; payload version V2."
                )
            ),
            Step(
                text=_(
                    "Help Scout knows no priority: the text of each message decides how severe it "
                    "is."
                )
            ),
            Step(text=TRY_IT),
        ),
    ),
}
