"""An address that was erased leaves the notices too; that they left, and when, stays (D5)."""

from sla.models import Notice, NoticeState, SourceRecipient


def forget_address(address: str) -> None:
    """Takes an address out of every notice and every source; what still waits for it is given up.

    Called in the transaction that erases.
    """
    if not address:
        return
    SourceRecipient.objects.filter(address__iexact=address).delete()
    mine = Notice.objects.filter(address__iexact=address)
    mine.filter(state=NoticeState.WAITING).update(
        state=NoticeState.DEAD, next_attempt_at=None, last_error="the address was erased"
    )
    mine.update(address="")
