"""Fields that take exactly what they say: no text for a number, no number for a text."""

import re
from datetime import datetime
from typing import Any

from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tickets.domain.instants import BadInstant, format_instant, parse_instant

# At least one character that can be seen.
VISIBLE = r"[^\s\x00-\x1f\x7f]"
EMAIL = (
    r"^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,63}$"
)
INSTANT = {"type": "string", "format": "date-time"}
ID = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}


@extend_schema_field(INSTANT)
class InstantField(serializers.Field[datetime, str, str, Any]):
    """RFC 3339 with an offset in, UTC out, to the microsecond."""

    default_error_messages = {"invalid": "{reason}"}

    def to_internal_value(self, data: str) -> datetime:
        """The instant."""
        try:
            return parse_instant(data)
        except BadInstant as error:
            self.fail("invalid", reason=str(error))

    def to_representation(self, value: datetime) -> str:
        """As every command of ours writes it."""
        return format_instant(value)


class TextField(serializers.CharField):
    """A text, and nothing that could be made one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        # The operations take out what the database refuses, as of every mail.
        self.validators = [
            each
            for each in self.validators
            if not isinstance(each, ProhibitNullCharactersValidator)
        ]

    def to_internal_value(self, data: Any) -> str:
        """The text as it came."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WrittenField(TextField):
    """A text in which something can be read."""

    def __init__(self, **kwargs: Any) -> None:
        said = "There is no text: write something."
        super().__init__(validators=[RegexValidator(VISIBLE, said, "blank")], **kwargs)


class EmailField(TextField):
    """One bare address in ASCII."""

    def __init__(self, **kwargs: Any) -> None:
        said = "This is not an e-mail address."
        super().__init__(validators=[RegexValidator(EMAIL, said, "email")], **kwargs)


class FlagField(serializers.BooleanField):
    """true or false, and nothing that could be made one."""

    def to_internal_value(self, data: Any) -> bool:
        """The flag."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class NumberField(serializers.IntegerField):
    """The number of a row; in a body a JSON number only."""

    def __init__(self, *, in_query: bool = False, **kwargs: Any) -> None:
        self._in_query = in_query
        super().__init__(**{"min_value": 1, "max_value": 2**63 - 1, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        # JSON knows one kind of number: 7.0 is 7.
        is_whole = isinstance(data, float) and data.is_integer()
        is_number = is_whole or (isinstance(data, int) and not isinstance(data, bool))
        is_text = isinstance(data, str) and re.fullmatch(r"-?[0-9]{1,20}", data, re.ASCII)
        if not (is_text if self._in_query else is_number):
            self.fail("invalid")
        return int(super().to_internal_value(int(data)))


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses what it does not know: a filter with a slip of the pen would show everything."""

    def to_internal_value(self, data: Any) -> Any:
        """The known fields. Raises ValidationError for the others."""
        if hasattr(data, "keys"):
            unknown = [name for name in data.keys() if name not in self.fields]  # noqa: SIM118
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: serializers.ErrorDetail("There is no such field.", "unknown")
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)
