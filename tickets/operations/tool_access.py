"""With what a source's tool may be asked to do something for us."""

from tickets.models import Source, ToolAccess
from tickets.outbound.tools.table import ANSWER_WAYS


def answers_through(source: Source) -> ToolAccess | None:
    """With what answers leave through a source's tool; None where they do not."""
    if source.kind not in ANSWER_WAYS:
        return None
    rows = ToolAccess.objects.filter(source=source, is_active=True, answers=True)
    return rows.select_related("source").first()
