"""What is filled in to try policies."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from heli.twin import words
from heli.twin.models import CityVersion, Scenario
from heli.twin.services.runs import MOST_OPTIONS

SIZES = (0, 16, 64, 256)
WISHES = 3
"""By how many figures the page lets options be ranked."""

EVERYWHERE = ("nox", "pm25", "sales")
"""Figures of the city, its districts and its areas."""
BY_DISTRICT = ("nox_emitted", "pm10_emitted", "pm25_emitted", "co2_emitted")
OF_CITY = (
    "travel", "losers", "winners", "jobs", "school_places", "hospital_beds", "mean_speed",
    "vehicle_hours", "given_up", "vehicles_given_up",
)  # fmt: skip

_COSTS = {
    0: _("No: the figures as they stand, without intervals (a few seconds)"),
    16: _("Roughly: 16 draws of what is assumed (under a minute)"),
    64: _("Well: 64 draws (a few minutes at most)"),
    256: _("Very well: 256 draws, for what is to be decided (many minutes)"),
}


def ranking_choices(districts: Iterable[str], areas: Iterable[str]) -> list[tuple[str, Any]]:
    """Figures by which options can be ranked, by figure."""
    districts, areas = list(districts), list(areas)
    places = {
        **{name: ["", *areas, *districts] for name in EVERYWHERE},
        **{name: ["", *districts] for name in BY_DISTRICT},
    }
    groups: list[tuple[str, Any]] = [("", gettext("No figure"))]
    for name, found in places.items():
        choices = [(f"{name}@{each}" if each else name, _choice(name, each)) for each in found]
        groups.append((words.figure_label(name), choices))
    alone = [(name, _choice(name)) for name in OF_CITY]
    groups.append((gettext("Others, in the whole city"), alone))
    return groups


def _choice(name: str, where: str = "") -> str:
    told = words.figure_at(name, where)
    return told[:1].upper() + told[1:]


class AskForm(forms.Form):
    """Policies to be tried in a version of a city.

    Args:
        version: The version.
        scenarios: Those of its model.
        places: Districts and areas of the city.
    """

    options = forms.MultipleChoiceField(
        label=pgettext_lazy("twin", "Policies"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one policy.")},
        help_text=_("One to six; each is compared with the city as it is, and with the others."),
    )
    draws = forms.TypedChoiceField(
        label=_("How sure shall the figures be?"),
        coerce=int,
        choices=[(str(size), _COSTS[size]) for size in SIZES],
        widget=forms.RadioSelect,
        help_text=_(
            "Every draw takes other values for all that is assumed, within their ranges. Figures "
            "get intervals, and whether one policy is better than another can be said or refused."
        ),
    )
    by_1 = forms.ChoiceField(
        label=_("By which figures shall the policies be ranked?"),
        required=False,
        help_text=_("Up to three; needs draws. It is also told what would reverse the ranking."),
    )
    by_2 = forms.ChoiceField(label=_("Second figure"), required=False)
    by_3 = forms.ChoiceField(label=_("Third figure"), required=False)
    note = forms.CharField(
        label=pgettext_lazy("simulation", "What for?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Stands on the result, for example the meeting or the matter."),
    )

    def __init__(
        self,
        version: CityVersion,
        scenarios: Iterable[Scenario],
        places: tuple[Iterable[str], Iterable[str]],
        *args: Any,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.version = version
        self.fields["options"].choices = [(row.name, words.title(row)) for row in scenarios]  # type: ignore[attr-defined]
        choices = ranking_choices(*places)
        for n in range(1, WISHES + 1):
            self.fields[f"by_{n}"].choices = choices  # type: ignore[attr-defined]

    def clean_options(self) -> list[str]:
        """Not more than can be compared at once."""
        chosen: list[str] = self.cleaned_data["options"]
        if len(chosen) > MOST_OPTIONS:
            raise forms.ValidationError(gettext("At most six can be compared at once."))
        return chosen

    def clean(self) -> dict[str, Any]:
        """A ranking needs draws; without them, what was preselected to rank by does not count."""
        typed = super().clean() or self.cleaned_data
        wishes = [each for n in range(1, WISHES + 1) if (each := typed.get(f"by_{n}"))]
        typed["by"] = wishes if typed.get("draws") else []
        return typed


class CiteForm(forms.Form):
    """A matter that is to refer to a run."""

    matter = forms.CharField(
        label=_("Code of the matter"),
        max_length=20,
        help_text=_(
            "One in which your department takes part, for example LJ-7K3D9Q-42. "
            "“Matters” in the menu lists them with their codes."
        ),
    )
    note = forms.CharField(
        label=pgettext_lazy("citation", "What it shows"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
