"""Rows that can only be added: the triggers that refuse the rest (decision D5)."""

import pgtrigger


def append_only_triggers() -> list[pgtrigger.Trigger]:
    """Refuses UPDATE and DELETE in the database itself, whoever asks."""
    return [
        pgtrigger.Protect(
            name="refuse_update_and_delete", operation=pgtrigger.Update | pgtrigger.Delete
        ),
    ]


def unchanging_triggers(*but: str) -> list[pgtrigger.Trigger]:
    """Refuses DELETE, and UPDATE of every column but those named."""
    return [
        pgtrigger.Protect(name="refuse_delete", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(name="refuse_other_updates", exclude=list(but)),
    ]
