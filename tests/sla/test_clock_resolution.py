"""What pauses, stops and reopens a resolution clock, and which deadline then holds."""

from tests.sla.clock_stories import OFFICE, clocks, table, told

RESOLUTION = {
    "it runs from the opening to the solution": (
        ["09:00 opened", "10:00 solved"], None,
        "stopped 09:00-10:00, due 12:00, met, 60 min",
    ),
    "a ticket that an agent opened has one": (
        ["09:00 opened by=agent"], "10:00",
        "running 09:00-, due 12:00, open, 60 min",
    ),
    "it pauses while the customer is asked, and its deadline is not known": (
        ["09:00 opened", "10:00 waiting_started"], "15:00",
        "paused 09:00-, due , open, 60 min",
    ),
    "a message of the customer ends the wait": (
        ["09:00 opened", "10:00 waiting_started", "15:00 customer_wrote"], "16:00",
        "running 09:00-, due 17:00, open, 120 min",
    ),
    "waiting_ended ends it too": (
        ["09:00 opened", "10:00 waiting_started", "11:00 waiting_ended"], "16:00",
        "running 09:00-, due 13:00, missed, 360 min",
    ),
    "an answer of ours does not end it": (
        ["09:00 opened", "10:00 waiting_started", "11:00 agent_replied"], None,
        "paused 09:00-, due , open, 60 min",
    ),
    "waiting on a third party does not pause": (
        ["09:00 opened", "10:00 waiting_started cause=third_party"], "11:00",
        "running 09:00-, due 12:00, open, 120 min",
    ),
    "another cause ends a pause": (
        ["09:00 opened", "10:00 waiting_started", "11:00 waiting_started cause=internal"], "12:00",
        "running 09:00-, due 13:00, open, 120 min",
    ),
    "another cause begins a pause": (
        ["09:00 opened", "10:00 waiting_started cause=internal",
         "11:00 waiting_started cause=customer"], "12:00",
        "paused 09:00-, due , open, 120 min",
    ),
    "a message of the customer in a wait on a third party changes nothing": (
        ["09:00 opened", "09:10 waiting_started cause=third_party", "09:20 customer_wrote"],
        "10:00",
        "running 09:00-, due 12:00, open, 60 min",
    ),
    "asking twice is one wait": (
        ["09:00 opened", "09:30 waiting_started", "10:00 waiting_started", "11:00 waiting_ended"],
        None,
        "running 09:00-, due 13:30, open, 30 min",
    ),
    "a wait that begins as the customer writes is over at once": (
        ["09:00 opened", "10:00 customer_wrote", "10:00 waiting_started"], "10:30",
        "running 09:00-, due 12:00, open, 90 min",
    ),
    "solving in a wait stops as though the wait had just ended": (
        ["09:00 opened", "10:00 waiting_started", "15:00 solved"], None,
        "stopped 09:00-15:00, due 17:00, met, 60 min",
    ),
    "a wait while solved changes nothing": (
        ["09:00 opened", "10:00 solved", "10:10 waiting_started", "10:20 reopened"], "10:30",
        "running 09:00-, due 12:20, open, 70 min",
    ),
    "solving ends the wait for good": (
        ["09:00 opened", "09:30 waiting_started", "10:00 solved", "10:20 reopened"], "10:30",
        "running 09:00-, due 12:50, open, 40 min",
    ),
    "a second solved does not move the stop": (
        ["09:00 opened", "10:00 solved", "11:00 solved"], None,
        "stopped 09:00-10:00, due 12:00, met, 60 min",
    ),
    "the time between solved and reopened does not count": (
        ["09:00 opened", "10:00 solved", "15:00 reopened", "16:00 solved"], None,
        "stopped 09:00-16:00, due 17:00, met, 120 min",
    ),
    "reopening what is not solved changes nothing": (
        ["09:00 opened", "09:30 waiting_started", "10:00 reopened"], "11:00",
        "paused 09:00-, due , open, 30 min",
    ),
    "a deadline that was met may be missed after reopening": (
        ["09:00 opened", "11:00 solved", "15:00 reopened"], "16:30",
        "running 09:00-, due 16:00, missed, 210 min",
    ),
    "a deadline that was missed stays missed after reopening": (
        ["09:00 opened", "12:30 solved", "15:00 reopened", "15:10 solved"], None,
        "stopped 09:00-15:10, due 12:00, missed, 220 min",
    ),
    "a pause after the deadline does not move it": (
        ["09:00 opened", "12:10 waiting_started", "14:00 waiting_ended"], "14:30",
        "running 09:00-, due 12:00, missed, 220 min",
    ),
    "a pause shows a deadline that has passed": (
        ["09:00 opened", "12:10 waiting_started"], "14:30",
        "paused 09:00-, due 12:00, missed, 190 min",
    ),
    "a pause that begins at the due instant does not move it": (
        ["09:00 opened", "12:00 waiting_started", "14:00 waiting_ended"], "12:00",
        "paused 09:00-, due 12:00, open, 180 min",
    ),
    "a pause that begins a second before the due instant moves it": (
        ["09:00 opened", "11:59:59 waiting_started", "14:00 waiting_ended"], "14:00",
        "running 09:00-, due 14:00:01, open, 179.983 min",
    ),
    "solved exactly at the due instant and reopened, the deadline is where it was": (
        ["09:00 opened", "12:00 solved", "13:00 reopened"], "13:00",
        "running 09:00-, due 12:00, missed, 180 min",
    ),
    "solved and reopened at one instant, it never stopped": (
        ["09:00 opened", "10:00 reopened", "10:00 solved"], "11:00",
        "running 09:00-, due 12:00, open, 120 min",
    ),
    "cancelled in a pause it has no deadline": (
        ["09:00 opened", "10:00 waiting_started", "11:00 cancelled"], "20:00",
        "cancelled 09:00-, due , open, 60 min",
    ),
    "a cancellation never hides a breach": (
        ["09:00 opened", "12:01 cancelled"], "20:00",
        "cancelled 09:00-, due 12:00, missed, 181 min",
    ),
    "what was solved stays solved when cancelled": (
        ["09:00 opened", "10:00 solved", "11:00 cancelled", "12:00 reopened"], "20:00",
        "stopped 09:00-10:00, due 12:00, met, 60 min",
    ),
    "cancelled is final": (
        ["09:00 opened", "10:00 cancelled", "10:30 solved", "10:40 reopened",
         "10:50 targets_set resolution=5"], "20:00",
        "cancelled 09:00-, due , open, 60 min",
    ),
    "solved at the instant of the cancellation it is solved": (
        ["09:00 opened", "10:00 cancelled", "10:00 solved"], None,
        "stopped 09:00-10:00, due 12:00, met, 60 min",
    ),
}  # fmt: skip

IN_OFFICE_HOURS = {
    "a deadline skips closed time": (
        ["17:00 opened"], "33:30",
        "running 17:00-, due 35:00, open, 90 min",
    ),
    "an allowance used up at closing time is due at closing time": (
        ["15:00 opened"], "17:00",
        "running 15:00-, due 18:00, open, 120 min",
    ),
    "a wait that begins after closing time does not move a deadline at closing time": (
        ["15:00 opened", "19:00 waiting_started", "34:00 waiting_ended"], "34:00",
        "running 15:00-, due 18:00, missed, 180 min",
    ),
    "a wait over the night costs nothing": (
        ["16:00 opened", "19:00 waiting_started", "32:00 waiting_ended"], "33:30",
        "running 16:00-, due 34:00, open, 150 min",
    ),
    "a ticket opened in the night starts then and counts from the opening": (
        ["20:00 opened", "33:30 solved"], None,
        "stopped 20:00-33:30, due 36:00, met, 30 min",
    ),
    "a wait that ends in the night goes on at the opening": (
        ["16:00 opened", "17:00 waiting_started", "20:00 customer_wrote"], "20:00",
        "running 16:00-, due 35:00, open, 60 min",
    ),
}  # fmt: skip

NO_ALLOWANCE = {
    "nothing granted in open time is due at once": (
        ["10:00 opened"], "10:00",
        "running 10:00-, due 10:00, open, 0 min",
    ),
    "nothing granted in closed time is due at the opening": (
        ["20:00 opened"], "33:10",
        "running 20:00-, due 33:00, missed, 10 min",
    ),
    "a wait over the opening moves it to the end of the wait": (
        ["20:00 opened", "21:00 waiting_started", "34:00 waiting_ended"], "34:00",
        "running 20:00-, due 34:00, open, 0 min",
    ),
    "a wait that begins at the opening does not": (
        ["20:00 opened", "33:00 waiting_started"], "34:00",
        "paused 20:00-, due 33:00, missed, 0 min",
    ),
}  # fmt: skip


@table(RESOLUTION)
def test_resolution(lines: list[str], until: str | None, expected: str) -> None:
    assert told(clocks(*lines, until=until)["resolution"]) == expected


@table(IN_OFFICE_HOURS)
def test_resolution_in_office_hours(lines: list[str], until: str | None, expected: str) -> None:
    assert told(clocks(*lines, until=until, calendar=OFFICE)["resolution"]) == expected


@table(NO_ALLOWANCE)
def test_a_target_of_nothing(lines: list[str], until: str | None, expected: str) -> None:
    reading = clocks(*lines, until=until, calendar=OFFICE, resolution=0)["resolution"]
    assert told(reading) == expected
