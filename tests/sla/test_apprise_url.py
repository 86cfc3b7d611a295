"""Notices by Apprise URLs: which are allowed, and what leaves, through the real package."""

import importlib.util
import json
import sys
from collections.abc import Iterator

import pytest

from sla.notifiers.apprise_url import SchemeRefused, check_url, notify
from sla.notifiers.outcomes import NotInstalled, RefusedForGood, TryAgain
from sla.notifiers.wording import Text
from tests.sla.hook_server import Hooks, hook_server

# The package's own, while it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TEXT = Text("S1 SIVO-1001: first response due in 6 min", "What: …\nWho: Acme")
JSON = frozenset({"json"})
IS_THERE = importlib.util.find_spec("apprise") is not None
needs_apprise = pytest.mark.skipif(
    not IS_THERE, reason="NO APPRISE HERE: install the package to test chat, SMS and paging"
)
WORKFLOW = (
    "https://prod-12.westeurope.logic.azure.com:443/workflows/0123456789abcdef0123456789abcdef"
    "/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
    "&sig=abcdefghijklmnopqrstuvwxyz-ABCDEFGH"
)
TWILIO = "twilio://AC00000000000000000000000000000000:0123456789abcdef0123456789abcdef@15551234567"
SERVICES = {
    "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "teams": WORKFLOW,
    "pagerduty": "pagerduty://AAAA1234567890AAAA1234567890AAAA@BBBB",
    "sms": f"{TWILIO}/15557654321",
    "phone": f"{TWILIO}/15557654321?method=call",
    "telegram": "tgram://123456789:abcdefg_hijklmnop/12315544",
    "opsgenie": "opsgenie://8b799edf-6f98-4d3a-9be7-2862fb4e5752",
}


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hook_server() as server:
        yield server


@pytest.mark.parametrize("url", SERVICES.values(), ids=SERVICES.keys())
def test_known_services_are_allowed(url: str) -> None:
    assert check_url(url)


@needs_apprise
@pytest.mark.parametrize("url", SERVICES.values(), ids=SERVICES.keys())
def test_the_package_understands_the_services_that_are_allowed(url: str) -> None:
    import apprise

    assert apprise.Apprise.instantiate(url, suppress_exceptions=True) is not None


@pytest.mark.parametrize(
    "url",
    [
        *(
            "json://10.0.0.1/",
            "xml://localhost/",
            "form://x/",
            "apprise://x/t",
            "file:///etc/passwd",
        ),
        *("syslog://", "dbus://", "mailto://u:p@x.example", "mmosts://inside/t", "ntfy://inside/t"),
        *(
            "workflow://10.0.0.1/a/b",
            "https://10.0.0.1/workflows/x",
            "slack",
            "",
            "https://",
            "://x",
        ),
        *(
            "https://hooks.slack.com.evil.example/services/a",
            "https://u@hooks.slack.com/services/a",
        ),
        "https://evil.example/.logic.azure.com/workflows/x",
        "http://hooks.slack.com/services/a",
        # The package would fetch the template for us, from our own network or disk.
        *(
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=http://127.0.0.1:1/x",
            "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/?x=1&TEMPLATE=/etc/passwd",
            "tgram://123456789:alphanumeric/-9/?%74emplate=http://10.0.0.1/",
            "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajk?template=file:///x",
        ),
    ],
)
def test_a_url_whose_host_somebody_chooses_is_refused(url: str) -> None:
    with pytest.raises(SchemeRefused):
        check_url(url)
    with pytest.raises(RefusedForGood):
        notify(url=url, text=TEXT, urgent=True)


def test_without_the_package_a_notice_waits_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(NotInstalled, match="apprise"):
        notify(url=SERVICES["pagerduty"], text=TEXT, urgent=True)


@needs_apprise
def test_the_text_arrives_once(hooks: Hooks) -> None:
    notify(url=f"json://127.0.0.1:{hooks.port}/in", text=TEXT, urgent=True, extra=JSON)
    (call,) = hooks.calls
    told = json.loads(call.body)
    assert told["title"] == TEXT.subject
    assert told["message"] == TEXT.body
    assert told["type"] == "failure"


@needs_apprise
@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_a_refusal_is_told_by_its_status_alone(hooks: Hooks, status: int) -> None:
    hooks.answers = [(status, {})]
    with pytest.raises(TryAgain) as trouble:
        notify(
            url=f"json://me:secret@127.0.0.1:{hooks.port}/in", text=TEXT, urgent=True, extra=JSON
        )
    assert str(trouble.value) == f"HTTP status {status}"


@needs_apprise
def test_no_redirect_is_followed_whatever_the_address_asks_for(hooks: Hooks) -> None:
    hooks.answers = [(307, {"Location": f"http://127.0.0.1:{hooks.port}/elsewhere"})]
    with pytest.raises(TryAgain):
        notify(
            url=f"json://127.0.0.1:{hooks.port}/in?redirect=yes",
            text=TEXT,
            urgent=True,
            extra=JSON,
        )
    assert [call.path for call in hooks.calls] == ["/in"]


@needs_apprise
def test_nobody_listens(hooks: Hooks) -> None:
    with pytest.raises(TryAgain):
        notify(url="json://127.0.0.1:1/in", text=TEXT, urgent=False, extra=JSON)
