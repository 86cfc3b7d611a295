"""Real mail servers for the tests: one that takes what we send, one that keeps mailboxes."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tickets.dovecot import Dovecot, dovecot
from tests.tickets.smtp_sink import Sink
from tests.tickets.smtp_sink import mail_server as sink_server


@pytest.fixture
def smtp(settings: Any) -> Iterator[Sink]:
    """It takes mails on this machine, without a fault until it gets one."""
    with sink_server(settings) as sink:
        yield sink


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Dovecot]:
    """A running Dovecot; each test takes a user of its own from it."""
    with dovecot() as server:
        yield server
