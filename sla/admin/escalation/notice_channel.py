"""The channels by which notices leave: how each does, its real test, its signing secret."""

import secrets
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.admin.escalation.notice_channel_form import NoticeChannelForm
from sla.admin.escalation.notice_words import channel_mark, channel_target, notice_mark
from sla.models import ChannelKind, Notice, NoticeChannel
from sla.operations.escalation.replay_notices import queue_test
from tickets.admin.bases import UnscopedAdmin
from tickets.domain.webhook_signature import secret_of
from tickets.queries import agents, database_now

_LAST = 20
_OLD_SECRETS = 4


class NoticeChannelAdmin(UnscopedAdmin):
    """That chat, this telephone, somebody's webhook."""

    form = NoticeChannelForm
    list_display = ["name", "kind", "target", "language", "owner", "state"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["owner"]
    search_fields = ["name"]
    actions = None
    sortable_by = ["name", "kind"]
    change_form_template = "sla/notice_channel.html"
    readonly_fields = ["target", "state", "failures"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """How it does, once it is there; its address to write only."""
        may_write = self.has_change_permission(request, obj)
        shown = ["target", "state", "failures"] if obj is not None else []
        secret = ["new_url"] if may_write else []
        return ["name", "kind", *shown[:1], *secret, "language", "owner", "is_active", *shown[1:]]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Only people of ours who are still here own a channel."""
        if db_field.name == "owner":
            kwargs["queryset"] = agents()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("leads to"))
    def target(self, channel: NoticeChannel) -> str:
        """Where it leads, without what is secret."""
        return channel_target(channel)

    @admin.display(description=gettext_lazy("how it is"))
    def state(self, channel: NoticeChannel) -> SafeString:
        """How it does."""
        return channel_mark(channel, timezone.now())

    def save_model(self, request: HttpRequest, obj: NoticeChannel, form: Any, change: bool) -> None:
        """A webhook is signed from its first call on."""
        if obj.kind == ChannelKind.WEBHOOK and not obj.secret:
            obj.secret = _new_secret()
        super().save_model(request, obj, form, change)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The channel with its buttons and the last notices that it was given."""
        found: NoticeChannel | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if found is not None and self.has_view_permission(request, found):
            rows = found.notices.select_related("recipient").order_by("-created_at", "-pk")
            may_see = request.user.has_perm("sla.view_notice")
            last = rows[:_LAST] if may_see else None
            more = {
                "title": str(found),
                "subtitle": None,
                "show_save_and_add_another": False,
                "signs": found.kind == ChannelKind.WEBHOOK,
                "has_old": len(found.secret.split()) > 1,
                "last": [(row, notice_mark(row)) for row in last] if last is not None else None,
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """The test, a new signing secret, and dropping the old ones."""
        views = {
            "test": self.test_view,
            "new-secret": self.new_secret_view,
            "drop-old-secrets": self.drop_old_view,
        }
        own = [
            path(
                f"<int:channel_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"sla_noticechannel_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def test_view(self, request: HttpRequest, channel_id: int) -> HttpResponse:
        """Queues a real notice for the channel and leads to its page (POST only)."""
        channel = self._channel(request, channel_id)
        notice: Notice = queue_test(channel=channel, user=request.user, now=database_now())  # type: ignore[arg-type]
        messages.success(
            request, _("A test is on its way. This page shows within seconds whether it arrived.")
        )
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:sla_notice_change", args=[notice.pk])
        )

    def new_secret_view(self, request: HttpRequest, channel_id: int) -> HttpResponse:
        """Makes a signing secret and shows it this once; the old ones still sign (POST only)."""
        channel = self._channel(request, channel_id, signs=True)
        secret = _new_secret()
        # All that the receiver may know: a page that is loaded again makes one more.
        channel.secret = "\n".join([secret, *channel.secret.split()[:_OLD_SECRETS]])
        channel.save(update_fields=["secret"])
        self.log_change(request, channel, "Made a new signing secret.")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Signing secret of %(channel)s") % {"channel": channel},
            "opts": self.opts,
            "channel": channel,
            "secret": secret,
        }
        return TemplateResponse(request, "sla/notice_secret.html", context)

    def drop_old_view(self, request: HttpRequest, channel_id: int) -> HttpResponse:
        """Signs with the newest secret alone from now on (POST only)."""
        channel = self._channel(request, channel_id, signs=True)
        channel.secret = channel.secret.split()[0] if channel.secret else ""
        channel.save(update_fields=["secret"])
        self.log_change(request, channel, "Dropped the old signing secrets.")
        messages.success(request, _("Only the newest secret signs now."))
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:sla_noticechannel_change", args=[channel.pk])
        )

    def _channel(
        self, request: HttpRequest, channel_id: int, *, signs: bool = False
    ) -> NoticeChannel:
        found = NoticeChannel.objects.filter(pk=channel_id).first()
        if found is None:
            raise Http404(_("There is no such channel."))
        is_right = not signs or found.kind == ChannelKind.WEBHOOK
        if (
            request.method != "POST"
            or not is_right
            or not self.has_change_permission(request, found)
        ):
            raise PermissionDenied
        return found


def _new_secret() -> str:
    return secret_of(secrets.token_bytes(32))
