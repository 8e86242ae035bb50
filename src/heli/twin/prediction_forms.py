"""What is filled in about predictions."""

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 1_000_000


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class FileForm(forms.Form):
    """An option that is to be put in force, and when it is to be observed.

    Args:
        choices: The options of the run.
    """

    option = forms.ChoiceField(
        label=_("Which policy is put in force?"),
        widget=forms.RadioSelect,
        help_text=_("Its figures are kept with all their draws; they are never changed."),
    )
    observed_from = forms.DateField(
        label=_("First day to be observed"),
        widget=_day(),
        help_text=_("A day that has not come yet"),
    )
    observed_to = forms.DateField(
        label=_("Last day to be observed"),
        widget=_day(),
        help_text=_("The same day or a later one"),
    )

    def __init__(self, choices: list[tuple[str, str]], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["option"].choices = choices  # type: ignore[attr-defined]


class ObserveForm(forms.Form):
    """Observed values: typed, or from a file."""

    figures = forms.CharField(
        label=_("Figures and their observed values"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("One a line, such as air/nox@old-town,31.2; values in the figure's unit"),
    )
    table = forms.FileField(
        label=_("Or a CSV file"),
        required=False,
        help_text=_("The table of figures with the column “observed” filled in"),
    )
    source = forms.CharField(
        label=pgettext_lazy("observation", "Where the values come from"),
        max_length=300,
        help_text=_("A resource of the exchange, or a report with its date"),
    )

    def clean(self) -> dict[str, Any]:
        """The lines of the file, where there is one."""
        typed = super().clean() or self.cleaned_data
        file = typed.get("table")
        if file is not None:
            if file.size > MOST_BYTES:
                raise forms.ValidationError(gettext("The file is larger than 1 MB."))
            try:
                typed["figures"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError(gettext("The file is no text in UTF-8.")) from error
        if not typed.get("figures", "").strip():
            self.add_error("figures", gettext("Give at least one figure, or a file."))
        return typed
