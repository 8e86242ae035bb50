"""What stewards fill in about resources, grounds, conflicts and combinations."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from heli.exchange import selectors
from heli.exchange.models import Conflict, LawKind, Openness, Resource, SharingClass, SubjectType
from heli.exchange.words import spoken


def ground_choices() -> list[tuple[str, Any]]:
    """Provisions that bind today."""
    rows = selectors.provisions(in_force=True)
    return [("", _("Choose a provision")), *((r.code, selectors.provision_words(r)) for r in rows)]


def condition_fields() -> tuple[forms.CharField, forms.CharField]:
    """On what condition a resource is shared, in Chinese and English."""
    zh = forms.CharField(
        label=_("Condition for sharing"),
        max_length=300,
        required=False,
        help_text=_("Needed where it is shared on condition"),
    )
    zh.needed = True  # type: ignore[attr-defined]
    en = forms.CharField(label=_("The condition in English"), max_length=400, required=False)
    return zh, en


class ConditionMixin(forms.Form):
    """What is shared on condition says on which."""

    def clean(self) -> dict[str, Any]:
        """The condition is there where it is needed."""
        values = super().clean() or {}
        wanted = values.get("sharing") == SharingClass.CONDITIONAL
        if wanted and not values.get("condition_zh") and "condition_zh" not in self.errors:
            self.add_error("condition_zh", gettext("Say on which condition it is shared."))
        return values


class EntryForm(ConditionMixin):
    """What the catalogue says about a resource."""

    category = forms.ChoiceField(label=_("Category"))
    summary_zh = forms.CharField(
        label=_("What it holds"), max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )
    summary_en = forms.CharField(
        label=_("The same in English"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sharing = forms.ChoiceField(label=_("Sharing"), choices=SharingClass.choices)
    condition_zh, condition_en = condition_fields()
    ground = forms.ChoiceField(
        label=_("Legal ground"),
        required=False,
        help_text=_("Needed where it is not shared"),
    )
    openness = forms.ChoiceField(label=_("Openness class"), choices=Openness.choices)
    related = forms.MultipleChoiceField(label=_("Related resources"), required=False)

    def __init__(self, resource: Resource, *args: Any, **kwargs: Any) -> None:
        entry = selectors.entry_of(resource)
        kwargs.setdefault("initial", _initial(resource, entry))
        super().__init__(*args, **kwargs)
        self._choose("category", [("", _("Choose a category"))] + [
            (row.code, f"{row.code} {spoken(row.title_zh, row.title_en)}")
            for row in selectors.categories()])  # fmt: skip
        self._choose("ground", ground_choices())
        self._choose("related", [
            (row.address, selectors.resource_title(row))
            for row in selectors.catalogue() if row.pk != resource.pk])  # fmt: skip

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _initial(resource: Resource, entry: Any) -> dict[str, Any]:
    if entry is None:
        return {name: getattr(resource, name) for name in
                ("sharing", "condition_zh", "condition_en")}  # fmt: skip
    names = ("summary_zh", "summary_en", "condition_zh", "condition_en", "openness", "related")
    return {
        "category": entry.category_id,
        "ground": entry.ground_id or "",
        "sharing": resource.sharing,
        **{name: getattr(entry, name) for name in names},
    }


class ProvisionForm(forms.Form):
    """An article of a legal text."""

    law_zh = forms.CharField(label=_("Title of the law or regulation"), max_length=160)
    article = forms.CharField(
        label=_("Article"),
        max_length=40,
        help_text=_("As the text writes it, for example 第十三条"),
    )
    kind = forms.ChoiceField(label=_("Rank"), choices=LawKind.choices)
    number = forms.CharField(label=_("Document number"), max_length=60, required=False)
    says_zh = forms.CharField(
        label=_("What it says, in short"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    effective_on = forms.DateField(
        label=_("Binds since"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    code = forms.SlugField(
        label=_("Short name"), max_length=60, help_text=_("Lower-case letters, digits and hyphens")
    )


class SettleForm(forms.Form):
    """Who is the source of a data element."""

    resource = forms.ChoiceField(label=_("Which is the source?"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"), max_length=600, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, conflict: Conflict, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["resource"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (claim.resource.address, selectors.resource_title(claim.resource))
            for claim in (conflict.first, conflict.second)
        ]


class CombinationForm(forms.Form):
    """A combination of data to be forbidden."""

    title_zh = forms.CharField(label=_("What is combined"), max_length=120)
    code = forms.SlugField(
        label=_("Short name"), max_length=60, help_text=_("Lower-case letters, digits and hyphens")
    )
    subject_type = forms.ChoiceField(label=_("Of whom or what"), choices=SubjectType.choices)
    parts = forms.CharField(
        label=_("Parts"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One part on each line: name: department/resource.field, … (* for any)"),
    )
    ground = forms.ChoiceField(label=_("Legal ground"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ground"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = ground_choices()

    def clean_parts(self) -> dict[str, list[str]]:
        """The parts as a rule keeps them."""
        found: dict[str, list[str]] = {}
        for line in self.cleaned_data["parts"].splitlines():
            name, colon, patterns = line.partition(":")
            if line.strip() and not colon:
                raise forms.ValidationError(_("A line has no colon after the name of its part."))
            if line.strip():
                found[name.strip()] = [each.strip() for each in patterns.split(",") if each.strip()]
        return found


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
