"""Progress for whoever has code and secret; nobody needs to sign in."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext_lazy as _

from heli.cases.errors import MalformedCodeError, WrongCheckDigitError, WrongSecretError
from heli.cases.rest.caller import address_of
from heli.cases.selectors import PublicProgress, public_progress
from heli.cases.views.common import expected_words, short_time
from heli.errors import HeliError
from heli.kernel.localise import explain
from heli.kernel.permissions import audience

NEEDED = _("An answer is needed here.")


class ProgressForm(forms.Form):
    """A code and its secret."""

    use_required_attribute = False

    code = forms.CharField(
        label=_("Matter code"),
        help_text=_("For example LJ-7K3D9Q-42; small letters will do, and dashes may be left out."),
        max_length=60,
        error_messages={"required": NEEDED},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Secret"),
        help_text=_("Eight characters; it stands below the code on the slip."),
        max_length=40,
        error_messages={"required": NEEDED},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@audience(public=True)
def progress(request: HttpRequest) -> HttpResponse:
    """How far is my matter?"""
    if request.method != "POST":
        form = ProgressForm(initial={"code": request.GET.get("code", "")[:60]})
        return _ask(request, form)
    form = ProgressForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, 422)
    try:
        shown = public_progress(
            form.cleaned_data["code"], form.cleaned_data["secret"], address_of(request)
        )
    except HeliError as error:
        told = explain(error)
        form.add_error(_field_of(error), told.in_form)
        return _ask(request, form, told.status)
    answer = render(request, "cases/public/progress_shown.html", _context(shown))
    answer["Cache-Control"] = "no-store"
    return answer


def _field_of(error: HeliError) -> str | None:
    if isinstance(error, (MalformedCodeError, WrongCheckDigitError)):
        return "code"
    return "secret" if isinstance(error, WrongSecretError) else None


def _ask(request: HttpRequest, form: ProgressForm, status: int = 200) -> HttpResponse:
    context = {"nav": "progress", "form": form}
    return render(request, "cases/public/progress.html", context, status=status)


def _context(shown: PublicProgress) -> dict[str, object]:
    ended = shown.closed_at is not None
    return {
        "nav": "progress",
        "shown": shown,
        "start": short_time(shown.opened_at),
        "end": short_time(shown.closed_at)
        if ended
        else expected_words(shown.expected_at, shown.tasks),
        "acting": len({task.department.code for task in shown.tasks if task.closed_at is None}),
    }


urlpatterns: list[URLPattern] = [path("progress/", progress, name="progress")]
