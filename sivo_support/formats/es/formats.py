"""Spanish: the same forms as in English, with Spanish names."""

DATE_FORMAT = "D j M Y"
DATETIME_FORMAT = "D j M Y H:i:s"
TIME_FORMAT = "H:i:s"
SHORT_DATETIME_FORMAT = "j M Y H:i"
