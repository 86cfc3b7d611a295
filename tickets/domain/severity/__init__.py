"""How severe a message is, and why (clause 7): pure, in process, replaceable."""

from tickets.domain.severity.rules import classify
from tickets.domain.severity.verdict import MENDED, Classifier, Reason, Verdict
from tickets.domain.severity.weights import Weights

__all__ = ["MENDED", "Classifier", "Reason", "Verdict", "Weights", "classify"]
