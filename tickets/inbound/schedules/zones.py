"""Zendesk names zones as Rails does: cities, not the names of the IANA."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_EUROPE = (
    *("Amsterdam", "Athens", "Belgrade", "Berlin", "Bratislava", "Brussels", "Bucharest"),
    *("Budapest", "Copenhagen", "Dublin", "Istanbul", "Lisbon", "Ljubljana", "London", "Madrid"),
    *("Minsk", "Moscow", "Paris", "Prague", "Riga", "Rome", "Sarajevo", "Skopje", "Sofia"),
    *("Stockholm", "Tallinn", "Vienna", "Vilnius", "Warsaw", "Zagreb", "Zurich"),
)
ZONES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{city: f"Europe/{city}" for city in _EUROPE},
        "Bern": "Europe/Zurich",
        "Edinburgh": "Europe/London",
        "Helsinki": "Europe/Helsinki",
        "Kyiv": "Europe/Kiev",
        "Azores": "Atlantic/Azores",
        "Casablanca": "Africa/Casablanca",
        "West Central Africa": "Africa/Algiers",
        "Eastern Time (US & Canada)": "America/New_York",
        "Central Time (US & Canada)": "America/Chicago",
        "Mountain Time (US & Canada)": "America/Denver",
        "Pacific Time (US & Canada)": "America/Los_Angeles",
        "Atlantic Time (Canada)": "America/Halifax",
        "Mexico City": "America/Mexico_City",
        "Bogota": "America/Bogota",
        "Lima": "America/Lima",
        "Quito": "America/Lima",
        "Caracas": "America/Caracas",
        "La Paz": "America/La_Paz",
        "Santiago": "America/Santiago",
        "Buenos Aires": "America/Argentina/Buenos_Aires",
        "Montevideo": "America/Montevideo",
        "Brasilia": "America/Sao_Paulo",
        "UTC": "UTC",
    }
)
