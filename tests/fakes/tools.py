"""The fakes of all tools that can be asked, by the kind of their source."""

from tests.fakes.chatwoot import FakeChatwoot
from tests.fakes.desk import FakeDesk
from tests.fakes.jira import FakeJira
from tests.fakes.zammad import FakeZammad
from tests.fakes.zendesk import FakeZendesk

FAKES: dict[str, type[FakeDesk]] = {
    "zendesk": FakeZendesk,
    "jira": FakeJira,
    "chatwoot": FakeChatwoot,
    "zammad": FakeZammad,
}
