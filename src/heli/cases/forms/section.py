"""The questions of a form schema as a Django form; the schema alone says what is right."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from heli.cases import forms_schema
from heli.cases.errors import FormError
from heli.cases.forms_schema import Field, Form


class SchemaQuestion(forms.Field):
    """A question whose answer the schema checks."""

    def validate(self, value: Any) -> None:
        """Nothing: see :meth:`SectionForm.clean`."""


class SectionForm(forms.Form):
    """Some questions of a schema.

    Attributes:
        answers: After validation: the answers in their normal form, by field key.
    """

    use_required_attribute = False

    def __init__(
        self,
        schema: Form,
        asked: Sequence[Field],
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.schema = schema
        self.answers: dict[str, Any] = {}
        for item in asked:
            self.fields[item.key] = _question(item, (notes or {}).get(item.key, ""))

    def clean(self) -> dict[str, Any]:
        """Check the answers by the schema."""
        given = {key: self.cleaned_data.get(key) for key in self.fields}
        try:
            self.answers = forms_schema.check_some(self.schema, given)
        except FormError as error:
            for key, problem in error.problems:
                self.add_error(key, problem)
        return self.cleaned_data


def _question(item: Field, note: str) -> SchemaQuestion:
    label = item.label
    if item.unit:
        label = _("%(label)s (%(unit)s)") % {"label": label, "unit": item.unit}
    return SchemaQuestion(
        label=label,
        required=not item.optional,
        help_text=" · ".join(part for part in (item.hint, note) if part),
        widget=_widget(item),
    )


def _widget(item: Field) -> forms.Widget:
    if item.type == "choice":
        return forms.RadioSelect(choices=[(c.value, c.label) for c in item.choices])
    if item.type == "boolean":
        return forms.CheckboxInput()
    if item.type == "textarea":
        return forms.Textarea(attrs={"rows": 4})
    if item.type == "date":
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if item.type == "number":
        return forms.TextInput(attrs={"inputmode": "decimal", "class": "short"})
    attrs = {"autocomplete": "off", "spellcheck": "false"} if item.subject else {}
    return forms.TextInput(attrs=attrs)


class DeclarationForm(forms.Form):
    """What the applicant stands for."""

    use_required_attribute = False

    agree = forms.BooleanField(
        label="",
        error_messages={"required": ""},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, desk: bool = False) -> None:
        super().__init__(data)
        self.fields["agree"].label = (
            _("The applicant has read the answers and declares that they are true.")
            if desk
            else _("What I have stated is true; departments may use it for this matter.")
        )
        self.fields["agree"].error_messages["required"] = _("Please confirm the declaration.")


class DeskForm(forms.Form):
    """For whom an ambassador takes a matter in; the number only where the form asks for one."""

    use_required_attribute = False

    def __init__(
        self,
        schema: Form,
        data: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        examples: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data)
        self.schema, self.key = schema, key
        shown = examples or {}
        if key:
            item = schema.fields[key]
            hint = _("As on the identity card; 18 characters.")
            if number := shown.get("person"):
                hint += " · " + _("For this demonstration: {number}").format(number=number)
            self.fields["number"] = SchemaQuestion(
                label=item.label,
                help_text=hint,
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )
        self.fields["name"] = forms.CharField(
            label=_("Name of the applicant"),
            help_text=_("For this demonstration: {number}").format(number=shown["name"])
            if key and "name" in shown
            else "",
            max_length=60,
            error_messages={"required": _("An answer is needed here.")},
        )
        self.fields["contact"] = forms.CharField(
            label=_("How to reach them"),
            help_text=_("Mobile number, or how else they can be reached."),
            max_length=60,
            error_messages={"required": _("An answer is needed here.")},
        )

    def clean(self) -> dict[str, Any]:
        """Check the number by the schema: form, region, date of birth and check character."""
        if self.key:
            given = {self.key: self.cleaned_data.get("number")}
            try:
                answers = forms_schema.check_some(self.schema, given)
            except FormError as error:
                for _key, problem in error.problems:
                    self.add_error("number", problem)
            else:
                self.cleaned_data["number"] = answers[self.key]
        return self.cleaned_data

    @property
    def on_behalf(self) -> dict[str, str]:
        """Whom the matter is taken in for."""
        keys = ("name", "contact", *(["number"] if self.key else []))
        return {key: self.cleaned_data[key] for key in keys}


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class SupplementForm(SectionForm):
    """An answer to a request for a supplement: words, corrected answers, files."""

    def __init__(self, *args: Any, files: "MultiValueDict[str, Any] | None" = None, **more: Any):
        super().__init__(*args, **more)
        self.corrected = list(self.fields)
        self.uploads = files.getlist("files") if files else []
        self.fields["answer"] = forms.CharField(
            label=_("Your answer"),
            required=False,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 5}),
        )
        self.fields["files"] = forms.Field(
            label=_("Files"),
            required=False,
            help_text=_(
                "PDF (.pdf), JPEG (.jpg, .jpeg), PNG (.png) or plain text (.txt), "
                "at most 8 MB each."
            ),
            widget=FilesInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.txt"}),
        )

    def clean(self) -> dict[str, Any]:
        """Corrected answers by the schema; and something must be said or handed in."""
        given = {key: self.cleaned_data.get(key) for key in self.corrected}
        try:
            self.answers = forms_schema.check_some(self.schema, given)
        except FormError as error:
            for key, problem in error.problems:
                self.add_error(key, problem)
        changed = any(self.answers.get(key) != self.initial.get(key) for key in self.corrected)
        if not (self.errors or changed or self.cleaned_data.get("answer") or self.uploads):
            self.add_error("answer", _("Correct an answer, write one, or add a file."))
        return self.cleaned_data
