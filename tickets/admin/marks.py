"""A state on a page: never by its colour alone."""

from django.utils.html import format_html
from django.utils.safestring import SafeString


def mark_html(mark: str, shape: str, text: object) -> SafeString:
    """A state by its shape, its colour and its word."""
    return format_html(
        '<span class="mark mark-{}"><span aria-hidden="true">{}</span> {}</span>',
        mark,
        shape,
        text,
    )
