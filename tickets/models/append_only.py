"""Rows that can only be added: the triggers that refuse the rest (decision D5)."""

import pgtrigger


def append_only_triggers() -> list[pgtrigger.Trigger]:
    """Refuses UPDATE and DELETE in the database itself, whoever asks."""
    return [
        pgtrigger.Protect(
            name="refuse_update_and_delete", operation=pgtrigger.Update | pgtrigger.Delete
        ),
    ]
