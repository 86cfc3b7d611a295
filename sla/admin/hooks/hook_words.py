"""How webhooks and their calls stand, in shape, colour and words; how a receiver checks them."""

from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sla.admin.words import moment
from sla.domain.hooks.limits import TEST_TYPE
from sla.models import HOOK_TYPE_LABELS, CallState, Hook, HookCall
from sla.operations.hooks.outcomes import Tried
from tickets.admin.marks import mark_html

_CALL_MARKS = {
    CallState.WAITING: ("waiting", "◌"),
    CallState.DELIVERED: ("met", "✓"),
    CallState.GIVEN_UP: ("missed", "■"),
}
# Shown on the page of a webhook and in docs/webhooks.md; a test runs it.
VERIFY_SAMPLE = '''\
import base64, hmac, time


def is_genuine(headers, body, secret):
    """headers: by lower-case name; body: the raw bytes, before anything parses them."""
    at = headers["webhook-timestamp"]
    signed = f"{headers['webhook-id']}.{at}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))
    given = headers["webhook-signature"].encode().split()
    return abs(time.time() - int(at)) < 300 and any(hmac.compare_digest(wanted, g) for g in given)
'''


def hook_mark(hook: Hook) -> SafeString:
    """Whether it works."""
    if not hook.is_active:
        return mark_html("none", "–", _("switched off"))
    if hook.disabled_at is not None:
        words = _("disabled: %(reason)s") % {"reason": hook.get_disabled_reason_display()}
        return mark_html("missed", "■", words)
    if hook.failing_since is not None:
        words = _("failing since %(at)s") % {"at": moment(hook.failing_since)}
        return mark_html("at_risk", "▲", words)
    if hook.delivered_at is not None:
        return mark_html("met", "✓", _("working"))
    return mark_html("none", "○", _("nothing sent yet"))


def hook_advice(hook: Hook) -> str:
    """What to do about a webhook that does not work; empty where there is nothing to do."""
    if not hook.is_active:
        return _("Nothing that happens now is kept for it. Tick “active” to go on.")
    if hook.disabled_at is not None:
        return _(
            "Nothing is sent. What waits, and what happens meanwhile, is kept for 30 days. "
            "Mend the receiver, send a test, then switch it on again."
        )
    if hook.failing_since is not None:
        return _(
            "We go on trying, at longer and longer intervals; after three days without success it "
            "is disabled. Look at the answers below."
        )
    return ""


def hook_target(hook: Hook) -> str:
    """Where it leads; the path may be a secret."""
    try:
        parts = urlsplit(hook.url)
    except ValueError:
        return "…"
    return f"{parts.scheme}://{parts.hostname or ''}/…"


def call_mark(call: HookCall) -> SafeString:
    """Where a call is on its way; one that failed before says so."""
    if call.state == CallState.WAITING and call.last_error:
        return mark_html("at_risk", "▲", _("Tried again later"))
    mark, shape = _CALL_MARKS[CallState(call.state)]
    return mark_html(mark, shape, str(call.get_state_display()))


def type_words(code: str) -> str:
    """What a type of event means."""
    if code == TEST_TYPE:
        return _("A test, by the button")
    return next((str(label) for kind, label in HOOK_TYPE_LABELS.items() if kind == code), code)


def test_words(tried: Tried) -> str:
    """What came of a test."""
    milliseconds = round(tried.took.total_seconds() * 1000)
    if tried.error is None:
        return _("The test was taken: HTTP status %(status)s after %(ms)d ms.") % {
            "status": tried.status,
            "ms": milliseconds,
        }
    return _("The test was not taken, after %(ms)d ms: %(trouble)s") % {
        "ms": milliseconds,
        "trouble": tried.words,
    }


def hook_alarms() -> list[str]:
    """A sentence for each webhook that we had to disable, with the page that tells more."""
    disabled = Hook.objects.filter(is_active=True, disabled_at__isnull=False)
    return [
        format_html(
            '<a href="{}">{}</a>: {}',
            reverse("admin:sla_hook_change", args=[hook.pk]),
            _("Webhook %(name)s") % {"name": hook.name},
            _("disabled: %(reason)s") % {"reason": hook.get_disabled_reason_display()},
        )
        for hook in disabled
    ]
