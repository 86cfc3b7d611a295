"""Customers: list and read; their agreements are added in `sla.api`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from tickets.api import examples
from tickets.api.bases import ApiView, PageQuery, page_class
from tickets.api.fields import InstantField
from tickets.api.paging import Order
from tickets.api.schema import Operation, SerializerClass
from tickets.api.ticket_fields import PersonOut
from tickets.models import Customer
from tickets.rights import restrict

LANGUAGES = ["es", "en"]


class CustomerOut(serializers.Serializer[Customer]):
    """A company that bought."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    language = serializers.ChoiceField(choices=LANGUAGES)
    csm = PersonOut(allow_null=True)
    created_at = InstantField()


class CustomerView(ApiView):
    """What both addresses of customers share."""

    tag = "customers"
    scopes: ClassVar[Mapping[str, str]] = {"GET": "read:customers"}
    customer_class: ClassVar[SerializerClass] = CustomerOut

    def visible(self) -> QuerySet[Customer]:
        """The customers that the caller may see: decided as for the pages."""
        return restrict(Customer.objects.select_related("csm"), self.caller, "")

    def written(self, customers: Sequence[Customer]) -> list[Any]:
        """Customers as they are answered, in a fixed number of queries."""
        return [self.customer_class(customer).data for customer in customers]


class CustomersView(CustomerView):
    """All customers."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(
            id="list_customers",
            summary="Customers, the newest first",
            query=PageQuery,
            answered={"results": [examples.CUSTOMER], "next": None},
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """A page."""
        return page_class("CustomerPage", self.customer_class)

    def get(self, request: Request) -> Response:
        """The customers that you may see."""
        return self.page(self.visible(), Order(), self.query(), self.written)


class OneCustomerView(CustomerView):
    """One customer."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "GET": Operation(id="read_customer", summary="One customer", answered=examples.CUSTOMER)
    }

    def answer_class(self, method: str) -> SerializerClass:
        """The customer."""
        return self.customer_class

    def get(self, request: Request, customer_id: int) -> Response:
        """A customer with the plan that is in force."""
        self.query()
        found = self.visible().filter(pk=customer_id).first()
        if found is None:
            raise NotFound
        return Response(self.written([found])[0])
