"""English: day before month and 24 hours, with the second that decides."""

DATE_FORMAT = "D j M Y"
DATETIME_FORMAT = "D j M Y H:i:s"
TIME_FORMAT = "H:i:s"
SHORT_DATETIME_FORMAT = "j M Y H:i"
