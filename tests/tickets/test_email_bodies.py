"""Which text of a mail is its body, what its HTML shows, and what is a file."""

import pytest

from tickets.inbound.email import ParsedMail, parse_mail
from tickets.inbound.email.attachments import safe_name
from tickets.inbound.email.html_text import html_to_text


def mail(*parts: str, kind: str = "mixed") -> ParsedMail:
    """A multipart of parts that are written as headers, a blank line and content."""
    body = "".join(f"--b\n{part}\n" for part in parts)
    head = f"From: bob@example.com\nContent-Type: multipart/{kind}; boundary=b\n\n"
    return parse_mail(f"{head}{body}--b--\n".encode())


PLAIN = "Content-Type: text/plain\n\nplain words"
HTML = "Content-Type: text/html\n\n<p>marked-up words</p>"


def names(parsed: ParsedMail) -> list[tuple[str, str]]:
    return [(each.name, each.media_type) for each in parsed.attachments]


@pytest.mark.parametrize(
    ("parts", "kind", "body", "files"),
    [
        ((PLAIN, HTML), "alternative", "plain words", []),
        ((HTML, PLAIN), "alternative", "plain words", []),
        (("Content-Type: text/plain\n\n  ", HTML), "alternative", "marked-up words", []),
        ((HTML,), "alternative", "marked-up words", []),
        ((PLAIN, "Content-Type: text/plain\n\nfooter"), "mixed", "plain words\n\nfooter", []),
        ((PLAIN, HTML), "mixed", "plain words\n\nmarked-up words", []),
        ((PLAIN, "Content-Type: text/html\n\n<p>plain <b>words</b>"), "mixed", "plain words", []),
        (
            (PLAIN, "Content-Disposition: attachment\n\nfile"),
            "mixed",
            "plain words",
            [("attachment.txt", "text/plain")],
        ),
        (
            (PLAIN, 'Content-Type: TEXT/Plain; name="a.log"\n\nfile'),
            "mixed",
            "plain words",
            [("a.log", "text/plain")],
        ),
        (
            (PLAIN, "Content-Type: IMAGE/PNG\nContent-ID: <x>\n\nx"),
            "related",
            "plain words",
            [("attachment.png", "image/png")],
        ),
        (
            (PLAIN, "Content-Type: text/x-amp-html\n\n<html amp4email>", HTML),
            "alternative",
            "plain words",
            [],
        ),
        (
            ("Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR", PLAIN),
            "mixed",
            "plain words",
            [("attachment.ics", "text/calendar")],
        ),
        ((PLAIN, "\n"), "mixed", "plain words", []),
    ],
)
def test_the_body_is_chosen(
    parts: tuple[str, ...], kind: str, body: str, files: list[tuple[str, str]]
) -> None:
    parsed = mail(*parts, kind=kind)
    assert parsed.body == body
    assert names(parsed) == files


def test_a_digest_holds_mails() -> None:
    parsed = mail("\nSubject: one\n\nx", "\nSubject: two\n\ny", kind="digest")
    assert names(parsed) == [("one.eml", "message/rfc822"), ("two.eml", "message/rfc822")]
    assert parsed.body == ""


def test_a_mail_that_is_only_a_file_has_no_body() -> None:
    raw = b"From: bob@example.com\nContent-Type: application/PDF; name=a.pdf\n\n%PDF"
    parsed = parse_mail(raw)
    assert parsed.body == ""
    assert [(each.name, each.content) for each in parsed.attachments] == [("a.pdf", b"%PDF")]


def test_the_outer_boundary_wins_over_a_lost_inner_end() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=out\n\n--out\n"
        b"Content-Type: multipart/alternative; boundary=in\n\n--in\n\ntext\n"
        b"--out\nContent-Type: image/gif; name=x.gif\n\nGIF\n--out--\nepilogue"
    )
    parsed = parse_mail(raw)
    assert parsed.body == "text"
    assert [(each.name, each.content) for each in parsed.attachments] == [("x.gif", b"GIF")]


def test_a_boundary_that_begins_another_is_not_taken_for_it() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--bb\n"
        b"still one --b\n--b \t\r\n\ntwo\n--b--"
    )
    assert parse_mail(raw).body == "one\n--bb\nstill one --b\n\ntwo"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\bob\\a.pdf", "a.pdf"),
        ("a\r\nb\x00\x1b.pdf", "a b .pdf"),
        ("..", ""),
        ("/", ""),
        (" . ", ""),
        ("año 2026.pdf", "año 2026.pdf"),
        ("x" * 500 + ".pdf", "x" * 180 + ".pdf"),
        ("x" * 500, "x" * 200),
    ],
)
def test_file_names_are_safe_to_show(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("   ", ""),
        ("<!-- only a comment -->", ""),
        ("plain &amp; simple", "plain & simple"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("one<br>two<br/>\n three", "one\ntwo\nthree"),
        ("<b>bo</b>ld   and\n<i>more</i>", "bold and more"),
        ("a&nbsp;&nbsp;b", "a  b"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("<ul><li>a</li><li><p>b</p></li></ul>end", "* a\n\n* b\n\nend"),
        ("<ol><li>a<li>b<ul><li>c</ul><li>d</ol>", "1. a\n2. b\n\n* c\n\n3. d"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>a\n  b\n</pre>c", "a\n  b\n\nc"),
        ("<style>p{}</style><script>x</script><p>a</p>", "a"),
        ("<head><title>t</title></head><body>a</body>", "a"),
        ('<p style="color:red; display : none">x</p>a', "a"),
        ("a<hr>b", "a\n" + "_" * 32 + "\nb"),
        ('<a href="https://x.org">link</a>', "link"),
        ("Hi<blockquote>q1<br>q2</blockquote>bye", "Hi\n\n> q1\n> q2\n\nbye"),
        ("<blockquote>a<blockquote><p>b</p></blockquote></blockquote>", "> a\n>\n> > b"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("<o:p>office</o:p>", "office"),
        ('<?xml version="1.0" encoding="utf-16"?><p>año</p>', "año"),
        ("a < b > c", "a < b > c"),
        ("\x00<p>a\x00b</p>\ud800", "ab\n\n\ufffd\ufffd\ufffd"),
    ],
)
def test_html_is_read_as_it_is_seen(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_a_quote_in_html_is_trimmed_like_one_in_text() -> None:
    html = (
        "Content-Type: text/html; charset=utf-8\n\n<div dir=ltr>Sigue igual.</div><br>"
        "<div class=gmail_quote><div>El lun, 23 nov 2026 a las 9:02, Soporte "
        "(&lt;<a href='mailto:s@x.org'>s@x.org</a>&gt;) escribió:<br></div>"
        "<blockquote class=gmail_quote><div>Hola</div><div>Bob</div></blockquote></div>"
    )
    assert mail(html).reply == "Sigue igual."


def test_the_charset_of_html_may_stand_inside_it() -> None:
    raw = b'Content-Type: text/html\n\n<meta charset="windows-1251"><p>\xcf\xf0\xe8\xe2\xe5\xf2</p>'
    assert parse_mail(raw).body == "Привет"


@pytest.mark.parametrize(
    ("head", "content", "body", "files"),
    [
        ("Content-Type: text/plain\nContent-Disposition: attachment", "text", "text", []),
        ("Content-Type: text/plain; name=a.txt", "text", "text", []),
        ("Content-Type: text/plain", "<html><p>one</p><p>two</p></html>", "one\n\ntwo", []),
        ("Content-Type: text/html", "no marks\nin two lines", "no marks\nin two lines", []),
        ("Content-Type: text/enriched", "<bold>one</bold> << two", "one < two", []),
        ("Content-Type: text/csv", "a;b", "", ["attachment.csv"]),
        (
            "Content-Type: multipart/mixed",
            "--xyz123\nContent-Type: a/b\n\nx",
            "",
            ["attachment.bin"],
        ),
        (
            "Content-Type: multipart/mixed; boundary=wrong",
            "--xyz123\nContent-Type: text/plain\n\none\n--xyz123--",
            "one",
            [],
        ),
        (
            "Content-Type: multipart/mixed; boundary=b",
            "--b\nContent-Type: text/plain; name=msg.txt\n\none\n--b--",
            "one",
            ["msg.txt"],
        ),
    ],
)
def test_text_is_read_wherever_it_stands(
    head: str, content: str, body: str, files: list[str]
) -> None:
    parsed = parse_mail(f"From: bob@example.com\n{head}\n\n{content}\n".encode())
    assert parsed.body == body
    assert [each.name for each in parsed.attachments] == files


def test_all_pages_of_a_mail_share_one_limit() -> None:
    pages = [
        f"Content-Type: text/html\n\n<p>word {number}</p><p>" + f"{number} " * 300_000
        for number in range(5)
    ]
    parsed = mail(*pages)
    assert [number for number in range(5) if f"word {number}" not in parsed.body] == []
