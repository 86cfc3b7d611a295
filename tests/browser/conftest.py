"""The desk in a browser, with Alice logged in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.browser.chromium import Browser, open_browser
from tests.sla.desk_world import NOW, Desk, make_desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=True):
        yield make_desk()


@pytest.fixture
def browser(
    desk: Desk, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Browser]:
    # Playwright runs an event loop in this thread; Django would take our queries for its own.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with open_browser(live_server.url, tmp_path) as browser:
        browser.login(desk.alice)
        yield browser
    assert browser.complaints == []
    assert set(browser.foreign) <= set(browser.answers)
