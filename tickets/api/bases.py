"""What every address of the API shares: limits, the body's size, rights, pages, doing it once."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tickets.api.authentication import IsAllowed, KeyAuthentication, PersonAuthentication
from tickets.api.fields import NumberField, StrictSerializer, TextField
from tickets.api.limits import address_of, take
from tickets.api.paging import MOST, PAGE, Order, page_of
from tickets.api.problems import Problem, as_problem
from tickets.api.schema import KEY, Operation, OperationSchema, SerializerClass
from tickets.models import ApiKey
from tickets.operations.api.calls import earlier_call, hash_of_call, note_call

_JSON = "application/json"
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a call made, by its numbers: enough to write the answer anew."""

    ticket_id: int | None = None
    message_id: int | None = None


class PageQuery(StrictSerializer):
    """What every list takes."""

    cursor = TextField(
        required=False,
        max_length=100,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+$")],
        help_text="From `next` of the page before.",
    )
    limit = NumberField(
        in_query=True, required=False, max_value=MOST, default=PAGE, help_text="Rows of a page."
    )


class ShallowJSONParser(JSONParser):
    """JSON that does not nest beyond all measure."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """What the body says. Raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - it is nested too deeply") from None


class ApiView(APIView):
    """One address."""

    tag: ClassVar[str] = ""
    scopes: ClassVar[Mapping[str, str]] = {}
    operations: ClassVar[Mapping[str, Operation]] = {}

    authentication_classes: Sequence[type[BaseAuthentication]] = (
        KeyAuthentication,
        PersonAuthentication,
    )
    permission_classes: Sequence[type[BasePermission]] = (IsAllowed,)
    parser_classes = (ShallowJSONParser,)
    renderer_classes = (JSONRenderer,)
    schema = OperationSchema()
    http_method_names = ["get", "head", "post"]

    def get_exception_handler(self) -> Callable[[Exception, Mapping[str, Any]], Response]:
        """Every error is a problem."""
        return as_problem

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Counts the call, looks at the body's size, and then at who calls."""
        now = timezone.now()
        take(
            f"address {address_of(request._request)}",  # noqa: SLF001 - no public way to it
            limit=settings.API_CALLS_PER_ADDRESS,
            now=now,
        )
        _check_body(request)
        super().initial(request, *args, **kwargs)
        caller = f"user {request.user.pk}" if request.user.pk is not None else ""
        if isinstance(request.auth, ApiKey):
            caller = f"key {request.auth.pk}"
        if caller:
            take(caller, limit=settings.API_CALLS_PER_KEY, now=now)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Nothing of an answer is kept by anybody on its way."""
        done: Response = super().finalize_response(request, response, *args, **kwargs)
        done["Cache-Control"] = "no-store"
        done["X-Content-Type-Options"] = "nosniff"
        return done

    @property
    def caller(self) -> User:
        """Who calls; only after the rights were looked at."""
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101 - IsAllowed has refused everybody else
        return user

    def answer_class(self, method: str) -> SerializerClass:
        """What the method answers with, for the document."""
        raise NotImplementedError

    def query(self) -> dict[str, Any]:
        """The parameters of the address. Raises ValidationError."""
        asked = self.request.query_params
        twice = [name for name, values in asked.lists() if len(values) > 1]
        if twice:
            raise ValidationError(dict.fromkeys(twice, "Say it once."))
        described = self.operations["GET"].query or StrictSerializer
        return _valid(described(data=asked.dict()))

    def body(self) -> dict[str, Any]:
        """The fields of the body. Raises ValidationError."""
        described = self.operations["POST"].body or StrictSerializer
        return _valid(described(data=self.request.data))

    def page(
        self,
        rows: QuerySet[M],
        order: Order,
        query: Mapping[str, Any],
        written: Callable[[list[M]], list[Any]],
    ) -> Response:
        """One page of rows, and the address of the next."""
        page = page_of(rows, order, cursor=query.get("cursor"), limit=query["limit"])
        after = None
        if page.next_cursor is not None:
            asked = self.request.query_params.copy()
            asked["cursor"] = page.next_cursor
            after = self.request.build_absolute_uri(f"{self.request.path}?{asked.urlencode()}")
        return Response({"results": written(list(page.rows)), "next": after})

    def once(
        self,
        do: Callable[[datetime], Made],
        render: Callable[[Made], Any],
    ) -> Response:
        """Does it in one transaction, and only once per Idempotency-Key; the answer is `render`ed.

        Either all of it happened and is remembered, or nothing: there is no state between.
        """
        now, status = timezone.now(), self.operations["POST"].status
        key = self.request.headers.get("Idempotency-Key")
        with transaction.atomic():
            if key is None:
                return Response(render(do(now)), status=status)
            if re.fullmatch(KEY, key, re.ASCII) is None:
                raise ValidationError(
                    {"Idempotency-Key": "1 to 200 characters of ASCII, no blanks."}
                )
            digest = hash_of_call(
                b"POST",
                self.request.path.encode(),
                self.request._request.body,  # noqa: SLF001
            )
            earlier = earlier_call(user=self.caller, key=key, request_sha256=digest, now=now)
            if earlier is not None:
                made = Made(ticket_id=earlier.ticket_id, message_id=earlier.message_id)
                return Response(
                    render(made), status=earlier.status, headers={"Idempotent-Replayed": "true"}
                )
            made = do(now)
            note_call(
                user=self.caller,
                key=key,
                request_sha256=digest,
                status=status,
                ticket_id=made.ticket_id,
                message_id=made.message_id,
                now=now,
            )
            return Response(render(made), status=status)


def page_class(name: str, row: SerializerClass) -> SerializerClass:
    """How a page of rows is described."""
    return type(
        inline_serializer(
            name,
            {
                "results": row(many=True),
                "next": serializers.URLField(
                    allow_null=True, help_text="The address of the next page; null on the last."
                ),
            },
        )
    )


def _valid(serializer: serializers.Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _check_body(request: Request) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
        raise Problem("length-required", "Send the body with a Content-Length, not in chunks.")
    if not length.isdecimal() or int(length) > settings.API_MAX_BYTES:
        raise Problem("too-large", f"The body may have {settings.API_MAX_BYTES} bytes.")
    if request.method == "POST" and request.content_type.partition(";")[0].strip() != _JSON:
        raise UnsupportedMediaType(request.content_type)
    # Read as it came, before it is understood: its hash tells whether a call is the same.
    _ = request._request.body  # noqa: SLF001


class UnknownView(ApiView):
    """What stands at no address: also an error of the API's."""

    operations: ClassVar[Mapping[str, Operation]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whoever calls: there is nothing."""
        self.format_kwarg = None
        raise Problem("not-found", "There is nothing at this address.")
