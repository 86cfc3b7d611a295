"""What describes the API: how its parts are joined, and the stored OpenAPI document."""

from pathlib import Path

STORED = Path(__file__).resolve().parent / "docs" / "openapi.json"

REST_FRAMEWORK = {
    # No `?format=`: there is one. All else is said by the views' base class.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SIVO Support",
    "DESCRIPTION": "Tickets, their clocks and receipts, and the missed targets. Instants are "
    "RFC 3339 in UTC; every error is a problem of RFC 9457 with a stable `type`; lists come in "
    "pages that new rows do not disturb.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    # What it would look for is a test of ours.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # So that a generated client has one type for each list of words.
    "ENUM_SUFFIX": "",
    "ENUM_NAME_OVERRIDES": {
        "TicketStatus": "tickets.api.ticket_fields.STATUSES",
        "ProblemType": "tickets.api.problems.TYPE_URIS",
        "ReceiptCode": "sla.api.words.RECEIPT_CODES",
        "Language": "tickets.api.customers.LANGUAGES",
    },
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tickets.api.schema.refuse_unknown_fields",
    ],
}
