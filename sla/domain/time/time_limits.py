"""The years 1 to 9999 in whole microseconds since 1970, half-open."""

from typing import Final

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
FIRST_US: Final = -62_135_596_800 * SECOND
END_US: Final = 253_402_300_800 * SECOND
