"""What people fill in about alerts and duty."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.alerts.models import Kind
from heli.alerts.services import NewSubject
from heli.alerts.services.roster import MOST_DAYS
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person

SUBJECTS = {
    "person": _("person"),
    "enterprise": pgettext_lazy("alert list", "enterprise"),
    "batch": _("batch of a product"),
}


class AlertForm(forms.Form):
    """An alert to be issued."""

    kind = forms.ChoiceField(label=_("Kind of alert"))
    headline = forms.CharField(
        label=_("What is the matter"),
        max_length=200,
        help_text=_("Without names or numbers: every official reads it."),
    )
    details = forms.CharField(
        label=_("Description"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Sealed; read by officers on duty and heads, and every reading is recorded."),
    )
    subjects = forms.CharField(
        label=_("Identifiers for the list"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: identity number or batch. Kept as a keyed hash only."),
    )
    hours = forms.IntegerField(
        label=_("Hours in force"), min_value=1, required=False,
        help_text=_("Empty: as the kind says."),
    )  # fmt: skip

    def __init__(self, kinds: Iterable[Kind], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {row.code: row for row in kinds}
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(row.code, row.title) for row in self.known.values()]

    @property
    def chosen(self) -> list[NewSubject]:
        """The subjects as given."""
        kind = self.known[self.cleaned_data["kind"]]
        lines = self.cleaned_data["subjects"].splitlines()
        return [NewSubject(kind.subject_type, line.strip()) for line in lines if line.strip()]


class KindForm(forms.Form):
    """A kind of alert: on which ground, who issues it, how fast it is answered."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9_]*$",
        label=pgettext_lazy("alert", "Short name of the kind"),
        max_length=30,
        help_text=_("Lower-case letters, digits and underscores; it cannot be changed later"),
    )
    title_zh = forms.CharField(label=_("Name in Chinese"), max_length=60)
    title_en = forms.CharField(label=_("Name in English"), max_length=80, required=False)
    ground = forms.CharField(
        label=pgettext_lazy("alert", "Legal ground"),
        max_length=200,
        help_text=_("Law or regulation and article"),
    )
    issuers = forms.MultipleChoiceField(
        label=_("Departments that may issue it"), widget=forms.CheckboxSelectMultiple
    )
    subject_type = forms.ChoiceField(
        label=_("Its list holds"),
        choices=[("", _("no list: it is about nobody in particular")), *SUBJECTS.items()],
        required=False,
    )
    answer_minutes = forms.IntegerField(
        label=_("Minutes to answer"), min_value=1, max_value=1440, initial=15
    )
    hours = forms.IntegerField(
        label=_("Hours in force, unless the issuer says otherwise"),
        min_value=1,
        max_value=8760,
        initial=24,
    )
    most_hours = forms.IntegerField(
        label=_("Hours in force at most"), min_value=1, max_value=8760, initial=72
    )

    def __init__(self, present: Kind | None, *args: Any, **kwargs: Any) -> None:
        if present is not None:
            kwargs["initial"] = {name: getattr(present, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = present is not None
        issuers = self.fields["issuers"]
        assert isinstance(issuers, forms.MultipleChoiceField)
        held = set(present.issuers) if present is not None else set()
        issuers.choices = [
            (card.code, card.name)
            for card in organisation.departments().values()
            if card.is_active or card.code in held
        ] + [(code, code) for code in sorted(held - set(organisation.departments()))]

    def clean(self) -> dict[str, Any]:
        """What it lasts usually is no more than what it may last; a new name is a new one."""
        values = super().clean() or {}
        usual, most = values.get("hours"), values.get("most_hours")
        if usual and most and usual > most:
            self.add_error("most_hours", _("It may last no less than it lasts usually."))
        code = values.get("code")
        new = not self.fields["code"].disabled
        if new and code and Kind.objects.filter(pk=code).exists():
            self.add_error("code", _("There is a kind of this name already."))
        return values


class AskForm(forms.Form):
    """A question to the lists."""

    type = forms.ChoiceField(label=_("About"), choices=list(SUBJECTS.items()))
    id = forms.CharField(
        label=_("Whole identifier"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NoteForm(forms.Form):
    """What goes with an answer."""

    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=pgettext_lazy("alert", "Reason"), max_length=300)


class HandoverForm(forms.Form):
    """What is left to the next officer."""

    note = forms.CharField(
        label=_("Note to the next officer"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PlanForm(forms.Form):
    """Shifts to be planned."""

    people = forms.MultipleChoiceField(
        label=_("Who takes turns"), widget=forms.CheckboxSelectMultiple
    )
    first = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=MOST_DAYS, initial=7)
    hours = forms.TypedChoiceField(
        label=_("Length of a shift"),
        choices=[(8, _("8 hours")), (12, _("12 hours")), (24, _("24 hours"))],
        coerce=int,
        initial=12,
    )

    def __init__(self, staff: Iterable[Person], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.fields["people"]
        assert isinstance(people, forms.MultipleChoiceField)
        people.choices = [(row.pk, row.name) for row in staff]

    def clean_first(self) -> dt.date:
        """A roster is planned ahead."""
        first: dt.date = self.cleaned_data["first"]
        if first < clock.today():
            raise forms.ValidationError(_("Choose today or a later day."))
        return first


class ChannelForm(forms.Form):
    """How else a department is reached."""

    telephone = forms.CharField(
        label=_("Telephone of the duty desk"), max_length=40, required=False
    )
    address = forms.URLField(
        label=_("Address of the second channel"),
        max_length=400,
        required=False,
        assume_scheme="https",
        help_text=_("Called with a signed request when half of the time passed unanswered."),
    )


class SubstituteForm(forms.Form):
    """Who takes a shift instead."""

    officer = forms.ChoiceField(label=_("Who takes it"))
    reason = forms.CharField(label=pgettext_lazy("alert", "Reason"), max_length=300)

    def __init__(self, staff: Iterable[Person], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        officer = self.fields["officer"]
        assert isinstance(officer, forms.ChoiceField)
        officer.choices = [(row.pk, row.name) for row in staff]
