"""The closed lists of the promises, as clients read them."""

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.models import Basis, ClockCause

PLANS = ["starter", "pro", "enterprise"]
METRICS = [metric.value for metric in Metric]
BASES = list(Basis.values)
STATES = [state.value for state in ClockState]
RECEIPT_CODES = ["open", "closed", "paused"]
CAUSES = [value for value in ClockCause.values if value]
