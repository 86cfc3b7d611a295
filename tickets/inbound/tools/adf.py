"""The Atlassian Document Format (rich text as JSON) to the text that a person sees."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tickets.inbound.email.charset import clean

_BLOCKS: Final = frozenset({
    "paragraph", "heading", "codeBlock", "blockquote", "bulletList", "orderedList", "listItem",
    "panel", "expand", "nestedExpand", "table", "tableRow", "rule", "mediaSingle", "mediaGroup",
    "taskList", "taskItem", "decisionList", "decisionItem",
})  # fmt: skip
_CELLS: Final = frozenset({"tableCell", "tableHeader"})
# Where an inline node of each kind keeps what is shown of it.
_SHOWN: Final = {
    "mention": ("text", "id"),
    "emoji": ("text", "shortName"),
    "status": ("text",),
    "inlineCard": ("url",),
    "blockCard": ("url",),
    "embedCard": ("url",),
    "expand": ("title",),
    "nestedExpand": ("title",),
    "placeholder": ("text",),
}
_FILES: Final = frozenset({"media", "mediaInline"})
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def adf_to_text(document: Any) -> str:
    """The text of a document, or of a plain text; whatever else stands there is skipped."""
    if isinstance(document, str):
        return clean(document)
    return clean(_BLANK_LINES.sub("\n\n", "".join(_parts(document))).strip())


def _parts(document: Any) -> Iterator[str]:
    # Not recursive: a document may nest as deep as JSON can.
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
            continue
        if not isinstance(node, dict):
            continue
        kind = node.get("type")
        kind = kind if isinstance(kind, str) else ""
        yield _own_text(kind, node)
        if kind in _BLOCKS:
            waiting.append("\n")
        elif kind in _CELLS:
            waiting.append(" ")
        inner = node.get("content")
        if isinstance(inner, list):
            # What is a text here was no node.
            waiting.extend(each for each in reversed(inner) if isinstance(each, dict))


def _own_text(kind: str, node: dict[str, Any]) -> str:
    if kind == "text":
        text = node.get("text")
        return text if isinstance(text, str) else ""
    if kind == "hardBreak":
        return "\n"
    if kind == "listItem":
        return "* "
    attributes = node.get("attrs")
    if not isinstance(attributes, dict):
        return ""
    if kind in _FILES:
        name = attributes.get("alt")
        return f"[{name}]" if isinstance(name, str) and name else ""
    shown = (attributes.get(key) for key in _SHOWN.get(kind, ()))
    return next((text for text in shown if isinstance(text, str)), "")
