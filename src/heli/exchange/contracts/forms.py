"""What a data steward fills in about contract versions."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from heli.errors import HeliError
from heli.exchange.contracts.files import MOST_BYTES, decode
from heli.kernel.localise import explain


class ContractForm(forms.Form):
    """A contract, as text or as a file."""

    file = forms.FileField(
        label=gettext_lazy("Contract as a file"),
        required=False,
        help_text=gettext_lazy(
            "YAML or JSON by the Open Data Contract Standard; it replaces the text"
        ),
    )
    contract = forms.CharField(
        label=gettext_lazy("Contract"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 16, "class": "code", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """The text, from the file where there is one."""
        values = super().clean() or {}
        given = values.get("file")
        try:
            if given is not None:
                values["contract"] = self._text(given)
        except forms.ValidationError as error:
            self.add_error(None, error)
            return values
        if not str(values.get("contract") or "").strip():
            self.add_error("contract", _("Give a contract as a file or as text."))
        return values

    def _text(self, given: Any) -> str:
        if given.size > MOST_BYTES:
            raise forms.ValidationError({"file": _("The file is larger than 2 MB.")})
        try:
            return decode(given.read(), given.name)
        except HeliError as error:
            raise forms.ValidationError({"file": explain(error).detail}) from error


class VersionForm(ContractForm):
    """A version to be published."""

    sunset = forms.DateField(
        label=gettext_lazy("Last day of the version in force"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Needed only where the new version breaks departments that use it"),
    )


class WithdrawForm(forms.Form):
    """Why an announcement is taken back."""

    reason = forms.CharField(label=gettext_lazy("Reason for taking it back"), max_length=300)
