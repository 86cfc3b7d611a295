"""What each recorded webhook says: who wrote, who sees it, and what changed."""

import json
from datetime import UTC, datetime

import pytest

from tests.tickets.tools.calls import PLAIN, gist, message, names, read
from tickets.domain.incoming import Ignored
from tickets.domain.words import Severity, Status, WaitCause
from tickets.inbound.tools.table import TOOLS, ToolCall, ToolMap

BOBS = "customer public"
ALICES = "agent public"
UNSURE_JIRA = "ignored: kept as a note: Jira's webhook does not say for sure"
MACHINE = "ignored: written by an account that is on this source's list of machines"
TELLS: dict[str, dict[str, list[str]]] = {
    "zendesk": {
        "created": [f"{BOBS} No entran llamadas.", "customer HIGH S2"],
        "first_comment": [f"{BOBS} No entran llamadas."],
        "trigger": [f"{BOBS} No entran llamadas.", "customer High S2"],
        "agent_reply": [f"{ALICES} Lo miramos ahora."],
        "note": ["agent note Es el troncal."],
        "customer_reply": [f"{BOBS} ¿Hay novedades?"],
        "autoresponder": ["bot public Hemos recibido su mensaje."],
        "pending": ["agent waiting customer"],
        "hold": ["agent waiting third_party"],
        "solved": ["agent solved"],
        "priority": ["agent URGENT S1"],
        "tags": ["ignored: tags stay"],
        "custom_status": ["ignored: the status '8447320465790' has no counterpart here"],
    },
    "jira": {
        "created": [f"{BOBS} No entran llamadas.", "customer High S2"],
        "customer_comment": [f"{BOBS} ¿Hay novedades?"],
        "customer_comment_update": [f"{BOBS} ¿Hay novedades?"],
        "agent_comment": ["agent note Lo miramos ahora.", UNSURE_JIRA],
        "agent_note": ["agent note Es el troncal."],
        "agent_public_by_property": [f"{ALICES} Lo miramos ahora."],
        "app_comment": ["bot public Hemos recibido su mensaje."],
        "rule": [f"{ALICES} Lo miramos ahora."],
        "waiting": ["agent waiting customer"],
        "done": ["agent solved"],
        "own_status": ["agent open"],
        "priority": ["agent Highest S1"],
        "assigned": ["ignored: neither status nor priority"],
    },
    "chatwoot": {
        "customer": [f"{BOBS} No entran llamadas."],
        "followup": [f"{BOBS} ¿Hay novedades?"],
        "template": ["bot public Hemos recibido su mensaje."],
        "agent": [f"{ALICES} Lo miramos ahora."],
        "note": ["agent note Es el troncal."],
        "bot": ["bot public Puedo ayudarle."],
        "rule": ["bot public Seguimos en ello."],
        "activity": ["ignored: a line that the tool itself wrote"],
        "resolved": ["agent solved"],
        "snoozed": ["agent waiting internal"],
        "priority": ["agent urgent S1"],
        "created": ["ignored: its first message comes by itself"],
    },
    "zammad": {
        "created": [f"{BOBS} No entran llamadas.", "bot 2 normal S3"],
        "auto_reply": ["bot public Hemos recibido su mensaje.", "bot open", "bot 2 normal S3"],
        "agent_reply": [f"{ALICES} Lo miramos ahora.", "bot waiting customer", "bot 2 normal S3"],
        "note": ["agent note Es el troncal.", "bot open", "bot 2 normal S3"],
        "customer_reply": [f"{BOBS} ¿Hay novedades?", "bot open", "bot 2 normal S3"],
        "out_of_office": [f"{BOBS} Estoy de vacaciones.", "bot open", "bot 2 normal S3"],
        "closed": ["bot solved", "bot 3 high S2"],
    },
    "slack": {
        "customer": [f"{BOBS} No entran llamadas & el panel <no> carga, @U0ALICE"],
        "agent": [f"{BOBS} Lo miramos ahora."],
        "followup": [f"{BOBS} ¿Hay novedades?"],
        "own_post": [MACHINE],
        "bot": ["bot public Alerta"],
        "announcement": [f"{BOBS} Esta noche hay mantenimiento."],
        "changed": ["ignored: messages of the kind 'message_changed' are not used here"],
        "joined": ["ignored: messages of the kind 'channel_join' are not used here"],
        "reaction": ["ignored: the reaction 'white_check_mark' has no meaning here"],
        "challenge": ["ignored: a question whether the address is right"],
        "rate_limited": ["ignored: Slack held events back"],
    },
    "freshdesk": {
        "simple_created": [f"{BOBS} No entran llamadas ☃.", "customer High S2"],
        "simple_private_note": ["agent note "],
        "simple_public_note": ["ignored: who wrote it is not told"],
        "simple_status": ["agent waiting customer"],
        "simple_priority": ["agent 1 S4"],
        "ticket_created": [f"{BOBS} No entran llamadas.", "customer Medium S3"],
        "customer_replied": [f"{BOBS} ¿Hay novedades?"],
        "agent_replied": [f"{ALICES} Lo miramos ahora."],
        "note_added": ["agent note Es el troncal."],
        "status_changed": ["agent solved"],
        "priority_changed": ["agent Urgent S1"],
    },
    "intercom": {
        "created": [f"{BOBS} No entran llamadas."],
        "created_old_shape": [f"{BOBS} No entran llamadas."],
        "operator": ["bot public Responderemos pronto."],
        "admin_replied": [f"{ALICES} Lo miramos ahora."],
        "admin_noted": ["agent note Es el troncal."],
        "user_replied": [f"{BOBS} ¿Hay novedades?"],
        "admin_closed": ["agent solved"],
        "admin_snoozed": ["agent waiting internal"],
        "priority": ["agent priority unknown"],
        "ai_admin": ["bot public Prueba a reiniciar."],
        "ticket_created": [f"{BOBS} Desde las nueve no entra ninguna."],
        "ticket_contact_replied": [f"{BOBS} También el fax."],
        "ticket_admin_replied": [f"{ALICES} Lo miramos ahora."],
        "ticket_note": ["agent note Es el troncal."],
        "ticket_state": ["agent waiting customer"],
        "ticket_state_same": ["ignored: the state is the one that it was"],
        "ping": ["ignored: a question whether the address is right"],
    },
    "helpscout": {
        "created": [f"{BOBS} No entran llamadas."],
        "agent_reply": [f"{ALICES} Lo miramos ahora.", "agent waiting customer"],
        "note": ["agent note Es el troncal."],
        "customer_reply": [f"{BOBS} ¿Hay novedades?"],
        "closed": ["agent solved"],
        "with_threads": [
            "agent note Es el troncal.",
            f"{ALICES} Lo miramos ahora.",
            f"{BOBS} No entran llamadas.",
        ],
        "deleted": ["ignored: a ticket that is deleted there stays here"],
    },
    "front": {
        "inbound": [f"{BOBS} No entran llamadas."],
        "rule_inbound": [f"{BOBS} No entran llamadas."],
        "auto_reply": ["bot public Hemos recibido su mensaje."],
        "out_reply": [f"{ALICES} Lo miramos ahora."],
        "comment": ["agent note Es el troncal."],
        "archive": ["agent solved"],
        "rule_archive": ["bot solved"],
        "reopen": ["agent open"],
        "ticket_status": ["agent waiting internal"],
        "tag": ["ignored: tags stay"],
        "sync": ["ignored: a question whether the address is right"],
    },
}
CASES = [(tool, name) for tool, told in TELLS.items() for name in told]
# A rule of Front that sends a preview cannot be understood: see below.
UNREADABLE = {("front", "preview")}


@pytest.mark.parametrize(("tool", "name"), CASES)
def test_a_recorded_webhook_says_what_happened(tool: str, name: str) -> None:
    said = [gist(record) for record in read(tool, name)]
    expected = TELLS[tool][name]
    assert len(said) == len(expected), said
    for found, wanted in zip(said, expected, strict=True):
        assert found.startswith(wanted) if wanted.startswith("ignored") else found == wanted


def test_every_recorded_webhook_is_in_the_table() -> None:
    recorded = {(tool, name) for tool in TOOLS for name in names(tool)}
    assert recorded == set(CASES) | UNREADABLE


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_only_agents_who_really_answered_stop_a_clock(tool: str) -> None:
    for name in names(tool):
        if (tool, name) in UNREADABLE:
            continue
        answers = [gist(each) for each in read(tool, name) if gist(each).startswith(ALICES)]
        assert all("Lo miramos ahora." in answer for answer in answers), name


@pytest.mark.parametrize(
    ("tool", "name", "at"),
    [
        ("zendesk", "agent_reply", "08:20:00.1"),
        ("zendesk", "trigger", "08:00:00"),
        ("jira", "customer_comment", "09:00:00"),
        ("jira", "rule", "08:20:00.1"),
        ("chatwoot", "agent", "08:20:00.1"),
        ("zammad", "agent_reply", "08:20:00.1"),
        ("slack", "customer", "08:00:00.0002"),
        ("intercom", "admin_replied", "08:20:00"),
        ("helpscout", "customer_reply", "09:00:00"),
        ("front", "out_reply", "08:20:00.1"),
    ],
)
def test_a_message_counts_from_its_own_signed_time(tool: str, name: str, at: str) -> None:
    day = datetime(2026, 11, 23, tzinfo=UTC)
    clock = datetime.strptime(at, "%H:%M:%S.%f" if "." in at else "%H:%M:%S")
    expected = day.replace(
        hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=clock.microsecond
    )
    assert message(tool, name).occurred_at == expected


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("jira", "created"),
        ("chatwoot", "customer"),
        ("zammad", "created"),
        ("slack", "customer"),
        ("intercom", "user_replied"),
        ("front", "inbound"),
    ],
)
def test_the_names_of_files_stand_under_the_text(tool: str, name: str) -> None:
    last = message(tool, name).body.splitlines()[-1]
    assert last in {"[captura.png]", "[captura de pantalla.png]"}


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_an_event_that_nobody_knows_is_ignored_with_a_reason(tool: str) -> None:
    unknown = {
        "zendesk": {"type": "zen:event-type:user.created"},
        "jira": {"webhookEvent": "sprint_started"},
        "chatwoot": {"event": "contact_created"},
        "slack": {"type": "event_callback", "event": {"type": "team_join"}},
        "freshdesk": {"freshdesk_webhook": {"event": "survey", "ticket_id": "1"}},
        "intercom": {"topic": "company.created"},
        "front": {"type": "inbox_created", "payload": {"type": "inbox_created"}},
        "zammad": {"ticket": {"id": 1}},
    }
    given = ToolCall(
        headers={"x-helpscout-event": "customer.created"},
        body=json.dumps(unknown.get(tool, {})).encode(),
    )
    (record,) = TOOLS[tool].parse(given, PLAIN)
    assert isinstance(record, Ignored)
    assert len(record.reason) > 20


@pytest.mark.parametrize(
    ("tool", "name", "word"),
    [
        ("zendesk", "custom_status", "8447320465790"),
        ("jira", "own_status", "en_taller"),
        ("chatwoot", "snoozed", "snoozed"),
        ("zammad", "closed", "closed"),
        ("freshdesk", "status_changed", "resuelto"),
        ("intercom", "ticket_state", "waiting_on_customer"),
        ("helpscout", "closed", "closed"),
        ("front", "archive", "archived"),
    ],
)
def test_the_sources_own_table_overrules_that_of_the_tool(tool: str, name: str, word: str) -> None:
    words = ToolMap(statuses={word: (Status.WAITING, WaitCause.THIRD_PARTY)})
    assert any(gist(each).endswith("waiting third_party") for each in read(tool, name, words))


def test_a_priority_may_be_given_a_meaning() -> None:
    words = ToolMap(severities={"priority": Severity.S1, "urgent": Severity.S3})
    assert [gist(each) for each in read("intercom", "priority", words)] == ["agent priority S1"]
    assert [gist(each) for each in read("zendesk", "priority", words)] == ["agent URGENT S3"]


@pytest.mark.parametrize(
    ("tool", "name", "who"),
    [
        ("zendesk", "agent_reply", "7001"),
        ("jira", "agent_comment", "5A1B0E47748E770ED11F338C"),
        ("jira", "rule", "5a1b0e47748e770ed11f338c"),
        ("chatwoot", "agent", "Alice@sivocenter.example"),
        ("zammad", "agent_reply", "5"),
        ("slack", "agent", "U0ALICE"),
        ("intercom", "admin_replied", "9608799"),
        ("intercom", "ticket_admin_replied", "alice@sivocenter.example"),
        ("helpscout", "with_threads", "256"),
        ("front", "out_reply", "tea_2q21"),
        ("front", "comment", "alice@sivocenter.example"),
    ],
)
def test_what_our_own_account_wrote_does_not_come_back(tool: str, name: str, who: str) -> None:
    said = [gist(each) for each in read(tool, name, ToolMap(bots=frozenset({who})))]
    assert MACHINE in said
    assert not [each for each in said if "Lo miramos" in each]
