"""What is filled in about digital projects."""

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from heli.exchange.contracts.forms import ContractForm


def area(rows: int) -> forms.Textarea:
    """A text field of several lines."""
    return forms.Textarea(attrs={"rows": rows})


class ProjectForm(forms.Form):
    """A project to register."""

    code = forms.CharField(
        label=gettext_lazy("Code of the project"),
        max_length=30,
        help_text=gettext_lazy("As in the proposal, for example SZ-2026-014"),
    )
    title_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    title_en = forms.CharField(
        label=gettext_lazy("Name in English"), max_length=160, required=False
    )
    summary = forms.CharField(label=gettext_lazy("What it is for"), max_length=2000, widget=area(4))
    needs = forms.CharField(
        label=gettext_lazy("Data it needs from other departments"),
        required=False,
        widget=area(3),
        help_text=gettext_lazy("Addresses of the catalogue, such as gaj/residents, one a line"),
    )

    def clean_needs(self) -> list[str]:
        """The addresses."""
        return str(self.cleaned_data["needs"]).split()


class InterfaceForm(ContractForm):
    """An interface to declare."""

    url = forms.CharField(
        label=gettext_lazy("Address of the endpoint"),
        max_length=300,
        help_text=gettext_lazy("For example https://beds.example/v1"),
    )
    key = forms.CharField(
        label=gettext_lazy("Key for the test"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Sent as a bearer token, kept sealed, never shown"),
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=pgettext_lazy("project", "Reason"), max_length=500, widget=area(3)
    )


class DecisionForm(ReasonForm):
    """What is decided at the gate."""

    passed = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("", gettext_lazy("Choose")), ("yes", gettext_lazy("Let it pass")),
                 ("no", gettext_lazy("Do not let it pass"))],
    )  # fmt: skip
    field_order = ("passed", "reason")


class ExemptionForm(forms.Form):
    """An exception from the gate."""

    ground = forms.CharField(
        label=pgettext_lazy("project", "Ground"), max_length=500, widget=area(3)
    )
    legal_basis = forms.CharField(
        label=gettext_lazy("Legal basis"),
        max_length=300,
        help_text=gettext_lazy("Law or regulation and article"),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
