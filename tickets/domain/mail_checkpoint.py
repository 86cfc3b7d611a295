"""How far a mail folder has been read: a value that only ever grows, until UIDVALIDITY changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

# So many UIDs at the end are remembered one by one: a mail whose UID shows up late among them
# is still found.
REMEMBERED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Every UID up to `floor`, and each one in `recent` (ascending), has been dealt with.

    Up to `stock_uid` the mails were there when the folder was first seen under this UIDVALIDITY.
    """

    uidvalidity: int
    last_uid: int = 0
    stock_uid: int = 0
    recent: tuple[int, ...] = ()

    @property
    def floor(self) -> int:
        """The UID above which a look at the folder begins."""
        return self.recent[0] if self.recent else self.last_uid

    def unseen(self, uids: Iterable[int]) -> list[int]:
        """Those that have not been dealt with, ascending."""
        known, floor = set(self.recent), self.floor
        return sorted(uid for uid in set(uids) if uid > floor and uid not in known)

    def after(self, uids: Sequence[int]) -> "Checkpoint":
        """The checkpoint once these are dealt with, the lowest of the unseen ones first."""
        if not uids:
            return self
        together = sorted({self.floor, *self.recent, *uids})
        return replace(
            self,
            last_uid=max(self.last_uid, *uids),
            recent=tuple(together[-REMEMBERED:]),
        )
