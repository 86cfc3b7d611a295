"""What is done in each tool so that deadlines show there, in the words of its own screens."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_OWN_RULES: Final = _(
    "Rules of your own that react to any change of a ticket would react to what we write: leave "
    "this account out in their conditions."
)

GUIDES: Final[Mapping[str, tuple[Promise, ...]]] = {
    "zendesk": (
        _(
            "In Zendesk make an agent for us alone, and an API token under Apps and integrations, "
            "APIs. Enter both where the access to this tool is set up."
        ),
        _(
            "Enter the number of this agent (the last part of the address of its profile) among "
            "the machines on this source's page."
        ),
        _(
            "Fields are optional: in the Admin Center open Objects and rules, Tickets, Fields, and "
            "choose Add field with the type that stands beside each one below."
        ),
        _("Its number stands in the list of fields as Field ID: enter it below."),
        _(
            "Add the field to the form that your agents use: Objects and rules, Tickets, Forms. "
            "Leave it invisible to customers."
        ),
        _OWN_RULES,
    ),
    "jira": (
        _(
            "In Jira make an account for us alone with the role Service Desk Team in the project, "
            "and an API token in its Atlassian account under Security. Enter both where the access "
            "to this tool is set up."
        ),
        _(
            "Enter the id of this account (the last part of the address of its profile) among the "
            "machines on this source's page, and not among your people."
        ),
        _(
            "Fields are optional: open Settings, Issues, Custom fields, Create custom field, with "
            "the type that stands beside each one below, and add it to the screens of the project."
        ),
        _(
            "Open the field's Contexts: the address ends in customFieldId= and a number. Enter "
            "customfield_ and this number below, such as customfield_10041."
        ),
        _OWN_RULES,
    ),
    "chatwoot": (
        _(
            "In Chatwoot make an agent for us alone, and add it to the inboxes. Its Access Token "
            "stands at the end of its Profile Settings; the number of the account stands in the "
            "address after /accounts/. Enter both where the access to this tool is set up."
        ),
        _(
            "Enter the e-mail address of this agent among the machines on this source's page, or "
            "its number, which the test on this page shows."
        ),
        _(
            "Open Settings, Labels and add the two labels sivo_at_risk and sivo_missed: Chatwoot "
            "sets no others."
        ),
        _(
            "Open Settings, Custom Attributes, Add Custom Attribute, Applies to Conversation, with "
            "the type and the key that stand below. What we write shows from then on."
        ),
        _OWN_RULES,
    ),
    "zammad": (
        _(
            "In Zammad make an agent for us alone with full rights in its groups, and a token with "
            "the right ticket.agent under its profile, Token Access. Enter it where the access to "
            "this tool is set up."
        ),
        _(
            "Enter the e-mail address of this agent among the machines on this source's page, or "
            "its number, which the test on this page shows."
        ),
        _(
            "Under Manage, Tags leave Create new tags on, or make sivo_at_risk and sivo_missed "
            "there and switch the tag with the deadline off below."
        ),
        _(
            "Fields are optional: under System, Objects, Ticket choose New Attribute with the type "
            "that stands beside each one below, shown to agents, and then Update database. Enter "
            "its name below."
        ),
        _OWN_RULES,
    ),
}
