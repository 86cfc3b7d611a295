"""Whose word on a sender is believed: our own mail servers', and nobody else's."""

import pytest

from tickets.inbound.email import ParsedMail, parse_mail

MX = ["mx1.sivocenter.com", "MX2.sivocenter.com."]


def mail(*headers: str) -> ParsedMail:
    """A mail of Bob's with these headers."""
    return parse_mail("\n".join(["From: b@x.org", *headers, "", "text"]).encode(), own_mx_hosts=MX)


@pytest.mark.parametrize(
    ("header", "dmarc"),
    [
        ("mx1.sivocenter.com; dkim=pass; dmarc=pass header.from=x.org", True),
        ("MX2.sivocenter.com 1; dmarc=fail (p=none)", False),
        ("mx1.sivocenter.com; dmarc=none", None),
        ("mx1.sivocenter.com; spf=fail (dmarc=pass); dkim=none", None),
        ('mx1.sivocenter.com; spf=fail reason="; dmarc=pass"', None),
        ("mx1.sivocenter.com; dmarc=pass header.from=other.org", None),
        ("evil.example; dmarc=pass", None),
        # A mail server quotes the envelope's sender, who may be called whatever he likes.
        (r'mx1.sivocenter.com; spf=none (of "x\);dmarc=pass;"@x.org); dmarc=fail', False),
        ('mx1.sivocenter.com; spf=none (of "x);dmarc=pass "@x.org); dkim=none', None),
        ("mx1.sivocenter.com; spf=none (((((((; dmarc=pass))))))); dkim=none", None),
        ("mx1.sivocenter.com; spf=none (a ((((((b)))))) ; dmarc=pass ); dkim=none", None),
        ("mx1.sivocenter.com; dmarc=pass (p=none); spf=none (never closed", None),
        ("mx1.sivocenter.com; dmarc=pass; dmarc=fail", None),
        ("mx1.sivocenter.com; dkim=pass (a (nested) one) ; dmarc=pass (p=none)", True),
        ("mx1.sivocenter.com.evil.example; dmarc=pass", None),
        ("", None),
    ],
)
def test_dmarc_is_believed_from_our_own_servers_only(header: str, dmarc: bool | None) -> None:
    assert mail(f"Authentication-Results: {header}").dmarc is dmarc


def test_a_verdict_that_a_provider_was_handed_is_the_senders_own_word() -> None:
    verdict = "Authentication-Results: mx1.sivocenter.com; dmarc=pass header.from=x.org"
    ours = "Received: from x.org by mx1.sivocenter.com; Mon, 23 Nov 2026 10:00:00 +0100"
    provider = "Received: from x.org by mxa.mailgun.example; Mon, 23 Nov 2026 10:00:00 +0100"
    for lines, believed in (
        ((provider, verdict, ours), None),
        ((verdict,), None),
        ((verdict, provider), None),
        ((verdict, ours, provider), True),
        ((ours, verdict, provider), True),
    ):
        raw = "\n".join([*lines, "From: bob@x.org", "", "Hola"]).encode()
        assert parse_mail(raw, own_mx_hosts=MX).dmarc is True
        assert parse_mail(raw, own_mx_hosts=MX, handed_on=True).dmarc is believed


def test_the_topmost_verdict_of_ours_counts() -> None:
    ours = "Authentication-Results: mx1.sivocenter.com; dmarc="
    assert mail("Authentication-Results: a.b; dmarc=pass", ours + "fail", ours + "pass").dmarc is (
        False
    )
