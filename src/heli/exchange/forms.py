"""What a data steward fills in to grant access."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import validate_slug
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import Contract, Field, Mask, masks_for
from heli.exchange.models import Resource
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.organisation import selectors as organisation

_WIDTHS = (10, 100, 1000)
_MASKS = {
    Mask.CLEAR: _("in full"),
    Mask.PARTIAL: _("in part, the rest starred out"),
    Mask.HASH: _("as a pseudonym"),
    Mask.YEAR: _("the year only"),
    Mask.REDACT: _("whether it is on record only"),
}


class GrantForm(forms.Form):
    """Who may see which fields, for what, by which law, until when."""

    consumer = forms.ChoiceField(label=_("Department that may look up"))
    purpose_zh = forms.CharField(label=_("Purpose in words"), max_length=200)
    purpose = forms.CharField(
        label=_("Short name of the purpose"),
        max_length=40,
        validators=[validate_slug],
        help_text=_("Letters, digits and hyphens; calling systems send it, for example restaurant"),
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        max_length=300,
        help_text=_("Law or regulation and article"),
    )
    expires_on = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, resource: Resource, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract: Contract = resource.parsed_contract
        consumer = self.fields["consumer"]
        assert isinstance(consumer, forms.ChoiceField)
        consumer.choices = [("", _("Choose a department"))] + [
            (card.code, card.name)
            for card in organisation.departments().values()
            if card.is_active and card.code != resource.department_id
        ]
        for field in self.contract.fields:
            self.fields[f"field_{field.name}"] = forms.ChoiceField(
                label=spoken(field.title_zh, field.title_en),
                choices=_choices(field),
                required=False,
            )

    @property
    def field_controls(self) -> list[Any]:
        """The bound choices of the contract's fields."""
        return [self[f"field_{field.name}"] for field in self.contract.fields]

    def clean(self) -> dict[str, Any]:
        """At least one field must be granted."""
        values = super().clean() or {}
        if not self.rules:
            raise forms.ValidationError(_("Choose at least one field that may be seen."))
        return values

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The policy's rules as chosen."""
        rules: list[dict[str, Any]] = []
        for field in self.contract.fields:
            mask, _colon, width = self.cleaned_data.get(f"field_{field.name}", "").partition(":")
            if mask:
                rules.append(
                    {"field": field.name, "mask": mask} | ({"width": int(width)} if width else {})
                )
        return rules

    @property
    def expires_at(self) -> dt.datetime:
        """The end of the last day in Asia/Shanghai."""
        day: dt.date = self.cleaned_data["expires_on"]
        return dt.datetime.combine(day, dt.time(23, 59, 59), clock.SHANGHAI)


class RevokeForm(forms.Form):
    """Why a grant is taken back."""

    reason = forms.CharField(label=_("Reason for revoking"), max_length=300)


def _choices(field: Field) -> list[tuple[str, Any]]:
    choices: list[tuple[str, Any]] = [("", _("not granted"))]
    for mask in masks_for(field):
        if mask is Mask.BUCKET:
            choices += [
                (f"bucket:{width}", _("rounded down to multiples of {n}").format(n=width))
                for width in _WIDTHS
            ]
        else:
            choices.append((mask.value, _MASKS[mask]))
    return choices
