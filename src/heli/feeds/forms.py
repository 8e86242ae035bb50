"""What people fill in about feeds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.engines.contracts import Binding
from heli.exchange.words import spoken
from heli.feeds.broker import configured
from heli.feeds.models import Subscription

EVERY = [
    (0, _("The source posts its changes")),
    (60, _("Every minute")),
    (900, _("Every 15 minutes")),
    (3600, _("Every hour")),
    (86400, _("Every day")),
]


_SERVED = {"project": Binding.PROJECT, "task": Binding.PUBLIC_TASK}
_MISSING = {
    "project": _("The grant is for a project: give its code."),
    "task": _("The grant is for a statutory duty: choose it."),
}


class FeedForm(forms.Form):
    """How a feed is kept."""

    compare_every = forms.TypedChoiceField(
        label=_("How changes become known"),
        choices=EVERY,
        coerce=int,
        help_text=_("Where the source does not post, Heli compares it with what it was before."),
    )
    keep_days = forms.IntegerField(
        label=_("Days for which changes are kept"),
        min_value=1,
        max_value=365,
        initial=30,
        help_text=_("A subscriber that was away for longer must read everything afresh."),
    )


class SubscribeForm(forms.Form):
    """How a department wants to be told, and for what where its grants ask that."""

    purpose = forms.ChoiceField(label=_("Under which grant"))
    project = forms.CharField(
        label=_("Code of the approved project"),
        max_length=40,
        required=False,
        help_text=_("Needed under a grant for a project; leave it empty under any other."),
    )
    task = forms.ChoiceField(
        label=_("Statutory duty that it serves"),
        required=False,
        help_text=_("Needed under a grant for a duty; leave it empty under any other."),
    )
    transport = forms.ChoiceField(
        label=_("Way"), choices=Subscription.Transport.choices, widget=forms.RadioSelect
    )
    address = forms.URLField(
        label=_("Address of the webhook"),
        max_length=400,
        required=False,
        assume_scheme="https",
        help_text=_("Needed for a webhook; https. Every request is signed, see the how-to."),
    )

    def __init__(
        self, grants: list[Any], duties: list[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        purpose, task = self.fields["purpose"], self.fields["task"]
        assert isinstance(purpose, forms.ChoiceField)
        assert isinstance(task, forms.ChoiceField)
        purpose.choices = [(row.purpose, spoken(row.purpose_zh, row.purpose_en)) for row in grants]
        task.choices = [("", _("Choose a duty")), *duties]
        self.fields["address"].needed = True  # type: ignore[attr-defined]
        if not configured():
            ways = self.fields["transport"]
            assert isinstance(ways, forms.ChoiceField)
            broker = Subscription.Transport.BROKER
            ways.choices = [each for each in Subscription.Transport.choices if each[0] != broker]
        self._bindings = {row.purpose: row.policy.get("binding") for row in grants}
        for name, binding in _SERVED.items():
            if binding.value not in self._bindings.values():
                del self.fields[name]
            elif set(self._bindings.values()) == {binding.value}:
                self.fields[name].required, self.fields[name].help_text = True, ""
            else:
                # Needed for some purposes: so nobody is told that it may be left out.
                self.fields[name].needed = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A grant for a duty or project needs which, a webhook an address."""
        values = super().clean() or {}
        for name, binding in _SERVED.items():
            wanted = self._bindings.get(values.get("purpose", "")) == binding.value
            if wanted and not values.get(name) and name not in self.errors:
                self.add_error(name, _MISSING[name])
        if values.get("transport") == Subscription.Transport.WEBHOOK and not values.get("address"):
            self.add_error("address", _("Give the address to which changes are sent."))
        return values


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=pgettext_lazy("feed", "Reason"), max_length=300)
