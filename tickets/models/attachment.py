"""A file that came with a message; its content can be erased, its hash stays."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.message import Message


class Attachment(models.Model):
    """Decoded bytes, never interpreted by us: served as a download only."""

    message = models.ForeignKey(
        Message, verbose_name=_("message"), on_delete=models.PROTECT, related_name="attachments"
    )
    name = models.CharField(_("name"), max_length=255, blank=True)
    media_type = models.CharField(_("type"), max_length=255)
    size = models.PositiveIntegerField(_("size in bytes"))
    content_id = models.CharField(max_length=255, blank=True, editable=False)
    is_inline = models.BooleanField(_("shown in the text"), default=False)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(editable=False)
    # Of a file of ours: what the tool called it in each try, so that the message is found again.
    tool_keys = models.TextField(default="", db_default="", blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name
