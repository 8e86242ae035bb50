"""Lists of matters, and the search of the top bar."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from heli.cases import policy
from heli.cases.callers import has_role
from heli.cases.errors import MalformedCodeError, UnknownCodeError, WrongCheckDigitError
from heli.cases.selectors import matters
from heli.cases.selectors.matters import visible_matter
from heli.cases.views.officials.common import person_of
from heli.cases.views.officials.tables import MatterTable, matter_url
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, audience
from heli.organisation import selectors as organisation


@audience(*STAFF)
def matters_page(request: HttpRequest) -> HttpResponse:
    """Which matters does my department take part in? Those who watch see all."""
    by = person_of(request)
    everything = has_role(by, *policy.WATCHERS)
    heading = _("All matters") if everything else _("Matters of my department")
    context = {"nav": "matters", "heading": heading}
    return MatterTable(request, matters(by)).response("cases/officer/matters.html", context)


@audience()
def search(request: HttpRequest) -> HttpResponse:
    """A code leads straight to its matter; anything else to the list of what fits."""
    by = person_of(request)
    text = request.GET.get("q", "").strip()
    told = ""
    try:
        matter = visible_matter(text, by)
        if url := matter_url(matter.code):
            return HttpResponseRedirect(url)
    except MalformedCodeError:
        pass
    except (UnknownCodeError, WrongCheckDigitError) as error:
        told = explain(error).detail
    if told and not request.headers.get("HX-Request"):
        messages.warning(request, told)
    table = MatterTable(request, matters(by))
    table.empty_title = _("Nothing matches")
    heading = _("What was found?")
    context = {"nav": "matters", "heading": heading, "found": organisation.find(text, by)}
    return table.response("cases/officer/search.html", context)
