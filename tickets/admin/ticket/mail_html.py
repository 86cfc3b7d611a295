"""The HTML of a stranger's mail made harmless: what may stay is a table, all else goes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nh3
from lxml import etree

from tickets.admin.ticket.mail_links import carried_image
from tickets.admin.ticket.mail_table import ANYWHERE, SCHEMES, STYLES, TAGS, UNSEEN
from tickets.admin.ticket.mail_writer import SafeWriter, TooTangled

# Without its images; longer ones are attacks, and the plain text shows them all the same.
MAX_CHARACTERS = 1_000_000
# The parser keeps a note of each one that it does not know.
_MAX_AMPERSANDS = 150_000
_CARRIED = re.compile(r"data:image/[^\s\"'<>]{200,}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeHtml:
    """A fragment that holds no script, no form and no foreign address but in links.

    `remote_images` counts what the mail wanted to load from other servers.
    """

    html: str
    remote_images: int


def safe_html(source: str, *, images: Mapping[str, str], show_remote: bool = False) -> SafeHtml:
    """The harmless form of a mail's HTML; `images` holds the carried ones by their Content-ID.

    Images of other servers stand in it only with `show_remote`. Raises TooTangled.
    """
    pictures = dict(images)
    text = _CARRIED.sub(lambda found: _set_aside(found.group(), pictures), source)
    if len(text) > MAX_CHARACTERS or text.count("&") > _MAX_AMPERSANDS:
        raise TooTangled(str(TooTangled.__doc__))
    writer = SafeWriter(
        tags=TAGS, anywhere=ANYWHERE, unseen=UNSEEN, images=pictures, show_remote=show_remote
    )
    # The stubs ask for a target of bytes too; the parser only ever hands over text.
    target: Any = writer
    # As events, not as a tree: a tree of hostile markup costs minutes (repeated attributes).
    parser = etree.HTMLParser(
        target=target, encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        parser.feed(text.encode("utf-8", "replace"))
        parser.close()
    except (etree.LxmlError, AssertionError):
        raise TooTangled(str(TooTangled.__doc__)) from None
    return SafeHtml(html=_judge(writer.finished()), remote_images=writer.remote_images)


def _set_aside(picture: str, pictures: dict[str, str]) -> str:
    """Megabytes of picture need no parser: a short name stands for it."""
    name = f"carried-{len(pictures)}"
    pictures[name] = carried_image(picture)
    return f"cid:{name}"


def _judge(markup: str) -> str:
    """The last word has a parser that reads as browsers do, with the same table."""
    return nh3.clean(
        markup,
        tags=set(TAGS),
        clean_content_tags=set(UNSEEN),
        attributes={
            **{name: own | ANYWHERE for name, own in TAGS.items()},
            "a": TAGS["a"] | ANYWHERE | {"target"},
        },
        allowed_classes={"span": {"leads-to", "no-image"}},
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer",
        filter_style_properties=set(STYLES),
        attribute_filter=_only_images_are_data,
    )


def _only_images_are_data(_tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and value[:5].lower() == "data:":
        return None
    return value
