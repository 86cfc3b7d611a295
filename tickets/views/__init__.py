"""The webhook doors: one way through, and what is particular about each kind of source."""

from tickets.views.hooks import webhook
from tickets.views.standard import standard_webhook

__all__ = ["standard_webhook", "webhook"]
