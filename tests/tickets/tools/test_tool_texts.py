"""The rich texts of tools as a person reads them, and the bodies that a person pastes."""

import json
import re
from typing import Any

import pytest

from tests.tickets.tools.calls import PLAIN, call, gist
from tickets.inbound.tools.adf import adf_to_text
from tickets.inbound.tools.slack_text import slack_to_text
from tickets.inbound.tools.table import TOOLS


def text(words: str, **marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **marks}


def block(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "content": list(content), "attrs": attrs}


def test_a_document_of_atlassian_reads_like_what_is_shown() -> None:
    document = block(
        "doc",
        block("heading", text("Avería"), level=2),
        block(
            "paragraph",
            {"type": "mention", "attrs": {"id": "1", "text": "@Alice"}},
            text(" no entra "),
            text("nada", marks=[{"type": "strong"}]),
            {"type": "hardBreak"},
            text("Ver "),
            {"type": "inlineCard", "attrs": {"url": "https://acme.example/x"}},
            {"type": "emoji", "attrs": {"shortName": ":fire:", "text": "🔥"}},
        ),
        block(
            "bulletList",
            block("listItem", block("paragraph", text("uno"))),
            block("listItem", block("paragraph", text("dos"))),
        ),
        block(
            "table",
            block(
                "tableRow",
                block("tableCell", block("paragraph", text("a"))),
                block("tableCell", block("paragraph", text("b"))),
            ),
        ),
        block("mediaSingle", {"type": "media", "attrs": {"alt": "captura.png", "type": "file"}}),
    )
    read = adf_to_text(document)
    assert read.splitlines()[:3] == [
        "Avería",
        "@Alice no entra nada",
        "Ver https://acme.example/x🔥",
    ]
    for part in ("* uno", "* dos", "a\n", "b\n", "[captura.png]"):
        assert part in read


@pytest.mark.parametrize(
    "odd", [None, 1, True, [], {}, {"type": 1}, {"content": "x"}, {"content": [1]}]
)
def test_what_is_no_document_is_an_empty_text(odd: object) -> None:
    assert adf_to_text(odd) == ""


def test_a_plain_text_of_an_older_jira_stays_as_it_is() -> None:
    assert adf_to_text("uno\n\n\n\ndos\x00") == "uno\n\n\n\ndos"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<@U123> y <@U123|bob>", "@U123 y @bob"),
        ("<#C1|soporte> <!here> <!subteam^S1|@guardia>", "#soporte @here @guardia"),
        ("<https://acme.example>", "https://acme.example"),
        ("<https://acme.example|la web>", "la web (https://acme.example)"),
        ("<mailto:bob@acme.example|bob@acme.example>", "bob@acme.example"),
        ("1 < 2 y 3 > 2", "1 < 2 y 3 > 2"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_the_markup_of_slack_is_taken_away(markup: str, shown: str) -> None:
    assert slack_to_text(markup) == shown


def filled(body: str) -> bytes:
    """A body as the tool sends it, with something in place of each placeholder."""
    values = {"ticket.id": "11", "issue.id": "11", "comment.internal": "false"}
    return re.sub(r"\{\{([^{}]+)\}\}", lambda found: values.get(found[1], "x1"), body).encode()


BODIES = [(tool, use) for tool in sorted(TOOLS) for use in sorted(TOOLS[tool].bodies)]


@pytest.mark.parametrize(("tool", "use"), BODIES)
def test_a_body_to_paste_is_json_and_understood(tool: str, use: str) -> None:
    body = filled(TOOLS[tool].bodies[use])
    assert json.loads(body)
    dated = body.replace(b'"created_at": "x1"', b'"created_at": "2026-11-23T08:00:00Z"').replace(
        b'"comment_created": "x1"', b'"comment_created": "2026-11-23T09:00:00.0+0100"'
    )
    said = [gist(record) for record in TOOLS[tool].parse(call(tool, dated), PLAIN)]
    expected = {
        "trigger": "customer public x1",
        "automation": "agent public x1",
        "ticket_created": "customer public x1",
        "customer_replied": "customer public x1",
        "agent_replied": "agent public x1",
        "note_added": "agent note x1",
        "status_changed": "ignored: the status 'x1' has no counterpart here",
        "priority_changed": "agent x1 unknown",
    }
    assert said[0] == expected[use] or use == "automation"


def test_tools_without_bodies_of_their_own_have_some_to_paste() -> None:
    assert {tool for tool, _ in BODIES} == {"zendesk", "jira", "freshdesk"}
