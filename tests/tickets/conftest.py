"""A real mail server for the tests that send."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tickets.smtp_sink import Sink, mail_server


@pytest.fixture
def smtp(settings: Any) -> Iterator[Sink]:
    """It takes mails on this machine, without a fault until it gets one."""
    with mail_server(settings) as sink:
        yield sink
