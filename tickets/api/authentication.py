"""Who calls: a key in the header, or a person of ours who is logged in."""

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from tickets.domain.scopes import scope_of
from tickets.models import ApiKey
from tickets.operations.api.keys import find_key


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer sivo_...`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """The user that the key acts as, and the key. Raises AuthenticationFailed."""
        kind, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        key = find_key(secret=secret.strip(), now=timezone.now())
        if key is None:
            raise AuthenticationFailed("This key is unknown, expired or revoked.")
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="sivo-support"'


class PersonAuthentication(SessionAuthentication):
    """The session of the admin; every change needs the CSRF token, as there."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The person of ours who is logged in."""
        user = getattr(request._request, "user", None)  # noqa: SLF001 - as the base class does
        if not isinstance(user, User) or not user.is_staff:
            return None
        return super().authenticate(request)


class IsAllowed(BasePermission):
    """The key must have the view's scope, and its user the right behind it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Also true for a method that the view does not have: that is another error."""
        if isinstance(request.user, AnonymousUser):
            return False
        code: str = getattr(view, "scopes", {}).get(_read_as(request.method), "")
        if not code:
            return True
        if isinstance(request.auth, ApiKey) and code not in request.auth.scopes:
            self.message = f"This key lacks the scope {code}."
            return False
        right = scope_of(code).permission
        self.message = "You do not have the right to do this."
        return not right or request.user.has_perm(right)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document describes a key."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: object) -> dict[str, object]:
        """A bearer token."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, made by an operator in the admin. "
            "Each operation names the scope that it needs.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document describes the session of a person."""

    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, object]:
        """The admin's cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A person who is logged in to the admin. "
            "A POST needs the header X-CSRFToken besides.",
        }


def _read_as(method: str | None) -> str:
    return "GET" if method == "HEAD" else method or ""
