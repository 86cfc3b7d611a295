"""Raw e-mail understood: `parse_mail`, the instant it reached us, and where mails lie."""

from tickets.inbound.email.parse import parse_mail
from tickets.inbound.email.parsed import ParsedMail
from tickets.inbound.email.receipt_time import (
    MailTimes,
    ReceiptRule,
    first_trusted_received,
    mail_date,
    mailbox_receipt,
    received_at,
    sent_mail_time,
)
from tickets.inbound.email.sources import mails_in

__all__ = [
    "MailTimes",
    "ParsedMail",
    "ReceiptRule",
    "first_trusted_received",
    "mail_date",
    "mailbox_receipt",
    "mails_in",
    "parse_mail",
    "received_at",
    "sent_mail_time",
]
