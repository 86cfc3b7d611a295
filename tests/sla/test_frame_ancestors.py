"""Who may frame the panel: the tool of the source, and nothing that slips in with an address."""

import pytest

from sla.domain.tools.frame_ancestors import frame_ancestors, is_origin, origin_of


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://acme.zendesk.com", "https://acme.zendesk.com"),
        ("https://Acme.Zendesk.com/agent/", "https://acme.zendesk.com"),
        ("https://chat.acme.example:8443/app?x=1", "https://chat.acme.example:8443"),
        ("http://zammad.lan", "http://zammad.lan"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("https://user:secret@acme.zendesk.com", "https://acme.zendesk.com"),
        ("https://*.zendesk.com", None),
        ("https://acme.example; script-src *", None),
        ("https://acme.example https://evil.example", None),
        ("https://acme.example,evil", None),
        ("https://acme.example:99999999", None),
        ("https://ácme.example", None),
        ("javascript:alert(1)", None),
        ("//acme.example", None),
        ("https://", None),
        ("", None),
    ],
)
def test_an_address_has_one_origin_or_none(address: str, expected: str | None) -> None:
    assert origin_of(address) == expected


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://acme.zendesk.com", True),
        ("https://*.apps.zdusercontent.com", True),
        ("http://localhost:3000", True),
        ("https://acme.example/", False),
        ("https://acme.*", False),
        ("https://*", False),
        ("*", False),
        ("'self'", False),
        ("https://a.example\nhttps://b.example", False),
    ],
)
def test_an_origin_is_nothing_but_an_origin(text: str, good: bool) -> None:
    assert is_origin(text) is good


def test_each_tool_may_frame_and_no_other() -> None:
    more = ["https://desk.example", "*", "https://acme.zendesk.com"]
    assert frame_ancestors(kind="zendesk", address="https://acme.zendesk.com", more=more) == (
        "https://acme.zendesk.com",
        "https://*.apps.zdusercontent.com",
        "https://desk.example",
    )
    assert frame_ancestors(kind="front", address="", more=[]) == ("https://app.frontapp.com",)
    assert frame_ancestors(kind="zammad", address="https://help.example", more=[]) == (
        "https://help.example",
    )
    assert frame_ancestors(kind="email", address="", more=[]) == ()
