"""What was tried, which cities are modelled, and where to begin."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from heli.kernel.permissions import audience
from heli.twin import policy, selectors, words
from heli.twin.errors import TwinError
from heli.twin.lists import RunTable
from heli.twin.models import CityModel, CityVersion
from heli.twin.pages.drawing import shape_of
from heli.web.maps import MapShape


@audience(*policy.READERS)
def start(request: HttpRequest) -> HttpResponse:
    """What do policies do, before they are decided?"""
    may_plan = policy.may_plan(request.user)
    return RunTable(request, selectors.runs()).response(
        "twin/start.html",
        {
            "nav": "twin",
            "heading": _("What would a policy do, before it is decided?"),
            "cities": [_city(row) for row in selectors.models()],
            "may_plan": may_plan,
        },
    )


def _city(row: CityModel) -> dict[str, Any]:
    newest = selectors.version(row)
    return {
        "name": row.name,
        "title": words.title(row),
        "version": newest,
        "size": words.size_of(newest),
        "shape": _shape(newest),
        "scenarios": [
            {
                "name": each.name,
                "title": words.title(each),
                "measures": words.measures(each.document),
            }
            for each in selectors.scenarios(row)
        ],
    }


def _shape(row: CityVersion) -> MapShape | None:
    """The map of a version; none where Heli has learnt another form since it was built."""
    try:
        return shape_of(row)
    except TwinError:
        return None
