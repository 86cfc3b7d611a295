"""Customers with the plan that they are on: the final addresses."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sla.api.words import PLANS
from sla.models import Agreement
from tickets.api import customers as conversation
from tickets.api.customers import CustomerOut
from tickets.api.schema import SerializerClass
from tickets.models import Customer


class PromisedCustomerOut(CustomerOut):
    """A company that bought, and what."""

    plan = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=PLANS, allow_null=True))
    def get_plan(self, customer: Customer) -> str | None:
        """Of the agreement in force; null without one."""
        found: str | None = self.context["plans"].get(customer.pk)
        return found


class _Promised(conversation.CustomerView):
    """What the promises add to every address that answers with customers."""

    customer_class: ClassVar[SerializerClass] = PromisedCustomerOut

    def written(self, customers: Sequence[Customer]) -> list[Any]:
        """With the plans in force, in one query for all."""
        now = timezone.now()
        in_force = Agreement.objects.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now, customer__in=customers
        ).order_by()
        context = {"plans": dict(in_force.values_list("customer_id", "plan__code"))}
        return [self.customer_class(customer, context=context).data for customer in customers]


class CustomersView(_Promised, conversation.CustomersView):
    """All customers."""


class OneCustomerView(_Promised, conversation.OneCustomerView):
    """One customer."""
