"""Learnt weights of the severity rules, and who had which of them judge when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.append_only import append_only_triggers


class ModelState(models.TextChoices):
    """Whether a model judges, may judge again, or was refused."""

    ACTIVE = "active", _("In use")
    KEPT = "kept", _("Kept")
    REFUSED = "refused", _("Refused")


class SeverityModel(models.Model):
    """One training; the weights that ship with the software are always there without a row."""

    version = models.CharField(_("version"), max_length=40, unique=True)
    # The shipped weights it was made beside: with others its numbers may mean something else.
    base = models.CharField(_("made beside"), max_length=40)
    weights = models.TextField(editable=False)
    made_at = models.DateTimeField(_("made at"))
    cases = models.PositiveIntegerField(_("cases"))
    corrections = models.PositiveIntegerField(_("corrections used"))
    last_correction_id = models.BigIntegerField(editable=False)
    scores = models.JSONField(_("scores on the regression set"), default=dict)
    state = models.CharField(_("state"), max_length=8, choices=ModelState)
    refusal = models.CharField(_("why refused"), max_length=200, blank=True)
    activated_at = models.DateTimeField(_("in use since"), null=True, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("put into use by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("severity model")
        verbose_name_plural = _("severity quality")
        ordering = ["-made_at", "-id"]
        permissions = [("activate_severitymodel", _("Can put another severity model into use"))]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state=ModelState.ACTIVE),
                name="one_severity_model_in_use",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ModelState.values),
                name="severity_model_state_is_known",
            ),
            models.CheckConstraint(
                condition=(models.Q(state=ModelState.REFUSED) & ~models.Q(refusal=""))
                | (~models.Q(state=ModelState.REFUSED) & models.Q(refusal="")),
                name="refused_severity_models_say_why",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class SeverityModelChange(models.Model):
    """From which weights to which, append-only; `by` is nobody when the nightly training did it."""

    from_version = models.CharField(_("from"), max_length=40)
    to_version = models.CharField(_("to"), max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField(_("at"))

    append_only = True

    class Meta:
        verbose_name = _("change of the severity model")
        verbose_name_plural = _("changes of the severity model")
        ordering = ["at", "id"]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.from_version} → {self.to_version}"
