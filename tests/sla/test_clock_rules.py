"""What starts, stops, undoes and ends the response clocks: a story for each rule."""

from tests.sla.clock_stories import clocks, table, told

FIRST_RESPONSE = {
    "it runs until a person of ours answers": (
        ["09:00 opened", "09:30 customer_wrote"], "09:40",
        "running 09:00-, due 10:00, open, 40 min",
    ),
    "the first public answer stops it": (
        ["09:00 opened", "09:30 agent_replied", "09:50 agent_replied"], None,
        "stopped 09:00-09:30, due 10:00, met, 30 min",
    ),
    "an answer exactly at the due instant is in time": (
        ["09:00 opened", "10:00 agent_replied"], None,
        "stopped 09:00-10:00, due 10:00, met, 60 min",
    ),
    "an answer one second later is late": (
        ["09:00 opened", "10:00:01 agent_replied"], None,
        "stopped 09:00-10:00:01, due 10:00, missed, 60.0167 min",
    ),
    "at the due instant itself nothing is late yet": (
        ["09:00 opened"], "10:00",
        "running 09:00-, due 10:00, open, 60 min",
    ),
    "a breached clock may still run": (
        ["09:00 opened"], "10:30",
        "running 09:00-, due 10:00, missed, 90 min",
    ),
    "auto-replies and notes change nothing": (
        ["09:00 opened", "09:05 auto_replied", "09:06 note_added"], "09:10",
        "running 09:00-, due 10:00, open, 10 min",
    ),
    "waiting never pauses it": (
        ["09:00 opened", "09:10 waiting_started"], "09:40",
        "running 09:00-, due 10:00, open, 40 min",
    ),
    "solving does not stop it": (
        ["09:00 opened", "09:10 solved"], "10:30",
        "running 09:00-, due 10:00, missed, 90 min",
    ),
    "an answer after solving stops it": (
        ["09:00 opened", "09:10 solved", "09:20 agent_replied"], None,
        "stopped 09:00-09:20, due 10:00, met, 20 min",
    ),
    "a ticket that an agent opened has none": (
        ["09:00 opened by=agent", "09:20 agent_replied"], None,
        "never",
    ),
    "an answer at the instant of opening counts": (
        ["09:00 agent_replied", "09:00 opened"], None,
        "stopped 09:00-09:00, due 10:00, met, 0 min",
    ),
    "an answer before the opening is ignored": (
        ["08:59 agent_replied", "09:00 opened"], "09:10",
        "running 09:00-, due 10:00, open, 10 min",
    ),
    "of several openings the earliest counts": (
        ["09:20 opened", "09:00 opened", "09:10 opened by=agent"], None,
        "running 09:00-, due 10:00, open, 20 min",
    ),
    "of two openings at one instant the one by an agent comes first in the text": (
        ["09:00 opened", "09:00 opened by=agent"], None,
        "never",
    ),
    "an answer after as_of is unknown": (
        ["09:00 opened", "09:30 agent_replied"], "09:29:59",
        "running 09:00-, due 10:00, open, 29.9833 min",
    ),
}  # fmt: skip

BOUNCES = {
    "a bounce undoes the answer": (
        ["09:00 opened", "09:30 agent_replied", "09:40 reply_bounced of=09:30"], "10:10",
        "running 09:00-, due 10:00, missed, 70 min",
    ),
    "the next answer then counts": (
        ["09:00 opened", "09:30 agent_replied", "09:40 reply_bounced of=09:30",
         "09:50 agent_replied"], None,
        "stopped 09:00-09:50, due 10:00, met, 50 min",
    ),
    "a bounce that is not known yet undoes nothing": (
        ["09:00 opened", "09:30 agent_replied", "09:40 reply_bounced of=09:30"], "09:39",
        "stopped 09:00-09:30, due 10:00, met, 30 min",
    ),
    "a bounce of another instant undoes nothing": (
        ["09:00 opened", "09:30 agent_replied", "09:40 reply_bounced of=09:31"], None,
        "stopped 09:00-09:30, due 10:00, met, 30 min",
    ),
    "a bounce cannot undo a later answer": (
        ["09:00 opened", "09:20 reply_bounced of=09:30", "09:30 agent_replied"], None,
        "stopped 09:00-09:30, due 10:00, met, 30 min",
    ),
    "a bounce at the instant of the answer comes after it": (
        ["09:00 opened", "09:30 reply_bounced of=09:30", "09:30 agent_replied"], None,
        "running 09:00-, due 10:00, open, 30 min",
    ),
    "all answers of that instant are gone": (
        ["09:00 opened", "09:30 agent_replied id=1", "09:30 agent_replied id=2",
         "09:40 reply_bounced of=09:30"], None,
        "running 09:00-, due 10:00, open, 40 min",
    ),
    "a bounce after the cancellation changes nothing": (
        ["09:00 opened", "09:30 agent_replied", "09:40 cancelled",
         "09:50 reply_bounced of=09:30"], None,
        "stopped 09:00-09:30, due 10:00, met, 30 min",
    ),
    "a bounce at the instant of the cancellation still counts": (
        ["09:00 opened", "09:30 agent_replied", "09:40 cancelled",
         "09:40 reply_bounced of=09:30"], None,
        "cancelled 09:00-, due , open, 40 min",
    ),
    "an early cancellation before the opening does not shield an answer": (
        ["08:00 cancelled", "09:00 opened", "09:30 agent_replied",
         "09:40 reply_bounced of=09:30"], None,
        "running 09:00-, due 10:00, open, 40 min",
    ),
}  # fmt: skip

NEXT_RESPONSE = {
    "a message before the first answer starts none": (
        ["09:00 opened", "09:05 customer_wrote", "09:10 agent_replied"], None,
        "never",
    ),
    "the first message since the last answer starts it": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 customer_wrote"],
        None,
        "running 09:20-, due 10:20, open, 10 min",
    ),
    "the next answer stops it": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 agent_replied",
         "09:40 agent_replied"], None,
        "stopped 09:20-09:30, due 10:20, met, 10 min",
    ),
    "the run with the latest start is shown": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 agent_replied",
         "09:40 customer_wrote"], "11:00",
        "running 09:40-, due 10:40, missed, 80 min",
    ),
    "at one instant the answer comes before the message": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 customer_wrote",
         "09:30 agent_replied"], None,
        "running 09:30-, due 10:30, open, 0 min",
    ),
    "opening by an agent is no answer": (
        ["09:00 opened by=agent", "09:10 customer_wrote"], None,
        "never",
    ),
    "on a ticket opened by an agent it starts after the first answer too": (
        ["09:00 opened by=agent", "09:10 agent_replied", "09:20 customer_wrote"], None,
        "running 09:20-, due 10:20, open, 0 min",
    ),
    "it never pauses": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 waiting_started"],
        "10:30",
        "running 09:20-, due 10:20, missed, 70 min",
    ),
    "solving cancels it": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 solved"], "11:00",
        "cancelled 09:20-, due , open, 10 min",
    ),
    "solving does not hide that it was late": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "10:30 solved"], None,
        "cancelled 09:20-, due 10:20, missed, 70 min",
    ),
    "cancelled exactly at its due instant it was not late": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "10:20 solved"], "12:00",
        "cancelled 09:20-, due , open, 60 min",
    ),
    "a message while solved starts none": (
        ["09:00 opened", "09:10 agent_replied", "09:15 solved", "09:20 customer_wrote"], None,
        "never",
    ),
    "nor does reopening alone": (
        ["09:00 opened", "09:10 agent_replied", "09:15 solved", "09:20 customer_wrote",
         "09:25 reopened"], None,
        "never",
    ),
    "the next message after reopening starts one": (
        ["09:00 opened", "09:10 agent_replied", "09:12 customer_wrote", "09:15 solved",
         "09:25 reopened", "09:30 customer_wrote"], None,
        "running 09:30-, due 10:30, open, 0 min",
    ),
    "a message that reopens the ticket starts one": (
        ["09:00 opened", "09:10 agent_replied", "09:15 solved", "09:20 customer_wrote",
         "09:20 reopened"], None,
        "running 09:20-, due 10:20, open, 0 min",
    ),
    "an answer after the cancellation does not stop it": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 solved",
         "09:40 agent_replied"], None,
        "cancelled 09:20-, due , open, 10 min",
    ),
    "a bounce of the only answer before it unmakes it": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote",
         "09:30 reply_bounced of=09:10"], None,
        "never",
    ),
    "a bounce of the answer that stopped it lets it run on": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 agent_replied",
         "09:40 customer_wrote", "09:50 reply_bounced of=09:30"], None,
        "running 09:20-, due 10:20, open, 30 min",
    ),
    "a bounce of an earlier answer keeps what a later one allows": (
        ["09:00 opened", "09:10 agent_replied", "09:15 customer_wrote", "09:20 agent_replied",
         "09:25 customer_wrote", "09:30 reply_bounced of=09:10"], None,
        "running 09:25-, due 10:25, open, 5 min",
    ),
    "cancelling the ticket cancels it": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:30 cancelled",
         "09:40 customer_wrote"], "12:00",
        "cancelled 09:20-, due , open, 10 min",
    ),
}  # fmt: skip


@table(FIRST_RESPONSE | BOUNCES)
def test_first_response(lines: list[str], until: str | None, expected: str) -> None:
    assert told(clocks(*lines, until=until)["first_response"]) == expected


@table(NEXT_RESPONSE)
def test_next_response(lines: list[str], until: str | None, expected: str) -> None:
    assert told(clocks(*lines, until=until)["next_response"]) == expected
