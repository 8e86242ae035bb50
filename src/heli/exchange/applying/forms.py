"""What is filled in about applications, decisions and appeals."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import Binding, Contract
from heli.exchange.describing.forms import ground_choices
from heli.exchange.forms import (
    binding_choice,
    bound,
    chosen_rules,
    field_choices,
    last_day,
    purpose_in_english,
    purpose_in_words,
    short_name,
)
from heli.exchange.models import Application, Resource
from heli.exchange.questions import matter_kinds
from heli.exchange.restrictions import MEMBERS, RestrictionsForm, extract_limit
from heli.exchange.services import Wish
from heli.exchange.words import spoken

_AREA = forms.Textarea(attrs={"rows": 3})


class _FieldsForm(forms.Form):
    """A form with one choice for each field of a contract."""

    contract: Contract

    def _add_fields(self, policy: dict[str, Any] | None, *, less: bool = False) -> None:
        chosen = {rule["field"]: _choice(rule) for rule in (policy or {}).get("fields", ())}
        for field in self.contract.fields:
            choices = field_choices(field)
            asked = chosen.get(field.name, "")
            if less:
                if not asked:
                    continue
                open_ = asked == "clear"
                choices = [each for each in choices if open_ or each[0] in ("", asked)]
            self.fields[f"field_{field.name}"] = forms.ChoiceField(
                label=spoken(field.title_zh, field.title_en),
                choices=choices,
                required=False,
                initial=asked,
            )
            # One of them is needed, whichever: so none says of itself that it may be left out.
            self.fields[f"field_{field.name}"].needed = True  # type: ignore[attr-defined]

    @property
    def field_controls(self) -> list[Any]:
        """The bound choices of the contract's fields."""
        return [self[name] for name in self.fields if name.startswith("field_")]

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The policy's rules as chosen."""
        return chosen_rules(self.contract, self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        """At least one field must be chosen."""
        values = super().clean() or {}
        if not self.rules:
            raise forms.ValidationError(_("Choose at least one field."))
        return values


def _choice(rule: dict[str, Any]) -> str:
    mask = str(rule.get("mask", "clear"))
    figures = [str(rule[name]) for name in ("width", "level", "digits") if rule.get(name)]
    return ":".join([mask, *figures[:1]])


class ApplyForm(_FieldsForm):
    """What is applied for, by which law, for what, until when."""

    purpose_zh = purpose_in_words()
    purpose_en = purpose_in_english()
    purpose = short_name(
        _("Short name of the purpose"),
        _("Letters, digits and hyphens; calling systems send it, for example restaurant"),
    )
    need = forms.CharField(
        label=_("What the data is needed for"),
        max_length=600,
        widget=_AREA,
        help_text=_("Which task of your department needs it, who uses it, and how often"),
    )
    basis = forms.ChoiceField(
        label=_("Legal basis"),
        help_text=_("The provision that gives your department this task"),
    )
    matter_type = forms.CharField(
        label=_("Kind of matter"),
        max_length=80,
        required=False,
        help_text=_("Only where each call serves a matter: in which kind it is looked up"),
    )
    binding = binding_choice()
    extract = extract_limit()
    until = last_day()

    def __init__(self, resource: Resource, *args: Any, present: Any = None, **kwargs: Any) -> None:
        initial = kwargs.setdefault("initial", {})
        if present is not None:
            for name in ("purpose", "purpose_zh", "purpose_en", "need", "matter_type", "until"):
                initial.setdefault(name, getattr(present, name, ""))
            initial.setdefault("basis", getattr(present, "basis_id", ""))
            initial.setdefault("binding", present.policy.get("binding", Binding.MATTER.value))
            initial.setdefault("extract", present.policy.get("extract", {}).get("rows"))
        super().__init__(*args, **kwargs)
        self.contract = resource.parsed_contract
        basis = self.fields["basis"]
        assert isinstance(basis, forms.ChoiceField)
        basis.choices = ground_choices()
        self._offer_kinds()
        self._kept: dict[str, Any] = {}
        if present is not None:
            self.fields["purpose"].disabled = True
            chosen = ("fields", "binding", "extract")
            self._kept = {key: said for key, said in present.policy.items() if key not in chosen}
        self._add_fields(present.policy if present is not None else None)

    def _offer_kinds(self) -> None:
        """The kinds of matter as choices, where they are known."""
        known = [(zh, spoken(zh, en)) for zh, en in matter_kinds()]
        if not known:
            return
        present = str(self["matter_type"].value() or "")
        if present and present not in dict(known):
            known.append((present, present))
        self.fields["matter_type"].widget = forms.Select(choices=[("", _("Any kind")), *known])

    def clean(self) -> dict[str, Any]:
        """A kind of matter is kept only where each call serves a matter."""
        values = super().clean()
        if values.get("binding") not in ("", None, Binding.MATTER.value):
            values["matter_type"] = ""
        return values

    @property
    def is_for_duty(self) -> bool:
        """Whether each call is to serve a statutory duty."""
        return bool(self["binding"].value() == Binding.PUBLIC_TASK.value)

    def wish(self) -> Wish:
        """What was filled in, as the service takes it."""
        names = ("purpose", "purpose_zh", "purpose_en", "need", "basis", "until", "matter_type")
        values = {name: self.cleaned_data[name] for name in names}
        return Wish(policy=self.policy, **values)

    @property
    def policy(self) -> dict[str, Any]:
        """What is applied for; limits and the like that stand in a policy already stay."""
        return self._kept | {"fields": self.rules} | bound(self.cleaned_data)


class DecideForm(_FieldsForm, RestrictionsForm):
    """Grant all of it, or less with the reason."""

    until = last_day()
    reason = forms.CharField(
        label=_("Reason"),
        max_length=600,
        required=False,
        widget=_AREA,
        help_text=_("Needed where less is granted than was applied for"),
    )

    def __init__(self, application: Application, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"until": application.until})
        super().__init__(*args, **kwargs)
        self.contract = application.resource.parsed_contract
        self._asked: dict[str, Any] = application.policy
        self._add_fields(application.policy, less=True)
        self.add_restrictions(application.policy)
        if not application.policy.get("extract"):
            del self.fields["extract"]

    def values(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        until: dt.date = self.cleaned_data["until"]
        kept = {name: said for name, said in self._asked.items() if name not in MEMBERS}
        policy = kept | {"fields": self.rules} | self.restrictions
        return {"policy": policy, "until": until, "reason": self.cleaned_data["reason"]}


class RefuseForm(forms.Form):
    """Why an application is refused, and on what ground."""

    ground = forms.ChoiceField(label=_("Legal ground for not sharing"))
    reason = forms.CharField(label=_("Reason"), max_length=600, widget=_AREA)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ground = self.fields["ground"]
        assert isinstance(ground, forms.ChoiceField)
        ground.choices = ground_choices()


class TextForm(forms.Form):
    """One text: an opinion, a reason, an argument."""

    text = forms.CharField(label=_("Text"), max_length=600, widget=_AREA)

    def __init__(self, label: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label


class VerdictForm(forms.Form):
    """A decision on an appeal."""

    upheld = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("yes", _("The appeal is upheld: what was applied for is granted")),
            ("no", _("The appeal is dismissed")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), max_length=600, widget=_AREA)
