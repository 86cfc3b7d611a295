"""A real browser with a fresh profile; what it complains about fails the test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# For `pytestmark` of the modules that drive a browser.
MARKS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        CHROMIUM is None, reason="NO BROWSER HERE: install chromium to test the desk's pages"
    ),
]


class Browser:
    """One page; nothing leaves for another host, and what tries to is remembered."""

    def __init__(self, context: Any, server: str) -> None:
        self.context = context
        self.server = server
        self.foreign: list[str] = []
        self.answers: dict[str, tuple[str, bytes]] = {}
        context.route(lambda url: not url.startswith(server), self._answer)
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _answer(self, route: Any) -> None:
        url = route.request.url
        self.foreign.append(url)
        if url in self.answers:
            content_type, body = self.answers[url]
            route.fulfill(content_type=content_type, body=body)
        else:
            route.abort()

    def login(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies["sessionid"].value
        self.context.add_cookies(
            [{"name": "sessionid", "value": value, "url": self.server, "sameSite": "Lax"}]
        )

    def go(self, path: str) -> None:
        response = self.page.goto(self.server + path)
        assert response.status == 200


@contextmanager
def started_chromium(folder: Path) -> Iterator[Any]:
    """A browser without a page; its start costs more than most tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=list(FLAGS),
            env={**os.environ, "HOME": str(folder)},
        )
        yield chromium
        chromium.close()


@contextmanager
def open_browser(chromium: Any, server: str) -> Iterator[Browser]:
    """A fresh profile in it: no cookie and no cache of another test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield Browser(context, server)
    context.close()
    # Beside a running loop Django keeps connections of its own.
    connections.close_all()
