"""Deliveries: what arrived and what became of it, without its content; for operators."""

from collections.abc import Mapping
from typing import ClassVar

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from tickets.api import examples
from tickets.api.bases import ApiView, PageQuery, page_class
from tickets.api.fields import InstantField
from tickets.api.paging import Order
from tickets.api.schema import Operation, SerializerClass
from tickets.models import Delivery, DeliveryState, Outcome


class DeliveryOut(serializers.Serializer[Delivery]):
    """One webhook call or raw e-mail, by its fate."""

    id = serializers.IntegerField()
    source = serializers.CharField(source="source.name")  # type: ignore[assignment]
    external_id = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=DeliveryState.values)
    outcome = serializers.ChoiceField(choices=Outcome.values, allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    ticket = serializers.IntegerField(source="ticket_id", allow_null=True)
    size = serializers.IntegerField()
    sha256 = serializers.CharField(source="body_sha256")
    attempts = serializers.IntegerField()
    received_at = InstantField()
    stored_at = InstantField()
    finished_at = InstantField(allow_null=True)


class DeliveryQuery(PageQuery):
    """The filters of the list; all of them must hold."""

    state = serializers.ChoiceField(required=False, choices=DeliveryState.values)
    outcome = serializers.ChoiceField(required=False, choices=Outcome.values)


class DeliveriesView(ApiView):
    """All deliveries."""

    tag = "deliveries"
    scopes: ClassVar[Mapping[str, str]] = {"GET": "read:deliveries"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(
            id="list_deliveries",
            summary="Deliveries, the newest first",
            query=DeliveryQuery,
            answered={"results": [examples.DELIVERY], "next": None},
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """A page."""
        return page_class("DeliveryPage", DeliveryOut)

    def get(self, request: Request) -> Response:
        """What arrived; the quarantine is the filter `state=quarantined`."""
        query = self.query()
        rows = Delivery.objects.select_related("source").defer("body", "headers", "times")
        for name in ("state", "outcome"):
            if name in query:
                rows = rows.filter(**{name: query[name]})
        return self.page(
            rows, Order(), query, lambda found: [DeliveryOut(each).data for each in found]
        )


class OneDeliveryView(ApiView):
    """One delivery."""

    tag = "deliveries"
    scopes: ClassVar[Mapping[str, str]] = {"GET": "read:deliveries"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(id="read_delivery", summary="One delivery", answered=examples.DELIVERY)
    }

    def answer_class(self, method: str) -> SerializerClass:
        """The delivery."""
        return DeliveryOut

    def get(self, request: Request, delivery_id: int) -> Response:
        """A delivery by its fate."""
        self.query()
        rows = Delivery.objects.select_related("source").defer("body", "headers", "times")
        found = rows.filter(pk=delivery_id).first()
        if found is None:
            raise NotFound
        return Response(DeliveryOut(found).data)
