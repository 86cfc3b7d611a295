"""Stored terms, objectives and agreements as pure values."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sla.domain.terms_document import TermsDocument, load_terms_document
from sla.domain.terms_objectives import ObjectivesDocument, load_objectives_document
from sla.models import Agreement, Objectives, Terms


class TermsMissing(LookupError):
    """No terms are loaded: run `manage.py load_terms`."""


@lru_cache(maxsize=32)
def _terms(sha256: str) -> TermsDocument:
    return load_terms_document(Terms.objects.get(sha256=sha256).document.encode())


@lru_cache(maxsize=32)
def _objectives(sha256: str) -> ObjectivesDocument:
    return load_objectives_document(Objectives.objects.get(sha256=sha256).document.encode())


def terms_of(version: str) -> TermsDocument:
    """The stored terms with this version. Raises TermsMissing."""
    row = Terms.objects.filter(version=version).only("sha256").first()
    if row is None:
        raise TermsMissing(f"The terms {version} are not loaded: run `manage.py load_terms`.")
    return _terms(row.sha256)


def terms_at(at: datetime) -> TermsDocument:
    """The newest terms in force at an instant; before the first version, the first one."""
    rows = list(Terms.objects.order_by("effective_from").values_list("sha256", "effective_from"))
    if not rows:
        raise TermsMissing(str(TermsMissing.__doc__))
    in_force = [sha256 for sha256, effective_from in rows if effective_from <= at]
    return _terms(in_force[-1] if in_force else rows[0][0])


def objectives_at(at: datetime) -> ObjectivesDocument | None:
    """The internal objectives in force at an instant (before the first, the first), if any."""
    rows = list(
        Objectives.objects.order_by("effective_from").values_list("sha256", "effective_from")
    )
    if not rows:
        return None
    in_force = [sha256 for sha256, effective_from in rows if effective_from <= at]
    return _objectives(in_force[-1] if in_force else rows[0][0])


def agreements_of(customer_id: int) -> Sequence[Agreement]:
    """All agreements of a customer, oldest first."""
    return list(
        Agreement.objects.filter(customer_id=customer_id)
        .select_related("plan__terms")
        .order_by("starts_at")
    )


def agreement_at(customer_id: int, at: datetime) -> Agreement | None:
    """The agreement in force at an instant."""
    for agreement in agreements_of(customer_id):
        if agreement.starts_at <= at and (agreement.ends_at is None or at < agreement.ends_at):
            return agreement
    return None
