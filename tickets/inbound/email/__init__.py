"""Raw e-mail understood: `parse_mail`, the instant it reached us, and where mails lie."""

from tickets.inbound.email.parse import parse_mail
from tickets.inbound.email.parsed import ParsedMail
from tickets.inbound.email.receipt_time import ReceiptRule, first_trusted_received, received_at
from tickets.inbound.email.sources import mails_in

__all__ = [
    "ParsedMail",
    "ReceiptRule",
    "first_trusted_received",
    "mails_in",
    "parse_mail",
    "received_at",
]
