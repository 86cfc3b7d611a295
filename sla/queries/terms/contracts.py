"""What every reading of clocks looks things up in, loaded once for many tickets."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.domain.terms.document import TermsDocument
from sla.domain.terms.objectives import ObjectivesDocument
from sla.models import Agreement
from sla.queries.terms.calendars import current_calendars
from sla.queries.terms.terms import (
    Version,
    loaded_versions,
    objectives_in_force,
    terms_in_force,
    terms_with_hash,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """Terms, objectives, calendars, and the agreements of some customers, oldest first."""

    terms: Sequence[Version]
    objectives: Sequence[Version]
    calendars: Mapping[str, str]
    agreements: Mapping[int, Sequence[Agreement]]

    def terms_at(self, at: datetime) -> TermsDocument:
        """The newest terms in force at an instant. Raises TermsMissing when none are loaded."""
        return terms_in_force(self.terms, at)

    def objectives_at(self, at: datetime) -> ObjectivesDocument | None:
        """The internal objectives in force at an instant, if any are loaded."""
        return objectives_in_force(self.objectives, at)

    def agreements_of(self, customer_id: int | None) -> Sequence[Agreement]:
        """All agreements of a customer, oldest first; none for nobody."""
        return () if customer_id is None else self.agreements.get(customer_id, ())


def signed_terms(agreement: Agreement) -> TermsDocument:
    """The terms that an agreement pins."""
    return terms_with_hash(agreement.plan.terms.sha256)


def load_contracts(customer_ids: Collection[int | None]) -> Contracts:
    """In three queries, however many customers there are."""
    found: dict[int, list[Agreement]] = defaultdict(list)
    ids = {pk for pk in customer_ids if pk is not None}
    if ids:
        rows = Agreement.objects.filter(customer_id__in=ids).select_related("plan__terms")
        for agreement in rows.defer("plan__terms__document").order_by("starts_at"):
            found[agreement.customer_id].append(agreement)
    terms, objectives = loaded_versions()
    return Contracts(
        terms=terms,
        objectives=objectives,
        calendars=current_calendars(),
        agreements=found,
    )
