"""The desk in a browser, with Alice logged in."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connections

from tests.browser.chromium import Browser, open_browser, started_chromium
from tests.sla.desk_world import NOW, Desk, make_desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=True):
        yield make_desk()


@pytest.fixture(scope="module")
def chromium(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One browser for a module, and never for longer: what comes next has no event loop."""
    with pytest.MonkeyPatch.context() as patch:
        # Playwright runs one in this thread; Django would take our queries for its own.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with started_chromium(tmp_path_factory.mktemp("chromium")) as started:
            yield started
            # Beside a running loop Django keeps connections of its own.
            connections.close_all()


@pytest.fixture
def browser(chromium: Any, desk: Desk, live_server: Any) -> Iterator[Browser]:
    with open_browser(chromium, live_server.url) as browser:
        browser.login(desk.alice)
        yield browser
    assert browser.complaints == []
    assert set(browser.foreign) <= set(browser.answers)
