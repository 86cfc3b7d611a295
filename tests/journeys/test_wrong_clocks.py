"""A worker whose host has a wrong clock: it goes by the database's, and it goes on working."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from django_celery_beat.schedulers import ModelEntry

from sivo_support.celery import app
from sla.models import Clock, Escalation
from tests.sla.escalation_watch import policy
from tests.sla.world import customer, person
from tests.tickets.hooks import arrive, created, helpdesk, minutes
from tickets.models import Delivery, DeliveryState, TicketEvent
from tickets.queries import database_now
from tickets.tasks import drain_deliveries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

# So wrong a host's clock may be before somebody notices.
WRONG = minutes(7)


@pytest.mark.parametrize("wrong_by", [-WRONG, WRONG])
def test_what_a_worker_understands_it_dates_by_the_databases_clock(wrong_by: timedelta) -> None:
    """Ten minutes after its opening no half hour is half over, whatever the host believes."""
    customer("enterprise")
    policy(person("Olga", "operators"))
    began = database_now()
    arrive(helpdesk(), created("T-1", began - minutes(10)), began, process=False)
    with time_machine.travel(timezone.now() + wrong_by):
        assert drain_deliveries() == 1
    ended = database_now()
    assert Delivery.objects.get().state == DeliveryState.PROCESSED
    noted = TicketEvent.objects.values_list("recorded_at", flat=True)
    read = Clock.objects.values_list("read_at", flat=True)
    assert all(began <= at <= ended for at in [*noted, *read])
    assert [row.step_code for row in Escalation.objects.all()] == ["urgent/at-once"]


# Other workers watch; and nobody outside hears that all is well where none does.
NOT_THERE = {"watch the escalations"}


def test_a_worker_that_is_minutes_fast_does_not_throw_away_what_beat_asks_for() -> None:
    """Each worker judges by its own clock whether a task came too late."""
    app.loader.import_default_modules()
    for name, given in settings.CELERY_BEAT_SCHEDULE.items():
        entry = ModelEntry.from_entry(name, app=app, **given)
        assert "expires" not in given.get("options", {}), "beat would not hear of it"
        # What beat does not say, the task itself does.
        expires = entry.options.get("expires", app.tasks[entry.task].expires)
        assert name in NOT_THERE or expires is None or timedelta(seconds=expires) > WRONG, name
