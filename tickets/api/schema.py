"""The OpenAPI document, from what each view says of its operations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from tickets.api.problems import MEDIA_TYPE, TITLES, TYPE_URIS
from tickets.domain.scopes import scope_of

# What a client may choose as its Idempotency-Key.
KEY = r"^[\x21-\x7e]{1,200}$"
SerializerClass = type[serializers.Serializer[Any]]
_ALWAYS = (400, 401, 403, 404, 406, 429, 503)
_OF_A_BODY = (409, 411, 413, 415, 422)
# The command ignores what it does not know, and so does this.
_OPEN = frozenset({"DeadlineRequest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address, as clients read of it."""

    id: str
    summary: str
    query: SerializerClass | None = None
    body: SerializerClass | None = None
    status: int = 200
    sent: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answered: Mapping[str, Any] | None = None


class Described(Protocol):
    """A view that says itself what clients read of it."""

    operations: Mapping[str, Operation]
    scopes: Mapping[str, str]
    tag: str

    def answer_class(self, method: str) -> Any:
        """The serializer of its answer."""


class FieldErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField(help_text="JSON pointer to it; the parameter's name in a query.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem as RFC 9457 describes it."""

    type = serializers.ChoiceField(choices=TYPE_URIS)
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]


class OperationSchema(AutoSchema):
    """Reads `operations` of the view; nothing is guessed."""

    @property
    def _operation(self) -> Operation:
        return cast("Described", self.view).operations[self.method]

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """As clients call it: without the words that tell our classes apart."""
        name: str = super().get_serializer_name(serializer, direction)
        return name.removeprefix("Promised").removesuffix("Out").removesuffix("In")

    def get_operation_id(self) -> str:
        """As the view says."""
        return self._operation.id

    def get_summary(self) -> str:
        """As the view says."""
        return self._operation.summary

    def get_description(self) -> str:  # type: ignore[override]
        """What the method says, and which scope a key needs."""
        view = cast("Described", self.view)
        code = view.scopes.get(self.method, "")
        text = " ".join(str(getattr(view, self.method.lower()).__doc__).split())
        return f"{text} Scope: `{scope_of(code).code}`." if code else text

    def get_tags(self) -> list[str]:
        """The room of the API."""
        return [cast("Described", self.view).tag]

    def get_override_parameters(self) -> list[Any]:
        """The query, and what repeats a call safely."""
        found: list[Any] = [self._operation.query] if self._operation.query else []
        if self.method == "POST":
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "pattern": KEY},
                    OpenApiParameter.HEADER,
                    description="Whatever the client chooses for this call alone. The same call "
                    "with the same key is done once and answered alike for 24 hours.",
                )
            )
        return found

    def get_request_serializer(self) -> Any:
        """The body."""
        return self._operation.body

    def get_response_serializers(self) -> Any:
        """The answer, and the problems."""
        view, operation = cast("Described", self.view), self._operation
        codes = (*_ALWAYS, *(_OF_A_BODY if self.method == "POST" else ()))
        problems: dict[Any, Any] = {
            (code, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, _titles(code))
            for code in sorted(codes)
        }
        answer = OpenApiResponse(view.answer_class(self.method), operation.summary)
        return {operation.status: answer, **problems}

    def get_examples(self) -> list[OpenApiExample]:
        """What the view shows."""
        operation = self._operation
        found = [
            OpenApiExample(name, dict(value), request_only=True)
            for name, value in operation.sent.items()
        ]
        if operation.answered is not None:
            found.append(
                OpenApiExample(
                    operation.summary,
                    operation.answered,
                    response_only=True,
                    status_codes=[str(operation.status)],
                )
            )
        return found


def refuse_unknown_fields(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """What is sent has no field but those that are described."""
    schemas = result["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("Request") and name not in _OPEN:
            schema["additionalProperties"] = False
    _forget_marks(result)
    return result


def _forget_marks(node: Any) -> None:
    """Takes away what drf-spectacular notes for itself."""
    if isinstance(node, dict):
        node.pop("x-spec-enum-id", None)
    if isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            _forget_marks(inner)


def _titles(code: int) -> str:
    titles: Sequence[str] = [title for status, title in TITLES.values() if status == code]
    return "; ".join(titles)
