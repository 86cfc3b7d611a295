"""Who is an agent, who is a customer, and which answers are not taken for answers."""

import copy
from typing import Any

import pytest

from tests.tickets.tools.calls import PLAIN, call, gist, message, payload, read
from tickets.domain.incoming import IncomingMessage, Unreadable
from tickets.domain.words import AuthorKind, Channel, MailKind, Severity, Status
from tickets.inbound.tools.table import TOOLS, ToolCall, ToolMap

ALICE_AT_JIRA = frozenset({"5a1b0e47748e770ed11f338c"})


def changed(tool: str, name: str, *path: str | int, to: Any = "absent") -> ToolCall:
    """A recorded webhook with one value replaced, or left out."""
    body = copy.deepcopy(payload(tool, name))
    place: Any = body
    for key in path[:-1]:
        place = place[key]
    if to == "absent":
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return call(tool, body, name)


def say(given: ToolCall, tool: str, words: ToolMap = PLAIN) -> list[str]:
    return [gist(record) for record in TOOLS[tool].parse(given, words)]


@pytest.mark.parametrize(
    ("tool", "name", "path"),
    [
        ("zendesk", "agent_reply", ("event", "comment", "author", "is_staff")),
        ("zendesk", "agent_reply", ("event", "comment", "is_public")),
        ("chatwoot", "agent", ("private",)),
        ("zammad", "agent_reply", ("article", "internal")),
        ("zammad", "agent_reply", ("article", "sender")),
        ("intercom", "ticket_admin_replied", ("data", "item", "ticket_part", "author", "type")),
        ("helpscout", "with_threads", ("_embedded", "threads", 2, "createdBy", "type")),
    ],
)
def test_what_must_be_known_of_an_answer_is_never_guessed(
    tool: str, name: str, path: tuple[str | int, ...]
) -> None:
    with pytest.raises(Unreadable, match=str(path[-1])):
        TOOLS[tool].parse(changed(tool, name, *path), PLAIN)


def test_a_comment_in_jira_is_an_answer_only_when_its_rule_says_so() -> None:
    noted, confirmed = message("jira", "agent_comment"), message("jira", "rule")
    assert (noted.public, confirmed.public) == (False, True)
    assert noted.key != confirmed.key
    for word, public in (("true", False), ("", False), ("no", False), ("false", True)):
        (first, *_) = TOOLS["jira"].parse(
            changed("jira", "rule", "comment_internal", to=word), PLAIN
        )
        assert isinstance(first, IncomingMessage)
        assert first.public is public
    # The same comment of a rule that could not tell is no second note.
    (unsure, *_) = TOOLS["jira"].parse(changed("jira", "rule", "comment_internal", to=""), PLAIN)
    assert isinstance(unsure, IncomingMessage)
    assert unsure.key == noted.key


def test_a_comment_for_a_group_alone_is_a_note() -> None:
    group = {"type": "role", "value": "Service Desk Team"}
    given = changed("jira", "agent_comment", "comment", "visibility", to=group)
    assert say(given, "jira") == ["agent note Lo miramos ahora."]


@pytest.mark.parametrize(
    ("account", "words", "who"),
    [
        ("qm:1", PLAIN, AuthorKind.CUSTOMER),
        ("qm:1", ToolMap(agents=frozenset({"qm:1"})), AuthorKind.AGENT),
        ("someone", PLAIN, AuthorKind.AGENT),
        # Who is not on a list of all agents is none.
        ("someone", ToolMap(agents=ALICE_AT_JIRA), AuthorKind.CUSTOMER),
        ("5a1b0e47748e770ed11f338c", ToolMap(agents=ALICE_AT_JIRA), AuthorKind.AGENT),
    ],
)
def test_jira_accounts_of_one_type_are_told_apart_by_the_list(
    account: str, words: ToolMap, who: AuthorKind
) -> None:
    given = changed("jira", "agent_comment", "comment", "author", "accountId", to=account)
    (said, *_) = TOOLS["jira"].parse(given, words)
    assert isinstance(said, IncomingMessage)
    assert said.author.kind is who


def test_the_reporter_of_a_jira_ticket_is_a_customer_whatever_the_account() -> None:
    body = payload("jira", "customer_comment_update")
    body["comment"]["author"] = {"accountId": "someone", "accountType": "atlassian"}
    body["issue"]["fields"]["reporter"] = {"accountId": "someone", "accountType": "atlassian"}
    assert say(call("jira", body), "jira") == ["customer public ¿Hay novedades?"]


def test_an_agent_opens_a_ticket_for_a_customer() -> None:
    body = payload("jira", "created")
    body["issue"]["fields"]["creator"] = {"accountId": "5a1b0e47748e770ed11f338c"}
    (opening, stated) = TOOLS["jira"].parse(call("jira", body), ToolMap(agents=ALICE_AT_JIRA))
    assert isinstance(opening, IncomingMessage)
    assert opening.author.kind is AuthorKind.AGENT
    assert opening.recipients == ("bob@acme.example",)
    # The priority that Jira fills in is nobody's choice.
    assert gist(stated) == "bot High S2"
    zendesk = changed("zendesk", "created", "detail", "submitter_id", to="7001")
    assert say(zendesk, "zendesk") == ["agent public No entran llamadas.", "bot HIGH S2"]


def test_in_slack_only_listed_people_and_teams_are_ours() -> None:
    for listed in ("U0ALICE", "u0alice", "T0SIVO"):
        words = ToolMap(agents=frozenset({listed}))
        assert message("slack", "agent", words).author.kind is AuthorKind.AGENT
        assert message("slack", "customer", words).author.kind is AuthorKind.CUSTOMER
        assert [gist(each) for each in read("slack", "announcement", words)] == [
            "ignored: a message of ours outside a thread: answer in the thread"
        ]


def test_a_thread_of_slack_is_one_ticket() -> None:
    root, reply = message("slack", "customer"), message("slack", "followup")
    assert root.thread == reply.thread == "C0ACME:1795420800.000200"
    assert (root.opens, reply.opens) == (True, False)
    assert root.key != reply.key
    assert root.subject == "No entran llamadas & el panel <no> carga, @U0ALICE"
    assert "estado (https://status.acme.example)" in root.body


def test_a_reaction_of_our_people_may_be_given_a_meaning() -> None:
    words = ToolMap(
        agents=frozenset({"U0ALICE"}),
        statuses={"white_check_mark": (Status.SOLVED, "")},
        severities={"sos": Severity.S1},
    )
    assert [gist(each) for each in read("slack", "reaction", words)] == ["agent solved"]
    sos = changed("slack", "reaction", "event", "reaction", to="sos")
    assert say(sos, "slack", words) == ["agent sos S1"]
    bobs = changed("slack", "reaction", "event", "user", to="U0BOB")
    assert say(bobs, "slack", words)[0].startswith("ignored: a reaction of somebody")


def test_a_renamed_event_of_help_scout_is_no_answer() -> None:
    body = payload("helpscout", "customer_reply")
    forged = ToolCall(
        headers={"x-helpscout-event": "convo.agent.reply.created"},
        body=call("helpscout", body).body,
    )
    said = say(forged, "helpscout")
    assert said[0] == "agent note ¿Hay novedades?"
    assert said[1].startswith("ignored: kept as a note")
    assert len(said) == 2


def test_zendesks_first_comment_is_the_description_told_twice() -> None:
    told = [message("zendesk", name) for name in ("created", "first_comment", "trigger")]
    assert {(each.key, each.opens, each.occurred_at) for each in told} == {
        ("5158:created", True, told[0].occurred_at)
    }
    assert told[2].author.email == "bob@acme.example"
    # The same words later on are a message of their own.
    later = changed("zendesk", "first_comment", "time", to="2026-11-23T08:10:00Z")
    (said,) = TOOLS["zendesk"].parse(later, PLAIN)
    assert isinstance(said, IncomingMessage)
    assert (said.key, said.opens) == ("8659716080126", False)


def test_ids_of_zendesk_may_be_numbers_or_texts() -> None:
    assert message("zendesk", "customer_reply").key == "8659716080129"
    given = changed("zendesk", "agent_reply", "detail", "id", to=5158)
    (said,) = TOOLS["zendesk"].parse(given, PLAIN)
    assert isinstance(said, IncomingMessage)
    assert said.thread == "5158"


def test_a_conversation_and_its_ticket_count_a_message_once() -> None:
    part = payload("intercom", "ticket_contact_replied")["data"]["item"]["ticket_part"]
    body = payload("intercom", "user_replied")
    body["data"]["item"]["id"] = "215472629311235"
    body["data"]["item"]["conversation_parts"]["conversation_parts"] = [part]
    (said,) = TOOLS["intercom"].parse(call("intercom", body), PLAIN)
    assert isinstance(said, IncomingMessage)
    ticket = message("intercom", "ticket_contact_replied")
    assert (said.thread, said.key) == (ticket.thread, ticket.key)


def test_a_ticket_of_intercom_that_an_agent_made_does_not_open_a_conversation_anew() -> None:
    body = payload("intercom", "ticket_created")
    body["data"]["item"]["ticket_parts"]["ticket_parts"][0]["author"] = {"type": "admin", "id": "1"}
    (said,) = TOOLS["intercom"].parse(call("intercom", body), PLAIN)
    assert isinstance(said, IncomingMessage)
    assert (said.opens, said.public) == (False, False)


def test_a_closing_word_of_an_agent_is_a_reply() -> None:
    body = payload("intercom", "admin_closed")
    (part,) = body["data"]["item"]["conversation_parts"]["conversation_parts"]
    part["body"] = "<p>Arreglado.</p>"
    assert say(call("intercom", body), "intercom") == ["agent public Arreglado.", "agent solved"]


def test_an_older_shape_of_intercom_names_the_customer_beside_the_message() -> None:
    said = message("intercom", "created_old_shape")
    assert said.author.email == "bob@acme.example"
    assert said.subject == "Centralita"


def test_an_absence_mail_is_no_message_of_a_person() -> None:
    assert message("zammad", "out_of_office").kind is MailKind.AUTO
    assert message("zammad", "customer_reply").kind is MailKind.HUMAN


def test_the_first_article_opens_the_ticket_and_its_automatic_answer_does_not() -> None:
    assert message("zammad", "created").opens
    assert not message("zammad", "auto_reply").opens
    assert not message("zammad", "customer_reply").opens


def test_a_preview_of_front_is_not_enough() -> None:
    with pytest.raises(Unreadable, match="full event"):
        read("front", "preview")


def test_fronts_rule_and_application_name_one_message_of_one_ticket() -> None:
    by_rule, by_application = message("front", "rule_inbound"), message("front", "inbound")
    assert by_rule == by_application


@pytest.mark.parametrize(
    ("tool", "name", "channel"),
    [
        ("zendesk", "agent_reply", Channel.EMAIL),
        ("jira", "rule", Channel.HELPDESK),
        ("chatwoot", "agent", Channel.EMAIL),
        ("zammad", "agent_reply", Channel.EMAIL),
        ("zammad", "note", Channel.HELPDESK),
        ("slack", "customer", Channel.CHAT),
        ("freshdesk", "agent_replied", Channel.EMAIL),
        ("intercom", "user_replied", Channel.CHAT),
        ("helpscout", "created", Channel.EMAIL),
        ("front", "inbound", Channel.EMAIL),
    ],
)
def test_a_message_knows_how_it_travelled(tool: str, name: str, channel: Channel) -> None:
    assert message(tool, name).channel is channel


def test_an_e_mail_is_trimmed_to_what_was_written_anew() -> None:
    said = message("zammad", "created")
    assert "> Antes" in said.body
    assert "Antes" not in said.reply


def test_zammads_people_may_be_told_as_objects_or_by_their_address() -> None:
    assert message("zammad", "created").author.email == "bob@acme.example"
    assert message("zammad", "agent_reply").author.email == "alice@sivocenter.example"
    body = payload("zammad", "agent_reply")
    body["article"]["created_by"] = {"firstname": "Eva", "lastname": "", "email": "e@sivo.example"}
    (said, *_) = TOOLS["zammad"].parse(call("zammad", body), PLAIN)
    assert isinstance(said, IncomingMessage)
    assert (said.author.name, said.author.email) == ("Eva", "e@sivo.example")
    body["article"]["created_by"] = "eva@sivo.example"
    (said, *_) = TOOLS["zammad"].parse(call("zammad", body), PLAIN)
    assert isinstance(said, IncomingMessage)
    assert said.author.email == "eva@sivo.example"


def test_a_ticket_of_zammad_that_an_agent_opens_is_for_its_customer() -> None:
    body = payload("zammad", "created")
    body["ticket"] |= {"create_article_sender": "Agent", "create_article_type": "phone"}
    body["article"] |= {"sender": "Agent", "type": "phone", "created_by_id": 5}
    (said, *_) = TOOLS["zammad"].parse(call("zammad", body), PLAIN)
    assert isinstance(said, IncomingMessage)
    assert (said.opens, said.channel) == (True, Channel.PHONE)
    assert said.author.kind is AuthorKind.AGENT
    assert said.recipients == ("bob@acme.example",)
