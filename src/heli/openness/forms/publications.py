"""What a data steward decides when opening a resource."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import Contract, Field, LogicalType, Mask, Sensitivity
from heli.exchange.selectors import Resource, UpdateCycle
from heli.exchange.words import spoken
from heli.openness.licences import LICENCES, OTHER
from heli.openness.models import Publication, Theme
from heli.openness.rules import LEAST, masks_open_to
from heli.openness.services import Terms

NEEDED = _("An answer is needed here.")
_WIDTHS = (5, 10, 50, 100, 1000)
_MASKS = {
    Mask.CLEAR: _("in full"),
    Mask.PARTIAL: _("in part, the rest starred out"),
    Mask.YEAR: _("the year only"),
    Mask.REDACT: _("present or absent"),
}


class PublicationForm(forms.Form):
    """Which columns leave and how, under what name, licence and contact."""

    use_required_attribute = False

    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=160, required=False)
    slug = forms.SlugField(
        label=_("Address below /open/"), max_length=80,
        help_text=_("Letters, digits and hyphens; it stands behind /open/ and never changes"),
    )  # fmt: skip
    description_zh = forms.CharField(
        label=_("Description in Chinese"), max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What a resident finds in it, and what not"),
    )  # fmt: skip
    description_en = forms.CharField(
        label=_("Description in English"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    keywords = forms.CharField(
        label=_("Keywords"), max_length=300, required=False, help_text=_("Separated by commas")
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices)
    update_cycle = forms.ChoiceField(label=_("Updated"), choices=UpdateCycle.choices)
    licence = forms.ChoiceField(
        label=_("Licence"),
        choices=[*((code, each.name) for code, each in LICENCES.items()), (OTHER, _("Another"))],
    )
    licence_name = forms.CharField(
        label=_("Name of another licence"), max_length=120, required=False
    )
    licence_url = forms.URLField(
        label=_("Address of its text"), max_length=200, required=False, assume_scheme="https"
    )
    contact_name = forms.CharField(
        label=_("Contact"), max_length=120, help_text=_("An office or function, not a person")
    )
    contact_email = forms.EmailField(label=_("Mail address"), required=False)
    contact_phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    legal_basis = forms.CharField(
        label=_("Legal basis"), max_length=300, help_text=_("Law or regulation and article")
    )

    def __init__(
        self, resource: Resource, kind: str, *args: Any, row: Publication | None = None, **more: Any
    ) -> None:
        self.contract: Contract = resource.parsed_contract
        self.kind = kind
        more["initial"] = _initial(resource, kind, row) | (more.get("initial") or {})
        super().__init__(*args, **more)
        for field in self.fields.values():
            field.error_messages["required"] = NEEDED
        if row is not None:
            del self.fields["slug"]
        for each in self.contract.fields:
            choices = self._choices(each)
            if len(choices) > 1:
                self.fields[f"field_{each.name}"] = forms.ChoiceField(
                    label=spoken(each.title_zh, each.title_en), choices=choices, required=False
                )
        if kind == Publication.Kind.STATISTICS:
            self._add_measures()

    def _choices(self, field: Field) -> list[tuple[str, Any]]:
        counting = self.kind == Publication.Kind.STATISTICS
        first = _("does not form groups") if counting else _("not opened")
        choices: list[tuple[str, Any]] = [("", first)]
        if counting and field.subject:
            return choices
        for mask in masks_open_to(field, self.contract.subject_type):
            if mask is Mask.BUCKET:
                choices += [
                    (f"bucket:{width}", _("rounded down to multiples of {n}").format(n=width))
                    for width in _WIDTHS
                ]
            elif mask in _MASKS:
                choices.append((mask.value, _MASKS[mask]))
        return choices

    def _add_measures(self) -> None:
        for each in self.contract.fields:
            if (
                each.type in {LogicalType.INTEGER, LogicalType.NUMBER}
                and each.sensitivity < Sensitivity.HIGHLY_SENSITIVE
            ):
                self.fields[f"measure_{each.name}"] = forms.ChoiceField(
                    label=spoken(each.title_zh, each.title_en),
                    choices=[("", _("not told")), ("sum", _("the sum")), ("mean", _("the mean"))],
                    required=False,
                )
        self.fields["least"] = forms.IntegerField(
            label=_("Fewest records of a group"), min_value=3, max_value=1000, initial=LEAST,
            help_text=_("Groups with fewer are left out, so that nobody is recognised"),
        )  # fmt: skip

    @property
    def text_controls(self) -> list[Any]:
        """Everything but columns and figures."""
        return [self[name] for name in self.fields
                if not name.startswith(("field_", "measure_")) and name != "least"]  # fmt: skip

    @property
    def field_controls(self) -> list[Any]:
        """The bound choices of the columns."""
        return [self[name] for name in self.fields if name.startswith("field_")]

    @property
    def measure_controls(self) -> list[Any]:
        """The bound choices of figures, and the smallest group."""
        return [
            self[name] for name in self.fields if name.startswith("measure_") or name == "least"
        ]

    @property
    def closed_fields(self) -> list[str]:
        """Titles of the columns that can never leave."""
        return [
            spoken(each.title_zh, each.title_en)
            for each in self.contract.fields
            if f"field_{each.name}" not in self.fields
        ]

    @property
    def rules(self) -> dict[str, Any]:
        """What leaves, as chosen."""
        values = self.cleaned_data
        found: dict[str, Any] = {"fields": []}
        for each in self.contract.fields:
            mask, _colon, width = values.get(f"field_{each.name}", "").partition(":")
            if mask:
                entry = {"field": each.name, "mask": mask}
                found["fields"].append(entry | ({"width": int(width)} if width else {}))
        if self.kind == Publication.Kind.STATISTICS:
            found["least"] = values["least"]
            found["measures"] = [
                {"field": each.name, "how": values[f"measure_{each.name}"]}
                for each in self.contract.fields
                if values.get(f"measure_{each.name}")
            ]
        return found

    @property
    def terms(self) -> Terms:
        """Name, licence, contact."""
        values = {name: self.cleaned_data.get(name, "") for name in Terms.__dataclass_fields__}
        words = str(values["keywords"]).replace("，", ",").replace("、", ",").split(",")
        return Terms(**values | {"keywords": tuple(words)})


def _initial(resource: Resource, kind: str, row: Publication | None) -> dict[str, Any]:
    if row is None:
        more = "-statistics" if kind == Publication.Kind.STATISTICS else ""
        return {
            "title_zh": resource.title_zh,
            "title_en": resource.title_en,
            "slug": resource.name.replace("_", "-") + more,
            "update_cycle": resource.update_cycle,
        }
    found = {name: getattr(row, name) for name in Terms.__dataclass_fields__}
    found["keywords"] = ", ".join(row.keywords)
    for entry in row.rules.get("fields", ()):
        width = f":{entry['width']}" if entry.get("width") else ""
        found[f"field_{entry['field']}"] = entry.get("mask", "clear") + width
    for entry in row.rules.get("measures", ()):
        found[f"measure_{entry['field']}"] = entry["how"]
    found["least"] = row.rules.get("least", LEAST)
    return found


class ReasonForm(forms.Form):
    """Why a dataset is closed."""

    use_required_attribute = False

    reason = forms.CharField(
        label=_("Reason for closing"), max_length=300, error_messages={"required": NEEDED}
    )
