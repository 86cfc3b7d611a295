"""Writes a mail's HTML anew from a parser's events: well-formed, only what a table allows."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from html import escape

from django.utils.translation import gettext as _

from tickets.admin.ticket.mail_links import (
    carried_image,
    content_id,
    link_target,
    other_host,
    remote_image,
)

_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
# Deeper nesting shows its text without its tags.
_MAX_DEPTH = 200
# The parser looks through all open elements at each end: beyond this it is an attack.
_MAX_OPEN = 2_000
_MAX_LINK_TEXT = 500
_MAX_VALUE = 2_000
# In a style these load a file, or hide from a filter what they are.
_SUSPECT_STYLE = re.compile(r"url|image|expression|import|behavior|[\\@<]|/\*", re.IGNORECASE)


class TooTangled(ValueError):
    """This mail's formatting cannot be shown: it is too large or broken. Read its text."""


@dataclass(slots=True)
class _Link:
    target: str
    text: str = ""


@dataclass(slots=True)
class SafeWriter:
    """A target for lxml's HTML parser."""

    tags: Mapping[str, Set[str]]
    anywhere: Set[str]
    unseen: Set[str]
    images: Mapping[str, str]
    show_remote: bool
    remote_images: int = 0
    _out: list[str] = field(default_factory=list)
    # One entry for each open element: the tag that was written, "" for none.
    _open: list[str] = field(default_factory=list)
    _depth: int = 0
    _hidden: int = 0
    _link: _Link | None = None

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        """An element begins. Raises TooTangled."""
        name = tag.lower()
        if self._hidden or name in self.unseen:
            self._hidden += 1
            return
        written = ""
        if name == "img":
            self._image(attrib)
        elif name in _VOID and name in self.tags:
            self._out.append(self._tag(name, attrib))
        elif name in self.tags and self._depth < _MAX_DEPTH and not (name == "a" and self._link):
            written = name
            self._out.append(self._tag(name, attrib))
            self._depth += 1
        self._open.append(written)
        if len(self._open) > _MAX_OPEN:
            raise TooTangled(str(TooTangled.__doc__))

    def end(self, tag: str) -> None:
        """The element that began last ends."""
        if self._hidden:
            self._hidden -= 1
            return
        written = self._open.pop() if self._open else ""
        if not written:
            return
        self._depth -= 1
        self._out.append(f"</{written}>")
        if written == "a" and self._link is not None:
            self._say_where(self._link)
            self._link = None

    def data(self, data: str) -> None:
        """Text between the tags."""
        if self._hidden:
            return
        if self._link is not None and len(self._link.text) < _MAX_LINK_TEXT:
            self._link.text += data
        self._out.append(escape(data))

    def comment(self, text: str) -> None:
        """Nobody sees comments."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Nor instructions to programs."""

    def close(self) -> str:
        """All that was written."""
        return self.finished()

    def finished(self) -> str:
        """The markup, every element closed."""
        ends = "".join(f"</{name}>" for name in reversed(self._open) if name)
        return "".join(self._out) + ends

    def _tag(self, name: str, attributes: Mapping[str, str]) -> str:
        kept = {
            key: value[:_MAX_VALUE]
            for key, value in attributes.items()
            if key in self.anywhere or key in self.tags[name]
        }
        if _SUSPECT_STYLE.search(kept.get("style", "")):
            del kept["style"]
        if name == "a":
            target = link_target(attributes.get("href", ""))
            kept.pop("href", None)
            if target:
                kept |= {"href": target, "target": "_blank"}
            self._link = _Link(target)
        return _written(name, kept)

    def _image(self, attributes: Mapping[str, str]) -> None:
        kept = {
            key: value[:_MAX_VALUE]
            for key, value in attributes.items()
            if key in {"alt", "width", "height", "align"}
        }
        address = attributes.get("src", "")
        source = self.images.get(content_id(address), "") or carried_image(address)
        if not source and (remote := remote_image(address)):
            self.remote_images += 1
            source = remote if self.show_remote else ""
        if source:
            self._out.append(_written("img", {**kept, "src": source}))
        elif words := kept.get("alt", "").strip():
            self._out.append(f'<span class="no-image">{escape(words)}</span>')

    def _say_where(self, link: _Link) -> None:
        """A link that names one place and leads to another says so."""
        host = other_host(link.text, link.target)
        if host:
            words = _("leads to %(host)s") % {"host": host}
            self._out.append(f'<span class="leads-to">{escape(words)}</span>')


def _written(name: str, attributes: Mapping[str, str]) -> str:
    pairs = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{pairs}>"
