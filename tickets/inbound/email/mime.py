"""The tree of a mail's parts, cut out of the raw bytes in one pass and within limits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tickets.inbound.email.headers import Headers, first_token, split_headers
from tickets.inbound.email.limits import check_nesting, check_parts
from tickets.inbound.email.parameters import media_type, parse_value
from tickets.inbound.email.smime import signed_content
from tickets.inbound.email.transfer import decode_transfer

_SNIFFED = re.compile(
    rb"(?:\A|\n)--([^\s\x00-\x1f]{6,200}?)(?:--)?[ \t]*\r?\n(?=Content-)", re.IGNORECASE
)
_MAX_SNIFFED = 64 * 1024
_MAX_SIGNED = 5
_SIGNED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a mail: what its headers say, and its bytes or the parts inside it."""

    headers: Headers
    media_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    encoded: bytes
    parts: tuple["Part", ...] = ()

    @property
    def encoding(self) -> str:
        """The transfer encoding in lower case, "" when none is named."""
        return first_token(self.headers.raw("content-transfer-encoding") or b"")

    def content(self) -> bytes:
        """The decoded bytes of a leaf."""
        return decode_transfer(self.encoded, self.encoding)

    def walk(self) -> Iterator["Part"]:
        """This part and every part below it, in reading order; enclosed mails stay closed."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True)
class _Cutter:
    raw: bytes
    notes: list[str]
    count: int = field(default=0)

    def part(self, start: int, end: int, depth: int, default: str) -> Part:
        check_nesting(depth)
        self.count += 1
        check_parts(self.count)
        headers, body = split_headers(self.raw, start, end)
        kind, parameters = media_type(headers.raw("content-type"), default)
        disposition, more = parse_value(headers.raw("content-disposition") or b"")
        parts: tuple[Part, ...] = ()
        if kind.startswith("multipart/"):
            if kind == "multipart/encrypted":
                self.notes.append("an encrypted part was kept as a file")
            parts = self.children(body, end, depth, kind, parameters.get("boundary", ""))
            if not parts:
                self.notes.append(f"{kind} without parts was read as text")
                kind = "text/plain"
        part = Part(
            headers=headers,
            media_type=kind,
            parameters=parameters,
            disposition=disposition,
            filename=more.get("filename") or more.get("name") or parameters.get("name") or "",
            encoded=b"" if parts else self.raw[body:end],
            parts=parts,
        )
        return self.opened(part, depth) if kind in _SIGNED else part

    def opened(self, part: Part, depth: int) -> Part:
        """Text inside an S/MIME signature, as a part beside the file; the file when encrypted."""
        file = replace(part, filename=part.filename or "smime.p7m")
        content = signed_content(file.content()) if depth < _MAX_SIGNED else None
        if content is None:
            self.notes.append("an encrypted part was kept as a file")
            return file
        cutter = _Cutter(content, self.notes, self.count)
        inner = cutter.part(0, len(content), depth + 1, "text/plain")
        self.count = cutter.count
        return replace(file, media_type="multipart/signed", encoded=b"", parts=(inner, file))

    def children(
        self, start: int, end: int, depth: int, kind: str, boundary: str
    ) -> tuple[Part, ...]:
        spans = self.spans(start, end, boundary.encode("utf-8", "replace")) if boundary else []
        if not spans:
            # From the line break before it: that break is part of the pattern.
            first = max(start - 1, 0)
            sniffed = _SNIFFED.search(self.raw, first, min(end, start + _MAX_SNIFFED))
            if sniffed is None:
                return ()
            self.notes.append("the boundary of a multipart was wrong or missing")
            spans = self.spans(start, end, sniffed.group(1))
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        return tuple(self.part(first, last, depth + 1, default) for first, last in spans)

    def spans(self, start: int, end: int, boundary: bytes) -> list[tuple[int, int]]:
        """Where the parts lie between the boundary lines; the last may lack its closing line."""
        spans: list[tuple[int, int]] = []
        opened: int | None = None
        # The line break before it is part of the pattern: the search has a literal to run to.
        line = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t\r]{0,100}(?:\n|\Z)")
        at = max(start - 1, 0)
        while (match := line.search(self.raw, at, end)) is not None:
            if opened is not None:
                spans.append((opened, self.before(match.start() + 1, opened)))
                check_parts(self.count + len(spans))
            opened = None if match.group(1) else match.end()
            if opened is None:
                break
            at = match.end() - 1
        if opened is not None:
            self.notes.append("the mail ends before its closing boundary")
            spans.append((opened, end))
        return spans

    def before(self, at: int, opened: int) -> int:
        """The end of a part: the line break before a boundary belongs to the boundary."""
        if self.raw[at - 2 : at] == b"\r\n":
            return max(at - 2, opened)
        return max(at - 1, opened)


def parse_tree(raw: bytes, notes: list[str]) -> Part:
    """The mail as a tree; adds what had to be repaired to `notes`.

    Raises Unreadable beyond the limits on header blocks, nesting and number of parts.
    """
    return _Cutter(raw, notes).part(0, len(raw), 0, "text/plain")


def enclosed(part: Part) -> Headers:
    """The headers of a mail that a part encloses (message/rfc822 or text/rfc822-headers)."""
    content = part.content().lstrip(b"\r\n")
    return split_headers(content, 0, len(content))[0]
