"""Updates that were given up, written again."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from sla.models import ToolDisplay, ToolUpdate, UpdateState
from tickets.models import ToolAccess


@transaction.atomic
def replay_updates(*, update_ids: Collection[int], now: datetime) -> int:
    """Puts those that were given up back into the outbox; how many (`now` in UTC).

    Their tools are asked at once: whoever replays has mended them.
    """
    ended = [UpdateState.GIVEN_UP, UpdateState.GONE]
    rows = ToolUpdate.objects.select_for_update(of=("self",)).filter(
        pk__in=update_ids, state__in=ended
    )
    # In the order in which readings of clocks lock them: else each waits for the other.
    chosen = list(rows.order_by("pk"))
    sources = {row.source_id for row in chosen}
    ToolDisplay.objects.filter(source__in=sources).update(held_until=None)
    ToolAccess.objects.filter(source__in=sources).update(failures=0, open_until=None)
    return ToolUpdate.objects.filter(pk__in=[row.pk for row in chosen]).update(
        state=UpdateState.WAITING, attempts=0, next_attempt_at=now, trouble=""
    )
