"""What people fill in to object, to decide, and to answer a correction."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.engines.contracts import Field, LogicalType
from heli.exchange.selectors import Resource
from heli.exchange.words import spoken, value_words
from heli.openness.forms.publications import NEEDED
from heli.openness.models import Objection, Recipient
from heli.organisation import selectors as organisation

LONGEST = 4000
CLAIM = "claim_"


class ManyFilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; what is cleaned is the list of them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=ManyFilesInput(attrs={"multiple": True}), **more)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each file by itself."""
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(ManyFilesField, self).clean(each, initial) for each in given]


class ObjectionForm(forms.Form):
    """Why, with what evidence, and how to be reached."""

    use_required_attribute = False

    ground = forms.CharField(
        label=_("What is wrong, and why?"), max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}), error_messages={"required": NEEDED},
    )  # fmt: skip
    evidence = ManyFilesField(
        label=pgettext_lazy("objection", "Evidence"), required=False,
        help_text=_("PDF, JPEG, PNG or plain text, at most 8 MB each; several at once"),
    )  # fmt: skip
    name = forms.CharField(
        label=_("Your name"), max_length=80, required=False,
        help_text=_("May be left empty; only the department that decides reads it"),
    )  # fmt: skip
    reach = forms.CharField(
        label=_("How to reach you"), max_length=120, required=False,
        help_text=_("Telephone or mail; without it, look up the progress with your code"),
    )  # fmt: skip

    def __init__(self, *args: Any, signed_in: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        if signed_in:
            del self.fields["name"], self.fields["reach"]


class RecordForm(ObjectionForm):
    """Whose record it is, and what its fields should say."""

    def __init__(self, resource: Resource, *args: Any, own: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        contract = resource.parsed_contract
        subject = contract.subject_field
        first: dict[str, forms.Field] = {}
        if not own:
            first["subject"] = forms.CharField(
                label=spoken(subject.title_zh, subject.title_en), max_length=60,
                help_text=_("It is sealed at once; no list and no fact shows it"),
                error_messages={"required": NEEDED},
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )  # fmt: skip
        for field in contract.fields:
            if not field.subject:
                first[f"{CLAIM}{field.name}"] = claim_field(
                    field, spoken(field.title_zh, field.title_en), _("as it is")
                )
        self.fields = {**first, **self.fields}

    @property
    def claim_controls(self) -> list[Any]:
        """The bound fields of the record."""
        return [self[name] for name in self.fields if name.startswith(CLAIM)]

    @property
    def other_controls(self) -> list[Any]:
        """Ground, evidence and contact."""
        return [self[name] for name in self.fields if not name.startswith(CLAIM)
                and name != "subject"]  # fmt: skip

    @property
    def claims(self) -> dict[str, str]:
        """What was typed, by field."""
        return {
            name.removeprefix(CLAIM): value
            for name, value in self.cleaned_data.items()
            if name.startswith(CLAIM) and value
        }


def claim_field(field: Field | None, label: str, empty: Any, **more: Any) -> forms.Field:
    """The control for what a field of a record should say: codes are chosen, days picked.

    Args:
        field: The field of the contract; None where the contract has it no longer.
        label: What it is called.
        empty: What choosing nothing means.
        more: Further arguments of the control.
    """
    if choices := _choices(field):
        return forms.ChoiceField(
            label=label, required=False, choices=[("", empty), *choices], **more
        )
    widget = forms.TextInput()
    if field is not None and field.type == LogicalType.DATE:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.CharField(label=label, max_length=500, required=False, widget=widget, **more)


def _choices(field: Field | None) -> list[tuple[str, Any]]:
    if field is None:
        return []
    if field.type == LogicalType.BOOLEAN:
        return [("true", _("yes")), ("false", _("no"))]
    return [(str(value), value_words(field, value)) for value in field.allowed]


class OpeningForm(ObjectionForm):
    """Which data should be open, and which department has it."""

    department = forms.ChoiceField(
        label=_("Which department has the data?"), error_messages={"required": NEEDED}
    )

    field_order = ("department",)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        choice = self.fields["department"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("Choose a department"))] + [
            (card.code, card.name) for card in organisation.departments().values() if card.is_active
        ]
        self.fields["ground"].label = _("Which data should be open, and what for?")


class AccessForm(forms.Form):
    """A code and its secret."""

    use_required_attribute = False

    code = forms.CharField(
        label=_("Code of the objection"), max_length=60, error_messages={"required": NEEDED},
        help_text=_("For example YY-7K3D9Q-42; small letters will do"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Secret"), max_length=40, error_messages={"required": NEEDED},
        help_text=_("Eight characters that you were given with the code"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


class AppealForm(forms.Form):
    """Why the decision is not accepted."""

    use_required_attribute = False

    reason = forms.CharField(
        label=_("Why do you not accept the decision?"), max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}), error_messages={"required": NEEDED},
    )  # fmt: skip


class DecisionForm(forms.Form):
    """The decision of a tier."""

    use_required_attribute = False

    outcome = forms.ChoiceField(
        label=_("Outcome"), widget=forms.RadioSelect, error_messages={"required": NEEDED},
        choices=[(each.value, each.label) for each in (Objection.State.UPHELD,
                 Objection.State.PARTLY, Objection.State.REJECTED)],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason of the decision"), max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Who objected reads it; it stands in no fact"),
        error_messages={"required": NEEDED},
    )  # fmt: skip
    ground = forms.CharField(
        label=_("Legal ground"), max_length=300, required=False,
        help_text=_("Needed where it is not upheld in full"),
    )  # fmt: skip

    def __init__(self, row: Objection, *args: Any, claims: Any = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.about_record = row.about == Objection.About.RECORD
        if not self.about_record:
            return
        contract = row.resource.parsed_contract if row.resource else None
        for claim in claims:
            self.fields[f"{CLAIM}{claim.name}"] = claim_field(
                contract.field(claim.name) if contract else None, claim.title, _("not agreed"),
                initial=claim.plain, help_text=_("Now: {now}").format(now=claim.now or "—"),
            )  # fmt: skip
        self.fields["wrong_since"] = forms.DateField(
            label=_("Wrong since"), required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=_("Left empty, everybody who ever received these fields is told"),
        )  # fmt: skip
        if not row.identity_known:
            self.fields["identity_checked"] = forms.CharField(
                label=_("How was it checked that the record is theirs?"),
                max_length=200,
                required=False,
                help_text=_("Needed to uphold: it was filed by somebody without an account"),
            )
            self.fields["identity_checked"].needed = True  # type: ignore[attr-defined]

    @property
    def claim_controls(self) -> list[Any]:
        """What the record is to say."""
        return [self[name] for name in self.fields if name.startswith(CLAIM)]

    @property
    def other_controls(self) -> list[Any]:
        """What concerns records only."""
        return [self[name] for name in ("wrong_since", "identity_checked") if name in self.fields]

    @property
    def corrected(self) -> dict[str, str] | None:
        """What was agreed, by field; None where it is not about a record."""
        if not self.about_record:
            return None
        return {
            name.removeprefix(CLAIM): value
            for name, value in self.cleaned_data.items()
            if name.startswith(CLAIM) and value
        }


class AnswerForm(forms.Form):
    """What a department did with a correction."""

    use_required_attribute = False

    action = forms.ChoiceField(
        label=_("What did your department do?"), widget=forms.RadioSelect,
        choices=Recipient.Action.choices, error_messages={"required": NEEDED},
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
