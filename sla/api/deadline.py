"""A deadline from the terms alone: the answers and errors of `manage.py deadline`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sla.api import examples
from sla.api.words import PLANS
from sla.domain.commands.deadline import answer
from tickets.api.bases import ApiView, Made
from tickets.api.fields import InstantField
from tickets.api.problems import Problem
from tickets.api.schema import Operation, SerializerClass
from tickets.domain.jsonlines import answer_line
from tickets.domain.words import Severity


@extend_schema_field({})
class AnyField(serializers.JSONField):
    """Whatever JSON has."""


class DeadlineIn(serializers.Serializer[Any]):
    """One line of the command; further fields are ignored, as there."""

    id = AnyField(required=False, help_text="Comes back with the answer, if it is a scalar.")
    plan = serializers.ChoiceField(choices=PLANS)
    severity = serializers.ChoiceField(
        required=False, allow_null=True, choices=[value.value for value in Severity]
    )
    received = InstantField()
    terms = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Such as 2026-11; else the newest that is in force when it was received.",
    )


class _LineOut(serializers.Serializer[Any]):
    """One span of the receipt."""

    to = InstantField()
    seconds = serializers.FloatField()
    text = serializers.CharField()


DeadlineLineOut: SerializerClass = type("DeadlineLineOut", (_LineOut,), {"from": InstantField()})


class DeadlineOut(serializers.Serializer[Any]):
    """When the first answer is due, and why."""

    id = AnyField()
    metric = serializers.CharField()
    due_at = InstantField()
    calendar = serializers.CharField()
    allowance_seconds = serializers.IntegerField()
    receipt = DeadlineLineOut(many=True)


class DeadlineView(ApiView):
    """First-response deadlines."""

    tag = "deadline"
    scopes: ClassVar[Mapping[str, str]] = {"POST": "deadline"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "POST": Operation(
            id="deadline",
            summary="When a first answer is due, and why",
            body=DeadlineIn,
            sent={"A night of a holiday": examples.DEADLINE},
            answered=examples.ANSWER,
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """The answer of the command."""
        return DeadlineOut

    def post(self, request: Request) -> Response:
        """From the terms alone, without a ticket. What the command refuses is refused in the same
        words (`detail`), with the `id` of the request.
        """
        # The bytes themselves: the command reads numbers and repeated names in its own way.
        said = answer_line(answer, request._request.body)  # noqa: SLF001

        def do(now: datetime) -> Made:
            if "error" in said:
                code = "internal" if said["error"].startswith("internal error") else "no-answer"
                raise Problem(code, said["error"], id=said["id"])
            return Made()

        return self.once(do, lambda _made: said)
