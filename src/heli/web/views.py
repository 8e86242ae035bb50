"""Language and theme switches, and the error pages."""

from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import loader
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from heli.errors import HeliError
from heli.kernel.localise import Explained, explain
from heli.kernel.permissions import audience
from heli.kernel.rest import UnexpectedError, problem, problem_of
from heli.web.context import THEME_COOKIE, THEMES

# REST and the gateway: who calls there is no reader of pages.
MACHINES = ("/api/", "/x/")
YEAR = 365 * 24 * 3600
HEADINGS = {
    400: _("This request cannot be read"),
    403: pgettext_lazy("error page", "You may not do this"),
    404: _("There is no such page"),
    409: _("Somebody or something was faster"),
    422: _("Something needs correcting"),
    500: _("Something went wrong on our side"),
}


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if safe else "/")


@audience(public=True)
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language and go back to the page."""
    answer = _back(request)
    code = request.POST.get("language", "")
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR, samesite="Lax")
    return answer


@audience(public=True)
@require_POST
def switch_theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark; anything else follows the reader's system again."""
    answer = _back(request)
    if (theme := request.POST.get("theme", "")) in THEMES:
        answer.set_cookie(THEME_COOKIE, theme, max_age=YEAR, samesite="Lax")
    else:
        answer.delete_cookie(THEME_COOKIE, samesite="Lax")
    return answer


def heli_error(request: HttpRequest, error: HeliError) -> HttpResponse:
    """One of Heli's errors as a page, or as an inline alert when htmx asked."""
    return error_page(request, explain(error))


def error_page(request: HttpRequest, told: Explained) -> HttpResponse:
    """What happened and what to do, with the status it deserves.

    A machine gets problem details (RFC 9457), whatever the mistake.
    """
    if request.path.startswith(MACHINES):
        return problem(told.status, told.code, told.detail, told.remedy)
    context = {
        "error": told,
        "heading": HEADINGS.get(told.status) or HTTPStatus(told.status).phrase,
        "mine": told.status >= 500,
    }
    if request.headers.get("HX-Request"):
        answer = render(request, "web/errors/alert.html", context, status=told.status)
        answer["HX-Reswap"] = "innerHTML"
        answer["HX-Retarget"] = "#notices"
        return answer
    return render(request, "web/errors/page.html", context, status=told.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler for 400."""
    return error_page(
        request,
        Explained(
            "http.400",
            400,
            str(_("The address or the form that was sent cannot be read.")),
            str(_("Go back, reload the page and try again.")),
            None,
        ),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler for 403."""
    return error_page(
        request,
        Explained(
            "http.403",
            403,
            str(_("This page is not open to you.")),
            str(_("Sign in with the post it belongs to, or ask the responsible department.")),
            None,
        ),
    )


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    """Handler for 404."""
    detail = _("There is nothing at {path}.").format(path=request.path)
    remedy = (
        _("Check the address and the form of each id; /api/v1/openapi.json lists all operations.")
        if request.path.startswith(MACHINES)
        else _("Check the address for a typing mistake, or start from the first page.")
    )
    return error_page(request, Explained("http.404", 404, str(detail), str(remedy), None))


def server_error(request: HttpRequest) -> HttpResponse:
    """Handler for 500: a page that needs no database, session or context processor."""
    if request.path.startswith(MACHINES):
        return problem_of(UnexpectedError())
    page = loader.get_template("web/errors/500.html").render({"heading": HEADINGS[500]})
    return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its protection: usually an old page in another tab."""
    return error_page(
        request,
        Explained(
            "csrf",
            403,
            str(_("This form was opened too long ago or in another session.")),
            str(_("Go back, reload the page and send the form again.")),
            None,
        ),
    )
