"""A stranger's HTML is harmless after it was written anew, and still says what it said."""

import contextlib
import time
from html.parser import HTMLParser

import pytest

from tests.tickets.pictures import png
from tickets.admin.ticket.attachment import data_address
from tickets.admin.ticket.mail_html import safe_html
from tickets.admin.ticket.mail_links import link_target, other_host
from tickets.admin.ticket.mail_writer import TooTangled

PICTURE = data_address(png())


def safe(source: str, *, show_remote: bool = False, **images: str) -> str:
    return safe_html(source, images=images, show_remote=show_remote).html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</script>",
        "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<img src='cid:a' onload=alert(1)>",
        "<body onload=alert(1)>",
        "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<a href='vbscript:x'>x</a>",
        "<iframe src='https://evil.example/'></iframe>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data='https://evil.example/'></object><embed src='https://evil.example/'>",
        "<base href='https://evil.example/'>",
        "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
        "<link rel=stylesheet href='https://evil.example/x.css'>",
        "<style>@import 'https://evil.example/x.css';</style>",
        "<form action='https://evil.example/'><input name=password></form>",
        "<button formaction='https://evil.example/'>Pay</button>",
        "<div style='position:fixed;top:0;left:0;z-index:9'>over all</div>",
        "<div style='background:url(https://evil.example/x.png)'>x</div>",
        "<div style='width: expression(alert(1))'>x</div>",
        "<div style='ba\\63 kground-color:red;position:absolute'>x</div>",
        "<td background='https://evil.example/x.png'>x</td>",
        "<img srcset='https://evil.example/x.png 1x' src='https://evil.example/y.png'>",
        "<video poster='https://evil.example/x.png' src='https://evil.example/x.mp4'></video>",
        "<picture><source srcset='https://evil.example/x.png'><img></picture>",
        "<input type=image src='https://evil.example/x.png'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "<p id=site-name class=alarm name=x>x</p>",
        "<img src='data:image/svg+xml;base64,PHN2Zz48L3N2Zz4='>",
        "<img src='//evil.example/x.png'>",
        "<img src='/admin/tickets/ticket/next/'>",
    ],
)
def test_nothing_that_acts_or_loads_is_left(attack: str) -> None:
    left = safe(f"<p>before</p>{attack}<p>after</p>")
    seen = Seen()
    seen.feed(left)
    assert seen.tags <= {"a", "div", "img", "p", "table", "tbody", "td", "tr"}
    assert seen.attributes <= {"href", "rel", "style", "target", "alt"}
    for value in seen.values:
        for trace in ("evil.example", "script:", "data:", "position", "url(", "expression"):
            assert trace not in value.lower()
    assert "before" in left


class Seen(HTMLParser):
    """Another parser's view of what is left."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]


def test_formatting_tables_and_lists_are_kept() -> None:
    source = (
        '<div dir="ltr"><b>Bold</b> <font color="red">red</font><ul><li>one</li></ul>'
        '<table border="1"><tr><td colspan="2" style="text-align:right;color:#b00">9</td></tr>'
        "</table><blockquote>quoted</blockquote></div>"
    )
    left = safe(source)
    for piece in ("<b>Bold</b>", 'color="red"', "<li>one</li>", 'colspan="2"', "text-align:right"):
        assert piece in left
    assert "color:#b00" in left
    assert "<blockquote>quoted</blockquote>" in left


def test_an_image_of_the_mail_itself_is_shown_whatever_the_case_of_its_name() -> None:
    left = safe("<img src='CID:Shot%401@Acme' alt=shot>", **{"shot@1@acme": PICTURE})
    assert f'src="{PICTURE}"' in left
    assert "src" not in safe("<img src='cid:other' alt=shot>", **{"shot@1@acme": PICTURE})


def test_an_image_that_stands_in_the_html_is_shown_however_large() -> None:
    large = data_address(png(900, 900))
    large = large.replace(",", "," + "A" * 1_500_000, 1)
    assert large in safe(f"<p>see</p><img src='{large}'>")


def test_remote_images_are_off_until_they_are_asked_for_and_never_without_tls() -> None:
    source = "<p>x</p><img src='http://t.example/a.gif' alt=logo><img src='https://t.example/b'>"
    quiet = safe_html(source, images={})
    assert quiet.remote_images == 2
    assert "t.example" not in quiet.html
    assert "logo" in quiet.html
    shown = safe(source, show_remote=True)
    assert 'src="https://t.example/a.gif"' in shown
    assert "http://" not in shown


def test_links_open_elsewhere_without_telling_where_from() -> None:
    left = safe("<a href='https://acme.example/x' target=_self rel=opener>here</a>")
    assert 'target="_blank"' in left
    assert 'rel="noopener noreferrer"' in left
    assert 'href="https://acme.example/x"' in left


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://acme.example/a?b=1#c", "https://acme.example/a?b=1#c"),
        ("HTTPS://ACME.example/", "https://acme.example/"),
        ("mailto:bob@acme.example", "mailto:bob@acme.example"),
        ("tel:+34600123456", "tel:+34600123456"),
        ("//acme.example/x", "https://acme.example/x"),
        ("https://bank.example@evil.example/", "https://evil.example/"),
        ("https:\\\\evil.example\\@bank.example/", "https://evil.example/@bank.example/"),
        ("https://аpple.example/", "https://xn--pple-43d.example/"),
        ("https://[::1]:8000/", "https://[::1]:8000/"),
        ("/relative", ""),
        ("#part", ""),
        ("file:///etc/passwd", ""),
        ("https://", ""),
        ("https://[bad/", ""),
        ("https://a.example:99999/", ""),
        ("https://a.example/" + "x" * 5_000, ""),
        ("", ""),
    ],
)
def test_a_link_leads_where_a_browser_would_go_or_nowhere(address: str, target: str) -> None:
    assert link_target(address) == target


@pytest.mark.parametrize(
    ("text", "target", "said"),
    [
        ("www.bank.example", "https://evil.example/", "evil.example"),
        ("https://bank.example/login", "https://bank.example.evil.example/", True),
        ("bank.example", "https://www.bank.example/x", ""),
        ("www.bank.example", "https://bank.example/x", ""),
        ("click here", "https://evil.example/", ""),
        ("bob@acme.example", "mailto:bob@acme.example", ""),
        ("invoice.pdf", "https://files.example/invoice.pdf", "files.example"),
    ],
)
def test_words_that_name_another_host_are_found(text: str, target: str, said: object) -> None:
    found = other_host(text, target)
    assert bool(found) if said is True else found == said


def test_a_link_that_names_another_place_says_where_it_leads() -> None:
    left = safe("<a href='https://evil.example/'><b>www.bank</b>.example/login</a>")
    assert '<span class="leads-to">leads to evil.example</span>' in left


def test_text_is_never_markup() -> None:
    assert safe("<p>1 &lt; 2 &amp; &lt;script&gt;</p>") == "<p>1 &lt; 2 &amp; &lt;script&gt;</p>"


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 200_000,
        "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">x",
        "".join(f"<i lang={number}><p>" for number in range(30_000)),
        "<span>" * 1_900 + "</foo>" * 100_000,
        "<table><tr><td>" * 60_000,
        "&" * 900_000,
        "<" * 900_000,
        "x" * 2_000_000,
        "<p>" + "".join(f"<i lang={number}>" for number in range(180)) + "<p>x" * 150_000,
    ],
    ids=range(9),
)
def test_hostile_markup_costs_no_minutes(bomb: str) -> None:
    started = time.process_time()
    with contextlib.suppress(TooTangled):
        safe(bomb)
    # Some seconds of a busy machine; without the limits it was up to a minute.
    assert time.process_time() - started < 8


def test_what_cannot_be_shown_says_what_to_do() -> None:
    with pytest.raises(TooTangled, match="Read its text"):
        safe("x" * 2_000_000)
