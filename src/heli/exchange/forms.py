"""What a data steward fills in to grant access."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import validate_slug
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import (
    Binding,
    Contract,
    Field,
    LogicalType,
    Mask,
    levels_for,
    masks_for,
)
from heli.exchange.models import Resource
from heli.exchange.restrictions import RestrictionsForm
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.organisation import selectors as organisation

_WIDTHS = (10, 100, 1000)
_DIGITS = (2, 4, 6)
_LEVELS = {
    "city": _("the city only"),
    "province": _("the province only"),
    "district": _("the district only"),
    "month": _("the month only"),
    "decade": _("the decade only"),
}
_MASKS = {
    Mask.CLEAR: _("in full"),
    Mask.PARTIAL: _("in part, the rest starred out"),
    Mask.HASH: _("as a pseudonym"),
    Mask.YEAR: _("the year only"),
    Mask.REDACT: _("whether it is on record only"),
}


def purpose_in_words() -> forms.CharField:
    """What a grant is for, as people say it."""
    return forms.CharField(label=_("Purpose in words"), max_length=200)


def purpose_in_english() -> forms.CharField:
    """The same in English."""
    return forms.CharField(label=_("Purpose in English"), max_length=300, required=False)


def short_name(label: Any, help_text: Any) -> forms.CharField:
    """A name that calling systems send."""
    return forms.CharField(
        label=label, max_length=40, validators=[validate_slug], help_text=help_text
    )


def last_day(**more: Any) -> forms.DateField:
    """The last day on which something holds."""
    day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=_("Last day"), widget=day, **more)


def binding_choice() -> forms.ChoiceField:
    """What each call under a grant must serve."""
    choice = forms.ChoiceField(
        label=_("Each call must serve"),
        choices=[
            (Binding.MATTER.value, _("an open matter that concerns the subject")),
            (Binding.PUBLIC_TASK.value, _("a registered statutory duty")),
            (Binding.PROJECT.value, _("an approved digital project")),
        ],
        initial=Binding.MATTER.value,
        required=False,
    )
    # One of them is always chosen.
    choice.needed = True  # type: ignore[attr-defined]
    return choice


def bound(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a policy that stand in those two fields."""
    said: dict[str, Any] = {}
    if values.get("binding"):
        said["binding"] = values["binding"]
    if values.get("extract"):
        said["extract"] = {"rows": values["extract"]}
    return said


class GrantForm(RestrictionsForm):
    """Who may see which fields, for what, by which law, until when."""

    consumer = forms.ChoiceField(label=_("Department that may look up"))
    purpose_zh = purpose_in_words()
    purpose = short_name(
        _("Short name of the purpose"),
        _("Letters, digits and hyphens; calling systems send it, for example restaurant"),
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        max_length=300,
        help_text=_("Law or regulation and article"),
    )
    expires_on = last_day()
    binding = binding_choice()

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
                choices=field_choices(field),
                required=False,
            )
        self.add_restrictions()

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
        return chosen_rules(self.contract, self.cleaned_data)

    @property
    def policy(self) -> dict[str, Any]:
        """The policy as chosen, as plain data."""
        return {"fields": self.rules} | bound(self.cleaned_data) | self.restrictions

    @property
    def expires_at(self) -> dt.datetime:
        """The end of the last day in Asia/Shanghai."""
        day: dt.date = self.cleaned_data["expires_on"]
        return dt.datetime.combine(day, dt.time(23, 59, 59), clock.SHANGHAI)


class RevokeForm(forms.Form):
    """Why a grant is taken back."""

    reason = forms.CharField(label=_("Reason for revoking"), max_length=300)


def _figure(mask: str, figure: str) -> dict[str, Any]:
    """What a mask needs beside its name, from the value of a choice."""
    if mask == Mask.BUCKET:
        return {"width": int(figure)}
    if mask == Mask.GENERALISE:
        return {"level": figure} if figure in _LEVELS else {"digits": int(figure)}
    return {}


def field_choices(field: Field) -> list[tuple[str, Any]]:
    """How a field can be granted: not at all, or under one of its masks."""
    choices: list[tuple[str, Any]] = [("", _("not granted"))]
    for mask in masks_for(field):
        if mask is Mask.BUCKET:
            choices += [
                (f"bucket:{width}", _("rounded down to multiples of {n}").format(n=width))
                for width in _WIDTHS
            ]
        elif mask is Mask.GENERALISE:
            choices += _generalisations(field)
        else:
            choices.append((mask.value, _MASKS[mask]))
    return choices


def _generalisations(field: Field) -> list[tuple[str, Any]]:
    if levels := levels_for(field):
        return [(f"generalise:{level}", _LEVELS[level]) for level in levels]
    if field.type is not LogicalType.STRING or field.allowed:
        return []
    words = _("the first {n} characters only")
    return [(f"generalise:{n}", words.format(n=n)) for n in _DIGITS]


def chosen_rules(contract: Contract, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules of a policy as they were chosen, field by field."""
    rules: list[dict[str, Any]] = []
    for field in contract.fields:
        mask, _colon, figure = (values.get(f"field_{field.name}") or "").partition(":")
        if mask:
            rules.append({"field": field.name, "mask": mask} | _figure(mask, figure))
    return rules
