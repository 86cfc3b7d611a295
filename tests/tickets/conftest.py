"""The mail server that the mailbox tests of one test process share."""

from collections.abc import Iterator

import pytest

from tests.tickets.dovecot import Dovecot, dovecot


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Dovecot]:
    """A running Dovecot; each test takes a user of its own from it."""
    with dovecot() as server:
        yield server
