"""Which learnt weights judge: read by the intake, changed by a training or by an operator."""

import logging
from datetime import datetime
from threading import Lock

from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.severity import Weights
from tickets.domain.severity.weights import shipped, unpack
from tickets.models import ModelState, SeverityModel, SeverityModelChange
from tickets.models.advisory import hold_until_commit

logger = logging.getLogger(__name__)

IN_USE = "tickets.severity_model_in_use"
# The last learnt weights that were read, None where they could not be: one table per process.
_read: tuple[str, Weights | None] = ("", None)
_reading = Lock()


class CannotActivate(ValueError):
    """This model cannot judge: it was refused, or it was made beside other shipped weights."""


def weights_in_use() -> Weights | None:
    """The learnt weights that judge, None for the shipped ones; one small query.

    A model made beside other shipped weights waits for the next training. One that cannot be
    read is said once per process and never stops the intake.
    """
    version = version_in_use()
    if not version:
        return None
    if _read[0] != version:
        _load(version)
    known, weights = _read
    return weights if known == version else None


def version_in_use() -> str:
    """The version of the learnt model that judges; empty for the shipped weights."""
    active = SeverityModel.objects.filter(state=ModelState.ACTIVE, base=shipped().version)
    return active.order_by().values_list("version", flat=True).first() or ""


def _load(version: str) -> None:
    global _read  # noqa: PLW0603  (one table per process, not one per batch)
    with _reading:
        if _read[0] == version:
            return
        found = SeverityModel.objects.filter(version=version).values_list("weights", flat=True)
        text = found.first() or ""
        weights: Weights | None = None
        try:
            weights = _checked(text, version)
        except Exception:
            logger.exception(
                "the severity model %s cannot be read: the shipped weights judge", version
            )
        _read = (version, weights)


def _checked(text: str, version: str) -> Weights:
    weights = unpack(text)
    if weights.version != version:
        raise ValueError(f"the weights are those of {weights.version}")
    return weights


@transaction.atomic
def activate_model(*, version: str, user: User, now: datetime) -> None:
    """Has kept weights judge again, or the shipped ones when `version` is empty.

    Doing it twice is doing it once. Raises CannotActivate.
    """
    hold_until_commit(IN_USE)
    if version:
        model = SeverityModel.objects.filter(version=version).first()
        if (
            model is None
            or model.state == ModelState.REFUSED
            or model.base != shipped().version
            or not _is_readable(model)
        ):
            raise CannotActivate(str(CannotActivate.__doc__))
    put_into_use(version=version, user=user, now=now)


def put_into_use(*, version: str, user: User | None, now: datetime) -> None:
    """Changes the states and writes down who did it; the caller holds the lock `IN_USE`."""
    before = (
        SeverityModel.objects.filter(state=ModelState.ACTIVE)
        .values_list("version", flat=True)
        .first()
        or ""
    )
    if before == version:
        return
    SeverityModel.objects.filter(state=ModelState.ACTIVE).update(state=ModelState.KEPT)
    SeverityModel.objects.filter(version=version).update(
        state=ModelState.ACTIVE, activated_at=now, activated_by=user
    )
    SeverityModelChange.objects.create(
        from_version=before or shipped().version,
        to_version=version or shipped().version,
        by=user,
        at=now,
    )


def _is_readable(model: SeverityModel) -> bool:
    try:
        _checked(model.weights, model.version)
    except Exception:  # noqa: BLE001  (whatever is wrong with it, it cannot judge)
        return False
    return True
