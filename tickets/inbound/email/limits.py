"""How much of an e-mail is read before it is put aside: a hostile mail must not cost minutes."""

from tickets.domain.incoming import Unreadable

MAX_BYTES = 25 * 1024 * 1024
MAX_HEADER_BYTES = 256 * 1024
MAX_NESTING = 100
MAX_PARTS = 1000
MAX_REFERENCES = 200
MAX_RECIPIENTS = 1000
# All pages of a mail together; dense markup of this size costs two seconds.
MAX_HTML_BYTES = 2 * 1024 * 1024


def check_size(raw: bytes) -> None:
    """Raise Unreadable for an empty mail and for one over 25 MB."""
    if not raw.strip(b"\x00 \t\r\n"):
        raise Unreadable("the mail is empty")
    if len(raw) > MAX_BYTES:
        raise Unreadable(f"the mail has {len(raw)} bytes; the limit is {MAX_BYTES} (25 MB)")


def check_header_block(size: int) -> None:
    """Raise Unreadable for a header block over 256 KB."""
    if size > MAX_HEADER_BYTES:
        raise Unreadable(f"a header block has more than {MAX_HEADER_BYTES} bytes (256 KB)")


def check_nesting(depth: int) -> None:
    """Raise Unreadable for multiparts nested deeper than 100."""
    if depth > MAX_NESTING:
        raise Unreadable(f"the mail nests its parts more than {MAX_NESTING} deep")


def check_parts(count: int) -> None:
    """Raise Unreadable for more than 1000 parts."""
    if count > MAX_PARTS:
        raise Unreadable(f"the mail has more than {MAX_PARTS} parts")
