"""What Celery's beat starts, and how often; rows are the truth, and a lost turn loses nothing."""

from typing import Any
from zoneinfo import ZoneInfo

from django_celery_beat.tzcrontab import TzAwareCrontab

# A wake-up that nobody took in time is worth nothing: the next one follows. Each worker judges by
# its own clock, and one that is minutes fast must go on sweeping. (`expires` would be lost: the
# scheduler keeps `expire_seconds` alone.)
_WORTHLESS_AFTER = 600


def _every(seconds: float, task: str, expire_seconds: int = _WORTHLESS_AFTER) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expire_seconds": expire_seconds}}


def beat_schedule(zone: ZoneInfo) -> dict[str, dict[str, Any]]:
    """Every repeated task; what has an hour has it in `zone`."""
    return {
        "sweep the clocks": _every(2.0, "sla.sweep"),
        # It costs something: no use in a second one behind it.
        "watch the escalations": _every(60.0, "sla.watch", expire_seconds=50),
        "store the lag": _every(600.0, "sla.store_lag"),
        "drain the deliveries": _every(2.0, "tickets.drain_deliveries"),
        # The fetcher (`manage.py fetch_mail`) reads mailboxes; this reads what none has looked at.
        "poll the mailboxes": _every(30.0, "tickets.poll_mailboxes"),
        # Each tool in its own interval: this finds the due ones.
        "look at the tools": _every(15.0, "tickets.look_at_tools"),
        "send the answers": _every(5.0, "tickets.send_answers"),
        "send the answers through tools": _every(5.0, "tickets.send_tool_answers"),
        "send the notices": _every(2.0, "sla.send_notices"),
        "write to the tools": _every(5.0, "sla.write_to_tools"),
        "call the webhooks": _every(5.0, "sla.call_hooks"),
        "forget old webhook calls": {"task": "sla.forget_hook_calls", "schedule": 3600.0},
        "read the rotas' feeds": _every(900.0, "sla.read_duty_feeds"),
        "check the coverage": {
            "task": "sla.check_coverage",
            "schedule": TzAwareCrontab(minute="0", hour="8", tz=zone),
            "options": {"expire_seconds": 3600},
        },
        # Whoever fell ill since the morning: only of the hours that begin within a day.
        "check the coverage of the day": {
            "task": "sla.check_coverage",
            "schedule": 3600.0,
            "kwargs": {"warn_days": 1},
            "options": {"expire_seconds": 1800},
        },
        # Each run says itself when its tool is read next.
        "read the shadow figures": _every(60.0, "sivo_support.read_shadow_figures"),
        "erase old deliveries": {"task": "tickets.erase_old_deliveries", "schedule": 3600.0},
        "learn from corrections": {
            "task": "tickets.retrain_severity",
            "schedule": TzAwareCrontab(minute="30", hour="3", tz=zone),
            "options": {"expire_seconds": 3600},
        },
        # On Monday; on the other days it makes good what was missed.
        "draw the severity audit": {
            "task": "tickets.draw_severity_audit",
            "schedule": TzAwareCrontab(minute="15", hour="3", tz=zone),
        },
    }
