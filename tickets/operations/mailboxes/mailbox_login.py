"""The credentials of a mailbox: its password, or an access token that is renewed in time."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from tickets.domain.mail_trouble import ConsentLost
from tickets.inbound.imap import Account, Login, Protection
from tickets.models import LoginKind, Mailbox
from tickets.outbound.oauth import PROVIDERS, AccessToken, Grant, Provider, refresh_access

# A token must outlive the log-in that it is asked for.
_SPARE = timedelta(minutes=5)
_Refresh = Callable[..., AccessToken]


class TokenStore:
    """The access tokens of this process; they are never written down.

    Threads of one mailbox wait for each other, so that they do not each use up a refresh token.
    """

    def __init__(self, providers: Mapping[str, Provider] = PROVIDERS) -> None:
        self._providers = providers
        self._guard = threading.Lock()
        self._locks: dict[object, threading.Lock] = {}
        self._tokens: dict[object, tuple[bytes, AccessToken]] = {}

    def token(self, mailbox: Mailbox, *, now: datetime) -> str:
        """A token that is good for some minutes more. Raises MailTrouble.

        A new refresh token of the provider's is stored; on an unsaved mailbox it is set.
        """
        key: object = mailbox.pk or _print_of(mailbox)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            known = self._tokens.get(key)
            if known and known[0] == _print_of(mailbox) and known[1].expires_at - _SPARE > now:
                return known[1].value
            token = self._renew(mailbox, now)
            if mailbox.pk:
                self._tokens[key] = (_print_of(mailbox), token)
            return token.value

    def forget(self, mailbox: Mailbox) -> None:
        """The server refused the token: the next log-in asks for another one."""
        self._tokens.pop(mailbox.pk or _print_of(mailbox), None)

    def _renew(self, mailbox: Mailbox, now: datetime) -> AccessToken:
        if not mailbox.pk:
            token = refresh_access(_grant(mailbox), now=now, providers=self._providers)
            mailbox.oauth_refresh_token = token.refresh_token
            return token
        with transaction.atomic():
            # One process at a time: a provider may take each refresh token only once.
            stored = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
            token = refresh_access(_grant(stored), now=now, providers=self._providers)
            if token.refresh_token != stored.oauth_refresh_token:
                stored.oauth_refresh_token = token.refresh_token
                stored.save(update_fields=["oauth_refresh_token"])
        mailbox.oauth_refresh_token = token.refresh_token
        return token


tokens = TokenStore()


def account_of(mailbox: Mailbox, *, now: datetime, store: TokenStore = tokens) -> Account:
    """Where a mailbox is and how we log in. Raises MailTrouble when no token is to be had."""
    by_token = mailbox.login_kind == LoginKind.XOAUTH2
    return Account(
        host=mailbox.host,
        port=mailbox.port,
        protection=Protection(mailbox.security),
        username=mailbox.username,
        login=Login.XOAUTH2 if by_token else Login.PASSWORD,
        secret=store.token(mailbox, now=now) if by_token else mailbox.password,
    )


def _grant(mailbox: Mailbox) -> Grant:
    if not mailbox.oauth_refresh_token or mailbox.oauth_provider not in PROVIDERS:
        raise ConsentLost
    return Grant(
        provider=mailbox.oauth_provider,
        tenant=mailbox.oauth_tenant,
        client_id=mailbox.oauth_client_id,
        client_secret=mailbox.oauth_client_secret,
        refresh_token=mailbox.oauth_refresh_token,
    )


def _print_of(mailbox: Mailbox) -> bytes:
    """Tells whether the stored token is from this very grant; secrets are not kept for it."""
    parts = (
        *(mailbox.oauth_provider, mailbox.oauth_tenant, mailbox.oauth_client_id),
        *(mailbox.oauth_client_secret, mailbox.oauth_refresh_token, mailbox.username),
    )
    return hashlib.sha256("\0".join(parts).encode()).digest()
