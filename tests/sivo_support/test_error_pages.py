"""What a person sees when a page is not there, not theirs, or when something fails."""

from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from sivo_support.urls import urlpatterns as ours

pytestmark = pytest.mark.django_db


def _away(_: HttpRequest) -> HttpResponse:
    raise OperationalError("server closed the connection: password=hunter2")


def _broken_line(_: HttpRequest) -> HttpResponse:
    raise InterfaceError("the connection is closed")


def _mistake(_: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("of the customer bob@acme.example")


urlpatterns = [
    path("away/", _away),
    path("broken/", _broken_line),
    path("mistake/", _mistake),
    *ours,
]


@pytest.mark.parametrize("where", ["/away/", "/broken/"])
@pytest.mark.parametrize(("language", "words"), [("es", "base de datos"), ("en", "database")])
@override_settings(ROOT_URLCONF=__name__)
def test_without_a_database_a_page_says_that_it_passes(
    client: Client, where: str, language: str, words: str
) -> None:
    answer = client.get(where, headers={"accept-language": language})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    text = answer.content.decode()
    assert words in text
    assert "hunter2" not in text
    assert f'lang="{language}"' in text


@override_settings(ROOT_URLCONF=__name__)
def test_a_mistake_of_ours_shows_nothing_of_itself(client: Client) -> None:
    client.raise_request_exception = False
    answer = client.get("/mistake/", headers={"accept-language": "en"})
    text = answer.content.decode()
    assert answer.status_code == 500
    assert "mistake of ours" in text
    assert "acme" not in text


def test_an_address_that_leads_nowhere_leads_home(client: Client) -> None:
    answer = client.get("/nowhere/", headers={"accept-language": "en"})
    assert answer.status_code == 404
    assert "Nothing is here" in answer.content.decode()
    assert 'href="/admin/"' in answer.content.decode()


def test_who_may_not_is_told_whom_to_ask(client: Client, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("carla", is_staff=True)
    client.force_login(user)
    answer = client.get("/admin/tickets/source/", headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "Only an administrator (a superuser) can give you the right" in answer.content.decode()
