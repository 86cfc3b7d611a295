"""A notice by an Apprise URL: chats, SMS, phone calls and paging services.

Only services that have an address of their own are allowed: a URL whose host somebody chooses
would reach into our network. The package is imported when the first such notice leaves.
"""

import html
import logging
import re
import threading
import unicodedata
from collections.abc import Collection
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from sla.notifiers.outcomes import NotInstalled, RefusedForGood, TryAgain
from sla.notifiers.wording import Text

# Services whose host is fixed, by what they are for.
SCHEMES: Final = frozenset(
    {
        *("slack", "gchat", "discord", "tgram", "wxteams", "webex", "threema", "whatsapp"),
        *("pagerduty", "opsgenie", "splunk", "victorops", "ilert", "incidentio", "squadcast"),
        *("spike", "signl4", "pagertree", "firehydrant", "pover"),
        *("twilio", "vonage", "nexmo", "msgbird", "plivo", "clicksend", "sinch", "seven"),
        *("bulksms", "clickatell", "telnyx", "46elks", "elks", "voipms", "sns"),
    }
)
# Microsoft Teams: its workflows run on hosts of these domains.
_WORKFLOWS: Final = frozenset({"workflow", "workflows"})
_WORKFLOW_HOSTS: Final = (".logic.azure.com", ".powerplatform.com")
# What these services show to be copied; Apprise understands it.
_NATIVE: Final = (
    ("hooks.slack.com", "/services/"),
    ("discord.com", "/api/webhooks/"),
    ("chat.googleapis.com", "/v1/spaces/"),
)
_TEMPLATE = re.compile(r"[?&;]\s*[-+:]?template", re.IGNORECASE)
_STATUS = re.compile(r"\berror[=:]\s?([1-5][0-9]{2})\b")
# What services call the field by which they know a repeat.
_REPEAT_FIELDS: Final = ("dedup", "alias")
_SMS: Final = 160
_LEAST_WORDS: Final = 40
_CONNECT_SECONDS, _READ_SECONDS = 4.0, 8.0


class SchemeRefused(ValueError):
    """Channels of this kind are not allowed here; an operator may allow them in the settings."""


def check_url(url: str, extra: Collection[str] = ()) -> str:
    """The scheme of an address that may be used, "https" for a service's own form of it.

    `extra`: further schemes that an operator allows. Raises SchemeRefused.
    """
    scheme, found, rest = url.strip().partition("://")
    scheme = scheme.lower()
    # The package would fetch a template from wherever the address says, our own network and disk
    # included.
    if not found or _TEMPLATE.search(unquote(rest)):
        raise SchemeRefused(SchemeRefused.__doc__)
    if scheme in SCHEMES or scheme in extra:
        return scheme
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        raise SchemeRefused(SchemeRefused.__doc__) from None
    is_workflow = host.endswith(_WORKFLOW_HOSTS)
    if scheme in _WORKFLOWS and is_workflow:
        return scheme
    if scheme == "https" and parts.username is None:
        known = any(host == name and parts.path.startswith(path) for name, path in _NATIVE)
        if known or (is_workflow and "/workflows/" in parts.path):
            return scheme
    raise SchemeRefused(SchemeRefused.__doc__)


def notify(
    *, url: str, text: Text, urgent: bool, key: str = "", extra: Collection[str] = ()
) -> None:
    """Returns when the service took the notice. Raises NotDelivered.

    `key`: the same over all attempts, for services that can tell a repeat by it.
    """
    try:
        check_url(url, extra)
    except SchemeRefused as error:
        raise RefusedForGood(str(error)) from None
    apprise = _package()
    service = apprise.Apprise.instantiate(
        url.strip(), asset=_asset(apprise), suppress_exceptions=True
    )
    if service is None or not _is_allowed(service, extra) or _has_template(service):
        raise RefusedForGood("the service does not understand this address")
    service.socket_connect_timeout = _CONNECT_SECONDS
    service.socket_read_timeout = _READ_SECONDS
    # Whatever the address asks for.
    service.redirects = False
    service.verify_certificate = True
    _name_repeats(service, key)
    title, body = _fitted(text, service)
    kind = apprise.NotifyType.FAILURE if urgent else apprise.NotifyType.INFO
    if _takes_html(service, apprise):
        # What stands in a name is no tag: such a message would be refused.
        title, body = (html.escape(words, quote=False) for words in (title, body))
    with _Overheard() as overheard:
        took = service.notify(title=title, body=body, notify_type=kind)
    if not took:
        raise TryAgain(overheard.words())


def _name_repeats(service: Any, key: str) -> None:
    """A page that was taken and whose answer was lost pages nobody a second time."""
    for name in _REPEAT_FIELDS:
        if key and getattr(service, name, "") is None:
            setattr(service, name, key)


def _takes_html(service: Any, apprise: Any) -> bool:
    known = service.notify_format
    # Of several the first is the one that is used.
    return bool((known[0] if isinstance(known, tuple) else known) == apprise.NotifyFormat.HTML)


def _fitted(text: Text, service: Any) -> tuple[str, str]:
    """Title and body with room for both; else the subject and the link, which hold the essence."""
    room, has_title = int(service.body_maxlen), int(service.title_maxlen) > 0
    if getattr(service, "method", "") == "call":
        # It is read out: nobody can follow a link by ear.
        return "", text.subject
    if len(text.body) + (0 if has_title else len(text.subject) + 2) <= room:
        return text.subject, text.body
    if has_title:
        return text.subject, text.link or text.subject
    subject = text.subject
    if room <= _SMS:
        # One letter that SMS does not know halves the room, and more: "ó", "…".
        subject = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode()
    left = max(room - len(text.link) - 1, _LEAST_WORDS)
    return "", f"{subject[:left]} {text.link}".strip()


def _package() -> Any:
    try:
        import apprise
    except ImportError:
        raise NotInstalled(str(NotInstalled.__doc__)) from None
    return apprise


def _asset(apprise: Any) -> Any:
    return apprise.AppriseAsset(
        app_id="SIVO Support",
        app_desc="SIVO Support",
        app_url="",
        async_mode=False,
        http_redirects=False,
        # No pictures from foreign hosts.
        image_url_mask="",
        image_url_logo="",
        # Nothing is kept on disk.
        storage_mode="memory",
    )


def _is_allowed(service: Any, extra: Collection[str]) -> bool:
    """What the address became is judged once more: a service's own form may mean another one."""
    names = {
        each
        for protocols in (service.protocol, service.secure_protocol)
        for each in ((protocols,) if isinstance(protocols, str) else protocols or ())
    }
    if names & _WORKFLOWS:
        return str(service.host or "").lower().endswith(_WORKFLOW_HOSTS)
    return bool(names & (SCHEMES | set(extra)))


def _has_template(service: Any) -> bool:
    return bool(len(getattr(service, "template", None) or ()))


class _Overheard(logging.Handler):
    """What the package logs in this thread while it sends: it says no more than yes or no."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self._status = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the HTTP status alone: addresses and tokens may stand beside it."""
        if record.thread == self._thread and (found := _STATUS.search(record.getMessage())):
            self._status = found.group(1)

    def words(self) -> str:
        """What is known of the failure."""
        return f"HTTP status {self._status}" if self._status else "the service did not take it"

    def __enter__(self) -> "_Overheard":
        logger = logging.getLogger("apprise")
        logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)
