"""What officials fill in. Rules are the services'; forms only carry what was typed."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django import forms
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from heli.cases.models import Matter, Task
from heli.cases.selectors.data import correctable
from heli.cases.views.officials.common import department_choices
from heli.kernel.permissions import Role
from heli.organisation.selectors import Person, people

ALLOWANCES = (
    ("H48", _("48 hours")),
    ("H24", _("24 hours, urgent")),
    ("WD5", _("5 working days, needs expertise")),
)


def area(rows: int = 3, **attributes: Any) -> forms.Textarea:
    """A text area of some rows."""
    return forms.Textarea(attrs={"rows": rows, **attributes})


F = TypeVar("F", bound=forms.Field)


def needed(item: F) -> F:
    """Mark a field that is not optional although the form lets it through: the service refuses."""
    item.needed = True  # type: ignore[attr-defined]
    return item


class _Offered(forms.MultipleChoiceField):
    """Several of what is offered; the service says what they may be."""

    def valid_value(self, value: str) -> bool:
        return True


class TaskForm(forms.Form):
    """Everything an officer can say about a task; each act uses some of it.

    What belongs to other acts travels along hidden, so that nothing typed is lost on the way from
    one act to another.
    """

    opinion = forms.CharField(
        label=_("Opinion"),
        required=False,
        max_length=4000,
        widget=area(placeholder=_("What you examined and found, for the file")),
    )
    supplement = needed(
        forms.CharField(
            label=_("What the applicant has to add"),
            required=False,
            max_length=4000,
            help_text=_("The applicant reads this text. The clock stands still until they answer."),
            widget=area(),
        )
    )
    corrected = _Offered(
        label=_("Answers the applicant may correct"),
        required=False,
        help_text=_("They fill in these again; what they change is recorded."),
        widget=forms.CheckboxSelectMultiple,
    )
    supplement_ground = needed(
        forms.CharField(label=_("Legal ground of the suspension"), required=False, max_length=300)
    )
    asked = needed(forms.ChoiceField(label=_("Department asked"), required=False))
    help = needed(
        forms.CharField(
            label=_("What you need of them"), required=False, max_length=4000, widget=area()
        )
    )
    allowance = forms.ChoiceField(
        label=_("Time to answer"), choices=ALLOWANCES, required=False, initial="H48"
    )
    refusal_ground = needed(
        forms.CharField(
            label=pgettext_lazy("permit", "Legal ground of the refusal"),
            required=False,
            max_length=300,
            help_text=_("Law and article; the applicant reads it and can object to it."),
        )
    )
    officer = needed(forms.ChoiceField(label=_("Officer"), required=False))

    def __init__(self, task: Task, shown: tuple[str, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "task_%s", **kwargs})
        self.task, department = task, task.department_id
        self.shown = shown
        self._choices("asked", lambda: department_choices(without=department, ask=_("Choose …")))
        self._choices("officer", lambda: officer_choices(department))
        offered = correctable_choices(task.matter) if "corrected" in shown else []
        self.fields["corrected"].choices = offered  # type: ignore[attr-defined]
        if not offered:
            self.shown = tuple(name for name in shown if name != "corrected")
        for name, item in self.fields.items():
            if name not in self.shown:
                item.widget = item.hidden_widget()

    def _choices(self, name: str, choices: Any) -> None:
        item = self.fields[name]
        assert isinstance(item, forms.ChoiceField)
        if name in self.shown:
            item.choices = choices()
        else:
            self.fields[name] = forms.CharField(required=False)

    @property
    def controls(self) -> list[Any]:
        """Fields of the act."""
        return [self[name] for name in self.shown]

    def in_words(self, value: Any) -> str:
        """What was typed or chosen in a field, to be read."""
        if not isinstance(value, list):
            return str(value)
        items = correctable(self.task.matter)
        return pgettext("list", ", ").join(
            items[each].label if each in items else str(each) for each in value
        )

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What was typed for other acts."""
        return inputs((name, self[name].value()) for name in self.fields if name not in self.shown)


def inputs(values: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Names and values of hidden inputs that carry what was typed; one each for what is several."""
    return [
        (name, str(each))
        for name, value in values
        for each in (value if isinstance(value, list) else [value])
        if each
    ]


def correctable_choices(matter: Matter) -> list[tuple[str, str]]:
    """Questions whose answers a supplement may correct, each with the answer it has."""
    return [
        (key, _with_answer(item.label, item.shown(matter.form.get(key))))
        for key, item in correctable(matter).items()
    ]


def _with_answer(label: str, answer: str) -> str:
    short = Truncator(answer).chars(40) or "—"
    return format_html("{} <small>{}</small>", label, short)


def officer_choices(department: str) -> list[tuple[str, str]]:
    """Officers of a department."""
    rows = people(department, role=Role.OFFICER)
    return [("", str(_("Choose …")))] + [(str(row.pk), row.name) for row in rows]


class AnswerForm(forms.Form):
    """Help that was given."""

    answer = needed(
        forms.CharField(label=_("Your answer"), required=False, max_length=8000, widget=area(4))
    )


class GroundForm(forms.Form):
    """Why a department refuses to help."""

    ground = needed(
        forms.CharField(
            label=_("Legal ground of the refusal"),
            required=False,
            max_length=300,
            help_text=_("Law and article that forbids or frees you from helping"),
        )
    )


class DeclineForm(forms.Form):
    """Why a matter is not taken over."""

    reason = needed(
        forms.CharField(
            label=_("Why you do not take it over"), required=False, max_length=2000, widget=area()
        )
    )


class OfferForm(forms.Form):
    """A matter offered to another department."""

    code = needed(
        forms.CharField(
            label=_("Code of the matter"),
            max_length=40,
            required=False,
            help_text=_(
                "Choose one of those your department is accountable for, or type its code."
            ),
            widget=forms.TextInput(attrs={"list": "own-matters", "autocomplete": "off"}),
        )
    )
    taker = needed(forms.ChoiceField(label=_("Department to take it over"), required=False))
    reason = needed(
        forms.CharField(
            label=_("Why they are the right ones"), required=False, max_length=2000, widget=area()
        )
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taker = self.fields["taker"]
        assert isinstance(taker, forms.ChoiceField)
        own = person.department_id or ""
        taker.choices = department_choices(without=own, ask=_("Choose …"))
