"""Tickets and messages as the API shows them, and what it takes to write."""

from typing import Any

from rest_framework import serializers

from tickets.api.bases import PageQuery
from tickets.api.fields import (
    EmailField,
    FlagField,
    InstantField,
    NumberField,
    StrictSerializer,
    TextField,
    WrittenField,
)
from tickets.domain.words import AuthorKind, Channel, Severity, SeverityBy, Status, WaitCause
from tickets.models import Message, SendState, Ticket
from tickets.queries import person_name

_TEXT = 100_000
STATUSES = [value.value for value in Status]


class PersonOut(serializers.Serializer[Any]):
    """One of our people."""

    id = serializers.IntegerField()
    name = serializers.SerializerMethodField()

    def get_name(self, user: Any) -> str:
        """As people call them."""
        return person_name(user)


class CustomerRef(serializers.Serializer[Any]):
    """A customer, by name."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class RequesterOut(serializers.Serializer[Any]):
    """Who asked; empty after an erasure."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)


class TicketOut(serializers.Serializer[Ticket]):
    """A ticket as it stands."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    subject = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=STATUSES)
    waits_for = serializers.ChoiceField(
        source="wait_cause", allow_blank=True, choices=[value.value for value in WaitCause]
    )
    severity = serializers.ChoiceField(choices=[value.value for value in Severity])
    severity_set_by = serializers.ChoiceField(
        source="severity_origin", choices=[value.value for value in SeverityBy]
    )
    needs_triage = serializers.BooleanField()
    channel = serializers.ChoiceField(choices=[value.value for value in Channel])
    customer = CustomerRef(allow_null=True)
    requester = RequesterOut(allow_null=True)
    assignee = PersonOut(allow_null=True)
    opened_at = InstantField()
    last_customer_message_at = InstantField(allow_null=True)
    answered_at = InstantField(allow_null=True)
    solved_at = InstantField(allow_null=True)


class FileOut(serializers.Serializer[Any]):
    """A file of a message, without its content."""

    name = serializers.CharField(allow_blank=True)
    type = serializers.CharField(source="media_type", allow_blank=True)
    size = serializers.IntegerField()


class MessageOut(serializers.Serializer[Message]):
    """A public message or an internal note; its texts are empty after an erasure."""

    id = serializers.IntegerField()
    ticket = serializers.IntegerField(source="ticket_id")
    is_public = serializers.BooleanField()
    author_kind = serializers.ChoiceField(choices=[value.value for value in AuthorKind])
    author = serializers.CharField(source="author_name", allow_blank=True)
    at = InstantField()
    text = serializers.CharField(
        source="reply", allow_blank=True, help_text="Without quotes and signature."
    )
    whole_text = serializers.CharField(source="body", allow_blank=True)
    sending = serializers.ChoiceField(
        source="send_state",
        allow_blank=True,
        choices=[value for value in SendState.values if value],
        help_text="Of an answer of ours; it counts once it is sent.",
    )
    files = FileOut(source="attachments", many=True)
    erased_at = InstantField(allow_null=True)


class TicketQuery(PageQuery):
    """The filters of the list; all of them must hold."""

    status = serializers.ChoiceField(required=False, choices=STATUSES)
    severity = serializers.ChoiceField(required=False, choices=[value.value for value in Severity])
    customer = NumberField(in_query=True, required=False, help_text="The number of a customer.")
    changed_since = InstantField(
        required=False, help_text="Something was written into the log at this instant or later."
    )


class RequesterIn(StrictSerializer):
    """Who asks."""

    email = EmailField(max_length=254)
    name = TextField(required=False, allow_blank=True, max_length=200, default="")


class NewTicketIn(StrictSerializer):
    """A ticket in the name of somebody who asked."""

    requester = RequesterIn()
    subject = TextField(required=False, allow_blank=True, max_length=500, default="")
    text = WrittenField(max_length=_TEXT)
    channel = serializers.ChoiceField(
        required=False,
        choices=[value.value for value in Channel],
        default=Channel.HELPDESK.value,
    )
    occurred_at = InstantField(
        required=False,
        help_text="When they asked; kept within the 24 hours before the call.",
    )
    customer = NumberField(
        required=False, help_text="Whose ticket it is, when the address does not say."
    )


class ReplyIn(StrictSerializer):
    """A public answer."""

    text = WrittenField(max_length=_TEXT)
    seen = NumberField(
        required=False,
        min_value=0,
        help_text="The newest public message that you have read: a later one refuses the answer.",
    )


class NoteIn(StrictSerializer):
    """A text for us."""

    text = WrittenField(max_length=_TEXT)


class SeverityIn(StrictSerializer):
    """How severe it is, since when, and why."""

    severity = serializers.ChoiceField(choices=[value.value for value in Severity])
    got_worse = FlagField(
        required=False,
        default=False,
        help_text="True: it counts from now. False: it was misjudged and counts from the start.",
    )
    reason = TextField(required=False, allow_blank=True, max_length=_TEXT, default="")
