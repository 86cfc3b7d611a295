"""A worker reads what it needs before its processes part."""

import gc

from celery import signals

from sivo_support.celery import app


def test_a_worker_has_read_everything_before_its_first_mail() -> None:
    from tickets.domain.severity.weights import shipped
    from tickets.inbound.email.phrases import _index

    shipped.cache_clear()
    _index.cache_clear()
    try:
        signals.worker_init.send(sender=app)
        assert (shipped.cache_info().currsize, _index.cache_info().currsize) == (1, 1)
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
