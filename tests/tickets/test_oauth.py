"""Access tokens for mailboxes: asked of known addresses only, renewed in time, never shown."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.tickets.dovecot import dovecot, needs_dovecot
from tests.tickets.mailboxes import folder_of, letter, mailbox_of, read
from tests.tickets.oauth_fake import FakeProvider, fake_provider
from tickets.domain import mail_trouble as trouble
from tickets.models import Mailbox
from tickets.operations.mailboxes import read_mailboxes
from tickets.operations.mailboxes.mailbox_login import TokenStore, account_of
from tickets.outbound.oauth import PROVIDERS, Grant, refresh_access

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
GRANT = Grant(
    provider="microsoft",
    tenant="sivo.example",
    client_id="client",
    client_secret="hush",
    refresh_token="refresh-0",
)
OAUTH_FIELDS = {
    "login_kind": "xoauth2",
    "password": "",
    "oauth_provider": "google",
    "oauth_client_id": "client",
    "oauth_client_secret": "hush",
    "oauth_refresh_token": "refresh-0",
}


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with fake_provider() as fake:
        yield fake


def test_the_providers_are_asked_at_their_own_addresses_alone() -> None:
    assert PROVIDERS["microsoft"].address == (
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
    )
    assert PROVIDERS["microsoft"].scope == (
        "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
    )
    assert PROVIDERS["google"].address == "https://oauth2.googleapis.com/token"


def test_a_refresh_token_becomes_an_access_token(provider: FakeProvider) -> None:
    token = refresh_access(GRANT, now=NOW, providers=provider.providers)
    assert (token.value, token.refresh_token) == ("access-1", "refresh-1")
    assert token.expires_at == NOW + timedelta(hours=1)
    assert provider.paths == ["/sivo.example/token"]
    assert provider.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "client",
            "client_secret": "hush",
            "refresh_token": "refresh-0",
            "scope": "imap offline_access",
        }
    ]
    assert "access-1" not in repr(token)
    assert "hush" not in repr(GRANT)


def test_google_is_asked_without_scope_and_keeps_the_refresh_token(provider: FakeProvider) -> None:
    provider.rotates = False
    grant = replace(GRANT, provider="google", tenant="", client_secret="")
    token = refresh_access(grant, now=NOW, providers=provider.providers)
    assert token.refresh_token == "refresh-0"
    assert set(provider.asked[0]) == {"grant_type", "client_id", "refresh_token"}


@pytest.mark.parametrize(
    "tenant", ["a/b", "..", "a?b", "a b", "evil.example/x#", "%2e", "-a", "a" * 101, "ñ", "a@b"]
)
def test_a_tenant_cannot_lead_elsewhere(tenant: str, provider: FakeProvider) -> None:
    with pytest.raises(trouble.TenantInvalid):
        refresh_access(replace(GRANT, tenant=tenant), now=NOW, providers=provider.providers)
    assert provider.paths == []


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (400, {"error": "invalid_grant", "error_description": "refresh-0"}, trouble.ConsentLost),
        (401, {"error": "invalid_client"}, trouble.ClientRefused),
        (400, {"error": "temporarily_unavailable"}, trouble.ProviderAway),
        (500, {}, trouble.ProviderAway),
        (200, {}, trouble.ProviderAway),
        (200, {"access_token": 7}, trouble.ProviderAway),
        (302, {}, trouble.ProviderAway),
        (200, ["list"], trouble.ProviderAway),
    ],
)
def test_a_refusal_is_said_in_words_without_secrets(
    status: int, answer: object, expected: type[trouble.MailTrouble], provider: FakeProvider
) -> None:
    provider.status, provider.answer = status, json.dumps(answer).encode()
    with pytest.raises(expected) as refused:
        refresh_access(GRANT, now=NOW, providers=provider.providers)
    assert "refresh-0" not in str(refused.value)
    assert len(provider.paths) == 1, "a redirect is not followed"


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[" * 100_000, b"{" + b" " * 200_000])
def test_an_answer_that_nobody_can_read_is_trouble_of_the_provider(
    answer: bytes, provider: FakeProvider
) -> None:
    provider.answer = answer
    with pytest.raises(trouble.ProviderAway):
        refresh_access(GRANT, now=NOW, providers=provider.providers)


def test_a_provider_that_is_away_says_so(provider: FakeProvider) -> None:
    nobody = {"microsoft": replace(provider.providers["microsoft"], address="http://127.0.0.1:1/")}
    with pytest.raises(trouble.ProviderAway):
        refresh_access(GRANT, now=NOW, providers=nobody)


@pytest.mark.parametrize("seconds", [None, "soon", -5, 10**9, True])
def test_an_odd_lifetime_is_no_trouble(seconds: object, provider: FakeProvider) -> None:
    provider.expires_in = seconds
    token = refresh_access(GRANT, now=NOW, providers=provider.providers)
    assert NOW <= token.expires_at <= NOW + timedelta(days=1)


def mailbox_with_oauth(**changes: object) -> Mailbox:
    return mailbox_of(FakeProvider(), "bob", **(OAUTH_FIELDS | changes))


@pytest.mark.django_db
def test_a_token_is_used_until_shortly_before_its_end(provider: FakeProvider) -> None:
    store, mailbox = TokenStore(provider.providers), mailbox_with_oauth()
    assert store.token(mailbox, now=NOW) == "access-1"
    assert store.token(mailbox, now=NOW + timedelta(minutes=54)) == "access-1"
    assert store.token(mailbox, now=NOW + timedelta(minutes=56)) == "access-2"
    mailbox.refresh_from_db()
    assert mailbox.oauth_refresh_token == "refresh-2"
    assert store.token(mailbox, now=NOW + timedelta(minutes=57)) == "access-2"


@pytest.mark.django_db
def test_another_process_goes_on_with_the_rotated_refresh_token(provider: FakeProvider) -> None:
    stale = mailbox_with_oauth()
    TokenStore(provider.providers).token(Mailbox.objects.get(pk=stale.pk), now=NOW)
    assert TokenStore(provider.providers).token(stale, now=NOW) == "access-2"


@pytest.mark.django_db
def test_a_mailbox_that_was_connected_again_uses_its_new_consent(provider: FakeProvider) -> None:
    store, mailbox = TokenStore(provider.providers), mailbox_with_oauth()
    store.token(mailbox, now=NOW)
    mailbox.oauth_refresh_token = provider.refresh_token = "of-the-new-consent"
    mailbox.save(update_fields=["oauth_refresh_token"])
    assert store.token(mailbox, now=NOW) == "access-2"


@pytest.mark.django_db
def test_a_mailbox_without_consent_says_so(provider: FakeProvider) -> None:
    store = TokenStore(provider.providers)
    for mailbox in (
        mailbox_with_oauth(oauth_refresh_token=""),
        mailbox_with_oauth(oauth_provider=""),
    ):
        with pytest.raises(trouble.ConsentLost):
            store.token(mailbox, now=NOW)


@needs_dovecot
@pytest.mark.django_db
def test_a_mailbox_is_read_with_a_token(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TokenStore(provider.providers)
    monkeypatch.setattr(read_mailboxes, "tokens", store)
    monkeypatch.setattr(
        read_mailboxes,
        "account_of",
        lambda mailbox, now: account_of(mailbox, now=now, store=store),
    )
    with dovecot(introspection=f"http://127.0.0.1:{provider.port}/inspect") as server:
        user = server.new_user()
        provider.users["access-1"] = provider.users["access-3"] = user
        server.put(user, letter())
        mailbox = mailbox_of(server, user, **OAUTH_FIELDS)
        assert read(mailbox).mails.kept == 1, server.said()

        # The server takes the token back: we hear the refusal out, and ask for another one.
        provider.users.clear()
        assert read(mailbox).state == "failed"
        assert folder_of(mailbox).error.startswith("The server refuses the access token")
        assert read(mailbox).state == "failed"
        provider.users["access-3"] = user
        server.put(user, letter())
        assert read(mailbox).mails.kept == 1
