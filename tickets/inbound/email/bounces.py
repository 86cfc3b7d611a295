"""Delivery failures: how one is told. Structure counts first, then the sender, then words."""

import re

from tickets.inbound.email.bounce_words import (
    ANSWERED,
    FAILURE,
    OF_DOMINO,
    PLAIN_SUBJECT,
    PROOF,
    SUBJECT,
)
from tickets.inbound.email.daemons import came_from_nowhere, is_daemon, is_mailer_daemon, is_robot
from tickets.inbound.email.gateways import gateway_failure
from tickets.inbound.email.headers import Headers
from tickets.inbound.email.mailings import names_a_reader
from tickets.inbound.email.mime import Part
from tickets.inbound.email.parameters import media_type
from tickets.inbound.email.people import writes_a_letter
from tickets.inbound.email.reports import RECEIPT_TYPES, STATUS_TYPES, encloses_a_mail

# Only mail servers write these.
_FIELDS = ("x-failed-recipients", "x-ms-exchange-message-is-ndr")
TEXT_SCANNED = 20_000
_NOTICE = re.compile(r'\s*\{.{0,200}"(?:notification|event)Type" ?: ?"Bounce"', re.DOTALL)


def is_bounce_subject(subject: str) -> bool:
    """The subject is one that mail servers give to a failure."""
    return not ANSWERED.match(subject) and SUBJECT.search(subject[:500]) is not None


def bounce_signal(root: Part, text: str, *, null_path: bool) -> str:
    """What tells that the mail is a delivery report, "" when nothing does; `text` is its body."""
    headers = root.headers
    if root.parameters.get("report-type", "").lower() == "feedback-report":
        return ""  # the mail arrived, and somebody complained of it
    nowhere = null_path or came_from_nowhere(headers)
    found = _signal_of_structure(root, nowhere=nowhere)
    if found:
        return found
    field = next((name for name in _FIELDS if name in headers), "")
    if field:
        return field.title()
    if is_daemon(headers):
        return _signal_of_daemon(root, text, nowhere=nowhere) or gateway_failure(headers, text)
    return _signal_of_words(root, text, nowhere=nowhere) or gateway_failure(headers, text)


def _signal_of_structure(root: Part, *, nowhere: bool) -> str:
    """The parts of a report. People attach the reports that they got, in mails that are none."""
    # Not `root.media_type`: a report that was cut has no parts and is read as text.
    declared = media_type(root.headers.raw("content-type"), "")[0]
    kinds = {part.media_type for part in root.walk()}
    is_report = declared == "multipart/report" or "multipart/report" in kinds
    machine = nowhere or _may_be_a_machine(root.headers)
    if (is_report or machine or declared in STATUS_TYPES) and not kinds.isdisjoint(STATUS_TYPES):
        return "a delivery-status part"
    report = root.parameters.get("report-type", "").lower()
    receipt = not kinds.isdisjoint(RECEIPT_TYPES)
    told = report == "delivery-status" or (report == "" and (machine or not root.parts))
    if is_report and told and not receipt:
        return "multipart/report"
    return ""


def _may_be_a_machine(headers: Headers) -> bool:
    if is_daemon(headers) or is_robot(headers) or is_bounce_subject(headers.text("subject")):
        return True
    return _is_automatic(headers)


def _is_automatic(headers: Headers) -> bool:
    return headers.token("auto-submitted") not in ("", "no", "auto-forwarded")


def _signal_of_daemon(root: Part, text: str, *, nowhere: bool) -> str:
    headers = root.headers
    named = is_mailer_daemon(headers)
    if not (named or nowhere or _is_automatic(headers)) and _is_letter(root, text):
        return ""  # a postmaster may be a person, who writes about failures, too
    if nowhere or is_bounce_subject(headers.text("subject")):
        return "from a mail server, with a bounce's subject or no return path"
    if (named or encloses_a_mail(root)) and _tells_a_failure(text):
        return "from a mail server, about a failure"
    return ""


def _signal_of_words(root: Part, text: str, *, nowhere: bool) -> str:
    """Reports from servers whose names we do not know; a person's mail needs more to be one.

    A null path alone says nothing: some mailboxes store people's mails so.
    """
    headers = root.headers
    automatic = _is_automatic(headers)
    robot = is_robot(headers)
    told = is_bounce_subject(headers.text("subject"))
    if told and OF_DOMINO.search(text[:TEXT_SCANNED]):
        return "a report of Domino"
    if not (nowhere or automatic or robot):
        return ""
    if nowhere and told and (automatic or _tells_a_failure(text) or encloses_a_mail(root)):
        return "a bounce's subject, no return path and a failure"
    if automatic and told and _tells_a_failure(text):
        return "an automatic mail with a bounce's subject and a failure"
    # Web forms write from such accounts too, about goods and calls that were not delivered.
    proven = PROOF.search(text[:TEXT_SCANNED]) is not None or encloses_a_mail(root)
    proven = proven or PLAIN_SUBJECT.match(headers.text("subject")) is not None
    letter = not nowhere and (names_a_reader(headers, "") or _is_letter(root, text))
    if robot and (told or nowhere) and proven and not letter and _tells_a_failure(text):
        return "from a machine, with a bounce's subject and a failure"
    if robot and _NOTICE.match(text):
        return "a provider's notice of a bounce"
    return ""


def _is_letter(root: Part, text: str) -> bool:
    # A report names whom it did not reach: "Hi. This is the qmail-send program ..." greets, too.
    proven = "@" in text[:TEXT_SCANNED] or PROOF.search(text[:TEXT_SCANNED]) is not None
    proven = proven or encloses_a_mail(root)
    return writes_a_letter(text, proven=proven)


def _tells_a_failure(text: str) -> bool:
    return FAILURE.search(text[:TEXT_SCANNED]) is not None
