"""Stored terms and objectives as pure values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Value

from sla.domain.terms.document import TermsDocument, load_terms_document
from sla.domain.terms.objectives import ObjectivesDocument, load_objectives_document
from sla.models import Objectives, Terms


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version: the hash of its text, and from when it is in force (UTC)."""

    sha256: str
    effective_from: datetime


class TermsMissing(LookupError):
    """No terms are loaded: run `manage.py load_terms`."""


@lru_cache(maxsize=32)
def _terms(sha256: str) -> TermsDocument:
    return load_terms_document(Terms.objects.get(sha256=sha256).document.encode())


@lru_cache(maxsize=32)
def _objectives(sha256: str) -> ObjectivesDocument:
    return load_objectives_document(Objectives.objects.get(sha256=sha256).document.encode())


def terms_with_hash(sha256: str) -> TermsDocument:
    """The stored terms with this hash of their text."""
    return _terms(sha256)


def terms_of(version: str) -> TermsDocument:
    """The stored terms with this version. Raises TermsMissing."""
    row = Terms.objects.filter(version=version).only("sha256").first()
    if row is None:
        raise TermsMissing(f"The terms {version} are not loaded: run `manage.py load_terms`.")
    return _terms(row.sha256)


def loaded_versions() -> tuple[Sequence[Version], Sequence[Version]]:
    """Every loaded version of the terms and of the internal objectives, oldest first: one query."""
    terms, objectives = (
        model.objects.order_by().values_list(Value(kind), "sha256", "effective_from")
        for model, kind in ((Terms, "terms"), (Objectives, "objectives"))
    )
    found: dict[str, list[Version]] = {"terms": [], "objectives": []}
    for kind, sha256, effective_from in terms.union(objectives, all=True):
        found[kind].append(Version(sha256, effective_from))
    for versions in found.values():
        versions.sort(key=lambda version: version.effective_from)
    return found["terms"], found["objectives"]


def terms_in_force(versions: Sequence[Version], at: datetime) -> TermsDocument:
    """The newest terms in force at an instant; before the first version, the first one.

    Raises TermsMissing when none are loaded.
    """
    version = _in_force(versions, at)
    if version is None:
        raise TermsMissing(str(TermsMissing.__doc__))
    return _terms(version.sha256)


def objectives_in_force(versions: Sequence[Version], at: datetime) -> ObjectivesDocument | None:
    """The internal objectives in force at an instant (before the first, the first), if any."""
    version = _in_force(versions, at)
    return _objectives(version.sha256) if version else None


def _in_force(versions: Sequence[Version], at: datetime) -> Version | None:
    if not versions:
        return None
    in_force = [version for version in versions if version.effective_from <= at]
    return in_force[-1] if in_force else versions[0]
