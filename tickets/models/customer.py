"""The company that bought, and the e-mail domains by which its people are recognised."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tickets.domain.freemail import is_freemail


class Customer(models.Model):
    """A company with a contract."""

    name = models.CharField(_("name"), max_length=200)
    code = models.SlugField(_("code"), max_length=60, unique=True)
    csm = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("customer success manager"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="customers",
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        default="es",
        choices=[("es", _("Spanish")), ("en", _("English"))],
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CustomerDomain(models.Model):
    """An e-mail domain whose senders belong to one customer."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="domains"
    )
    domain = models.CharField(_("domain"), max_length=253)

    class Meta:
        verbose_name = _("e-mail domain")
        verbose_name_plural = _("e-mail domains")
        constraints = [
            models.UniqueConstraint(Lower("domain"), name="one_customer_per_domain"),
            models.CheckConstraint(
                condition=models.Q(domain=Lower("domain")), name="domains_are_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.domain

    def clean(self) -> None:
        """Lower case, and no domain that anybody can have an address at."""
        self.domain = self.domain.strip().lower().lstrip("@")
        if is_freemail(self.domain):
            raise ValidationError(
                {
                    "domain": _(
                        "%(domain)s is open to everybody: add the person as a contact instead."
                    )
                    % {"domain": self.domain}
                }
            )
