"""The closed lists of the conversation: codes as they are stored, and nothing else."""

from enum import StrEnum


class Severity(StrEnum):
    """Impact of a ticket (clause 7); selects the target. S1 is the most severe."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"

    @property
    def rank(self) -> int:
        """1 for S1 to 4 for S4: a smaller rank is more severe."""
        return int(self.value[1])


class SeverityBy(StrEnum):
    """Who decided how severe a ticket is; a person's choice is never overruled by the others."""

    RULES = "rules"
    PERSON = "person"
    SOURCE = "source"


class Channel(StrEnum):
    """How a message travels (clause 7 names the channels of each plan)."""

    EMAIL = "email"
    CHAT = "chat"
    PHONE = "phone"
    HELPDESK = "helpdesk"
    VISIT = "visit"


class AuthorKind(StrEnum):
    """Who wrote: a person of the customer, a person of ours, or a machine."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"


class MailKind(StrEnum):
    """What wrote an e-mail: a person, an automatic answer or list, or a failed delivery."""

    HUMAN = "human"
    AUTO = "auto"
    BOUNCE = "bounce"


class MailRole(StrEnum):
    """In which kind of folder a mail was found: it came to us, or one of ours sent it."""

    RECEIVED = "received"
    SENT = "sent"


class Attention(StrEnum):
    """Why a person must look at a ticket, whatever its clocks say."""

    BOUNCED = "bounced"
    UNSENT = "unsent"
    LOOP = "loop"
    RECOVERED = "recovered"


class Status(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    WAITING = "waiting"
    SOLVED = "solved"
    SPAM = "spam"


class WaitCause(StrEnum):
    """On whom a waiting ticket waits; only a wait on the customer pauses a clock."""

    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"
    INTERNAL = "internal"


class EventKind(StrEnum):
    """One fact in a ticket's log."""

    OPENED = "opened"
    CUSTOMER_WROTE = "customer_wrote"
    AGENT_REPLIED = "agent_replied"
    AUTO_REPLIED = "auto_replied"
    NOTE_ADDED = "note_added"
    REPLY_BOUNCED = "reply_bounced"
    WAITING_STARTED = "waiting_started"
    WAITING_ENDED = "waiting_ended"
    SOLVED = "solved"
    REOPENED = "reopened"
    SEVERITY_CHANGED = "severity_changed"
    SEVERITY_CONFIRMED = "severity_confirmed"
    CUSTOMER_SET = "customer_set"
    ASSIGNED = "assigned"
    MARKED_SPAM = "marked_spam"
    UNMARKED_SPAM = "unmarked_spam"
    TIME_CONFIRMED = "time_confirmed"
