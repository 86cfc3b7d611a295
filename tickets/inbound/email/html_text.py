"""HTML to the text that a person sees: paragraphs, lists, tables, quotes marked with `> `."""

import re
from dataclasses import dataclass, field

from lxml import etree

from tickets.inbound.email.charset import clean
from tickets.inbound.email.limits import MAX_HTML_BYTES

_UNSEEN = frozenset({
    "head", "style", "script", "title", "template", "noframes", "object", "iframe", "svg", "math",
    "select", "textarea",
})  # fmt: skip
_PARAGRAPHS = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre",
})  # fmt: skip
_BLOCKS = _PARAGRAPHS | {
    "div", "li", "tr", "dt", "dd", "address", "article", "aside", "body", "caption", "center",
    "fieldset", "figure", "footer", "form", "header", "hr", "html", "main", "nav", "section",
    "thead", "tbody", "tfoot",
}  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:!important\s*)?(?:;|$))",
    re.IGNORECASE,
)
_MARKED = _BLOCKS | {"br", "td", "th"}
_RULE = "_" * 32
_MAX_QUOTES = 20


@dataclass(slots=True)
class _Writer:
    """Lines as they grow; white space at block edges is decided when the next text comes."""

    lines: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    quotes: int = 0
    gap: int | None = None
    preformatted: int = 0
    marker: str = ""
    counters: list[int | None] = field(default_factory=list)

    def text(self, content: str) -> None:
        """Text as it stands in the source; white space is one blank, but not in a `pre`."""
        if self.marker and content.strip():
            self.current.append(self.marker)
            self.marker = ""
        if self.preformatted:
            first, *rest = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.current.append(first)
            for line in rest:
                self.newline()
                self.current.append(line)
            return
        if "\n" in content or "  " in content or "\t" in content or "\r" in content:
            content = _SPACE.sub(" ", content)
        if not self.current or self.current[-1].endswith(" "):
            content = content.removeprefix(" ")
        if content:
            self.current.append(content)

    def block(self) -> None:
        """End the line if it holds something."""
        if "".join(self.current).strip(" "):
            self.newline()
        self.current.clear()

    def paragraph(self) -> None:
        """End the line and leave a blank one, quoted as the outer side is, before what follows."""
        self.block()
        self.gap = self.quotes if self.gap is None else min(self.gap, self.quotes)

    def newline(self) -> None:
        """End the line, an empty one too."""
        line = "".join(self.current).replace("\xa0", " ").rstrip()
        self.current.clear()
        if line and self.gap is not None:
            if self.lines:
                self.lines.append(_prefix(min(self.gap, self.quotes)).rstrip())
            self.gap = None
        self.lines.append((_prefix(self.quotes) + line).rstrip())

    def item(self) -> None:
        """The next text begins an item of the innermost list."""
        self.marker = "* "
        if self.counters and self.counters[-1] is not None:
            self.counters[-1] += 1
            self.marker = f"{self.counters[-1]}. "

    def finished(self) -> str:
        """All lines, never more than one blank one between two."""
        self.block()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip("\n")


def _prefix(quotes: int) -> str:
    return "> " * min(quotes, _MAX_QUOTES)


def html_to_text(html: str, limit: int = MAX_HTML_BYTES) -> str:
    """The text that an HTML mail shows, without scripts, styles and hidden parts; never raises.

    What is longer than the limit only loses its tags.
    """
    source = clean(html)
    if len(source) > limit:
        return _stripped(source)
    try:
        parser = etree.HTMLParser(
            encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
        )
        root = etree.fromstring(_bounded(source).encode("utf-8"), parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return _stripped(source)
    if root is None:
        return ""
    return _walk(root)


def _walk(root: etree._Element) -> str:
    writer = _Writer()
    unseen = 0
    # Not recursive: mail programs nest a table per reply.
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        style = element.get("style")
        hidden = tag in _UNSEEN or (style is not None and _HIDDEN.search(style) is not None)
        if event == "start":
            unseen += hidden
            if unseen:
                continue
            if tag in _MARKED:
                _open(writer, tag)
            if element.text:
                writer.text(element.text)
        else:
            if not unseen and tag in _MARKED:
                _close(writer, tag)
            unseen -= hidden
            if not unseen and element.tail and element is not root:
                writer.text(element.tail)
    return writer.finished()


def _open(writer: _Writer, tag: str) -> None:
    if tag == "br":
        writer.newline()
    elif tag in _PARAGRAPHS:
        writer.paragraph()
    elif tag in _BLOCKS:
        writer.block()
    if tag == "blockquote":
        writer.quotes += 1
    elif tag == "pre":
        writer.preformatted += 1
    elif tag == "hr":
        writer.current.append(_RULE)
        writer.block()
    elif tag == "li":
        writer.item()
    elif tag in ("ul", "ol"):
        writer.counters.append(0 if tag == "ol" else None)
    elif tag in ("td", "th") and writer.current:
        writer.text(" ")


def _close(writer: _Writer, tag: str) -> None:
    if tag in _PARAGRAPHS:
        writer.paragraph()
    elif tag in _BLOCKS and tag != "hr":
        writer.block()
    if tag == "blockquote":
        writer.quotes -= 1
    elif tag == "pre":
        writer.preformatted -= 1
    elif tag in ("ul", "ol") and writer.counters:
        writer.counters.pop()


_BREAKING = re.compile(r"<(?:br|/?(?:p|div|tr|li|h[1-6]|blockquote))\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_MAX_STRIPPED = 1024 * 1024


# A tag with more is no writer's: libxml2 compares each attribute of a tag with all others.
_START = re.compile(r"<([a-zA-Z][a-zA-Z0-9:]{0,30})(?=[\s/])((?:[^<>\"']+|\"[^\"]*\"|'[^']*')*)")
_LONG = 1000
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_MAX_ATTRIBUTES = 200


def _bounded(source: str) -> str:
    """The source without the attributes of tags that have absurdly many."""
    return _START.sub(_bounded_tag, source)


def _bounded_tag(match: re.Match[str]) -> str:
    if len(match.group(2)) < _LONG:
        return match.group(0)
    bare = _QUOTED.sub("", match.group(2))
    attributes = max(bare.count("="), bare.count("/"), len(bare.split()))
    return f"<{match.group(1)}" if attributes > _MAX_ATTRIBUTES else match.group(0)


def _stripped(source: str) -> str:
    """What cannot be parsed, without its tags."""
    text = _TAG.sub("", _BREAKING.sub("\n", source[:_MAX_STRIPPED]))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
