"""What people fill in to ask for an extract, and to have a file traced."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import Binding, ReleasePolicy
from heli.exchange.models import ExtractFormat

FORMATS = [
    (ExtractFormat.CSV, _("CSV, for spreadsheets")),
    (ExtractFormat.PARQUET, _("Parquet, for analysis")),
    (ExtractFormat.ARROW, _("Arrow stream, for programs")),
]


class AskForm(forms.Form):
    """In which format, and for what."""

    project = forms.CharField(label=_("Code of the approved project"), max_length=40)
    task = forms.ChoiceField(label=_("Statutory duty that it serves"))
    file_format = forms.ChoiceField(
        label=_("Format"), choices=FORMATS, widget=forms.RadioSelect, initial=ExtractFormat.CSV
    )

    def __init__(
        self, policy: ReleasePolicy, duties: list[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        task = self.fields["task"]
        assert isinstance(task, forms.ChoiceField)
        task.choices = duties
        self.ground = "project" if policy.binding is Binding.PROJECT else "task"
        del self.fields["task" if policy.binding is Binding.PROJECT else "project"]


class TraceForm(forms.Form):
    """The file that was found."""

    file = forms.FileField(
        label=_("The file that was found"),
        help_text=_("CSV, Excel, JSON, Parquet or Arrow; a part of it or a changed one will do."),
        error_messages={"empty": _("The file is empty.")},
    )
