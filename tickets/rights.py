"""Whose rows a person may see: decided here alone, for the pages and for the API."""

from typing import TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)

GROUPS_THAT_SEE_ALL = frozenset({"agents", "operators"})


def sees_everything(user: User | AnonymousUser) -> bool:
    """Agents, operators and superusers see every customer; everybody else only their own."""
    known = user.__dict__.get("sees_everything")
    if known is None:
        known = bool(user.is_active) and (
            user.is_superuser
            or not GROUPS_THAT_SEE_ALL.isdisjoint(user.groups.values_list("name", flat=True))
        )
        # One query per request: the user object lives as long as the request.
        user.__dict__["sees_everything"] = known
    return bool(known)


def restrict(rows: QuerySet[M], user: User | AnonymousUser, customer_path: str) -> QuerySet[M]:
    """The rows of the customers that a person may see; `customer_path` leads to the customer."""
    if sees_everything(user):
        return rows
    prefix = f"{customer_path}__" if customer_path else ""
    return rows.filter(**{f"{prefix}csm": user.pk})
