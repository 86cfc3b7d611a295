"""Scratch."""

import os

import pytest
import time_machine
from playwright.sync_api import sync_playwright

from tests.sla import desk_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _allow(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def test_shots(live_server, tmp_path):
    with time_machine.travel(desk_world.NOW, tick=True):
        desk = desk_world.make_desk()
        with sync_playwright() as p:
            b = p.chromium.launch_persistent_context(
                str(tmp_path),
                executable_path="/usr/bin/chromium",
                args=[
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
                viewport={"width": 1280, "height": 900},
                color_scheme=os.environ.get("SCHEME", "light"),
            )
            pg = b.new_page()
            pg.on("console", lambda m: print("CONSOLE", m.type, m.text))
            pg.on("pageerror", lambda m: print("PAGEERROR", m))
            u = live_server.url
            who = os.environ.get("WHO", "alice")
            pg.goto(u + "/admin/")
            pg.fill("#id_username", who)
            pg.fill("#id_password", "test-only")
            pg.click("[type=submit]")
            if os.environ.get("ES"):
                pg.click("button[lang=es]")
            if os.environ.get("NARROW"):
                pg.set_viewport_size({"width": 420, "height": 900})
            for path in os.environ.get("PATHS", "").split():
                path = path.format(**{k: t.pk for k, t in desk.tickets.items()})
                r = pg.goto(u + path)
                if os.environ.get("JS"):
                    pg.evaluate(os.environ["JS"])
                name = os.environ.get("TAG", "") + path.strip("/").replace("/", "_").replace(
                    "?", "_"
                ).replace("=", "_")
                pg.screenshot(path=f"/tmp/shots/{name}.png", full_page=True)
                print(path, r.status)
            b.close()
