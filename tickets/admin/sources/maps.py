"""What an operator may say of a tool's words and people, and what is known without it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.domain.plain_word import plain_word
from tickets.domain.words import Severity, Status, WaitCause
from tickets.inbound.tools.table import TOOLS
from tickets.models import STATUS_MEANINGS, Source

_MOST_WORDS: Final = 50
_LONGEST_WORD: Final = 40
_MOST_PEOPLE: Final = 500
_LONGEST_PERSON: Final = 254
_STATUS_WORDS: Final[Mapping[tuple[str, str], tuple[str, Promise]]] = {
    (Status.OPEN, ""): ("●", _("open: the clocks run")),
    (Status.WAITING, WaitCause.CUSTOMER): ("‖", _("waiting on the customer: resolution pauses")),
    (Status.WAITING, WaitCause.THIRD_PARTY): ("◌", _("waiting on a third party: nothing pauses")),
    (Status.WAITING, WaitCause.INTERNAL): ("◌", _("waiting on us: nothing pauses")),
    (Status.SOLVED, ""): ("✓", _("solved: the clocks stop")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordView:
    """A word of theirs with what it means here; `is_own`: this source says so, not the tool."""

    word: str
    shape: str
    meaning: Promise | str
    is_own: bool


def word_tables(source: Source) -> dict[str, list[WordView]]:
    """The tool's own tables with what this source says otherwise; {} for what is no tool."""
    tool = TOOLS.get(source.kind)
    if tool is None:
        return {}
    statuses = {word: source.status_of(word) for word in source.status_map}
    severities = {word: source.severity_of(word) for word in source.priority_map}
    return {
        "statuses": [
            WordView(word=word, shape=shape, meaning=meaning, is_own=word in statuses)
            for word, found in {**tool.statuses, **statuses}.items()
            if found
            for shape, meaning in [_STATUS_WORDS[found]]
        ],
        "severities": [
            WordView(word=word, shape="", meaning=found.value, is_own=word in severities)
            for word, found in {**tool.severities, **severities}.items()
            if found
        ],
    }


def clean_priorities(given: Any) -> dict[str, str]:
    """Their priorities as they are compared, each with one of our severities."""
    return _clean_words(
        given,
        tuple(Severity),
        example=gettext('Write an object, such as {"urgent": "S1"}.'),
        wrong=gettext("“%(word)s” must mean one of S1, S2, S3, S4."),
    )


def clean_statuses(given: Any) -> dict[str, str]:
    """Their statuses as they are compared, each with one of the meanings that we know."""
    return _clean_words(
        given,
        tuple(STATUS_MEANINGS),
        example=gettext('Write an object, such as {"parked": "waiting_on_customer"}.'),
        wrong=gettext(
            "“%(word)s” must mean one of open, waiting_on_customer, waiting_on_third_party, "
            "waiting_on_us, solved."
        ),
    )


def _clean_words(
    given: Any, meanings: Iterable[str], *, example: str, wrong: str
) -> dict[str, str]:
    given = given or {}
    if not isinstance(given, dict):
        raise forms.ValidationError(example)
    if len(given) > _MOST_WORDS:
        raise forms.ValidationError(_("These are too many words: 50 at most."))
    found: dict[str, str] = {}
    for theirs, ours in given.items():
        key = plain_word(theirs)
        if not key or len(key) > _LONGEST_WORD:
            raise forms.ValidationError(_("A word has 1 to 40 characters."))
        if ours not in meanings:
            raise forms.ValidationError(wrong, params={"word": theirs})
        if found.setdefault(key, str(ours)) != ours:
            raise forms.ValidationError(
                _("“%(word)s” stands there twice."), params={"word": theirs}
            )
    return found


class PeopleField(forms.CharField):
    """Ids or addresses, one per line; a list in the database."""

    widget = forms.Textarea(attrs={"rows": 5, "cols": 40, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares lines with lines."""
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: Any) -> Any:
        """The lines without blanks around them, each once, in the order in which they stand."""
        lines = [" ".join(line.split()) for line in super().clean(value).splitlines()]
        found = list(dict.fromkeys(line for line in lines if line))
        if len(found) > _MOST_PEOPLE:
            raise forms.ValidationError(_("These are too many lines: 500 at most."))
        if any(len(line) > _LONGEST_PERSON or "," in line or ";" in line for line in found):
            raise forms.ValidationError(
                _("Write one id or e-mail address per line, without commas.")
            )
        return found
