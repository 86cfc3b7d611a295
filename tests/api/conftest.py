"""A desk full of work, seen through the API."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.sla.desk_world import NOW, Desk, make_desk
from tickets.api.limits import forget_counts


@pytest.fixture
def desk(db: None, settings: Any) -> Iterator[Desk]:
    # Tests of the limits set their own; the rest may call as often as they like.
    settings.API_CALLS_PER_KEY = settings.API_CALLS_PER_ADDRESS = 1_000_000
    # Counted in this process alone: no other run's calls, and no Redis to wait for.
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    forget_counts()
    with time_machine.travel(NOW, tick=False):
        yield make_desk()
    forget_counts()
