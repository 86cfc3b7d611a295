"""The subjects that mail servers give to their failures, and those that people write."""

import pytest

from tickets.domain.words import MailKind
from tickets.inbound.email import parse_mail
from tickets.inbound.email.bounces import is_bounce_subject

SUBJECTS = [
    "Mail delivery failed: returning message to sender",
    "Warning: message 1abc delayed 24 hours",
    "Delivery Status Notification (Failure)",
    "Delivery Status Notification (Delay)",
    "Returned mail: see transcript for details",
    "Returned mail: User unknown",
    "Undelivered Mail Returned to Sender",
    "failure notice",
    "Delivery Failure",
    "Mail System Error - Returned Mail",
    "Undeliverable Mail",
    "Undeliverable message",
    "NOTICE: mail delivery status.",
    "DELIVERY FAILURE: User x not listed",
    "Message delivery has failed",
    "Mail could not be delivered",
    "Your message could not be delivered",
    "Could not deliver message",
    "Mail failure - no recipient addresses",
    "Non remis : x",
    "Unzustellbar: x",
    "Non-delivery report",
    "Delivery Notification: Delivery has failed",
    "Permanent Delivery Failure",
    "WARNING. Mail Delayed: x",
    "Mail Delivery Failure",
    "[postmaster] Undeliverable",
    "Message status - undeliverable",
    "Email Delivery Failure",
    "Nondeliverable mail",
    "Error sending mail",
    "Message Undeliverable",
    "User unknown",
    "Message was not delivered to recipient",
    "Your email was not delivered",
    "Message not delivered",
    "No se puede entregar: hola",
    "Mensaje no entregado",
    "Delivery delayed: x",
    "Notificación de estado de entrega (error)",
    "Delivery Status Notification (fallo)",
    "Warning: could not send message for past 4 hours",
    "Can't send your mail",
    "Message could not be delivered for past 4 hours",
    "Email rejected",
    "Expired delivery retry",
    "Unable to deliver your message",
    "Rückmeldung: Nicht zustellbar",
    "Mail delivery status report",
    "Retour à l'expéditeur",
    "Ihre Nachricht konnte nicht zugestellt werden",
    "Address not found",
    "Message blocked",
    "Deferred: Mail Delivery",
]
PEOPLE = [
    "Calls are not delivered to the queue",
    "No puedo enviar mensajes",
    "Informe mensual",
    "Re: Undeliverable: hello",
    "RV: No se puede entregar: hola",
    "Our mail server moves on Monday",
    "",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_mail_server_with_such_a_subject_reports_a_bounce(subject: str) -> None:
    assert is_bounce_subject(subject)
    raw = f"From: Mail Delivery Subsystem <MAILER-DAEMON@x.org>\nSubject: {subject}\n\ntext"
    assert parse_mail(raw.encode()).kind is MailKind.BOUNCE
    # The subject alone tells nothing: people write about bounces.
    assert parse_mail(f"From: bob@x.org\nSubject: {subject}\n\ntext".encode()).kind is (
        MailKind.HUMAN
    )


@pytest.mark.parametrize("subject", PEOPLE)
def test_what_people_write_is_no_bounce(subject: str) -> None:
    assert not is_bounce_subject(subject)


@pytest.mark.parametrize(
    ("sender", "daemon"),
    [
        ("MAILER-DAEMON@x.org", True),
        ("Mailer-Daemon <mailer-daemon>", True),
        ("postmaster@x.org", True),
        ("mail.daemon@x.org", True),
        ("Mail Delivery Subsystem <noreply@x.org>", True),
        ("Mail Delivery System <x@x.org>", True),
        ("Microsoft Outlook <MicrosoftExchange329e@x.org>", True),
        ("Administrador del sistema <x@x.org>", True),
        ("Bob <bob@x.org>", False),
        ("Daemon Hill <hill@x.org>", False),
        ("Delivery Team <orders@x.org>", False),
        ("bob@mailer-daemon.org", False),
    ],
)
def test_mail_servers_are_told_by_their_names(sender: str, daemon: bool) -> None:
    raw = f"From: {sender}\nReturn-Path: <>\n\ntext"
    assert (parse_mail(raw.encode()).kind is MailKind.BOUNCE) is daemon
