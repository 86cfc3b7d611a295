"""What the tests of this folder share: a mail server, and a tool with its source and its access."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.desk import FakeDesk
from tests.fakes.tools import FAKES
from tests.tickets.dovecot import Dovecot, dovecot
from tests.tickets.tool_looks import NOW, access_to, source_of
from tickets.models import Source, ToolAccess


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Dovecot]:
    """A running Dovecot; each test takes a user of its own from it."""
    with dovecot() as server:
        yield server


@pytest.fixture
def loopback(settings: Any) -> None:
    """A tool on this machine may be asked."""
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def kind() -> str:
    """Zendesk, where it does not matter."""
    return "zendesk"


@pytest.fixture
def tool(kind: str, loopback: None) -> Iterator[FakeDesk]:
    """The tool, listening."""
    fake = FAKES[kind](clock=NOW)
    with fake.running():
        yield fake


@pytest.fixture
def source(kind: str) -> Source:
    """Its source."""
    return source_of(kind)


@pytest.fixture
def access(tool: FakeDesk, source: Source) -> ToolAccess:
    """With what it is asked."""
    return access_to(tool, source)
