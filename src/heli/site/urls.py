"""All addresses: each room under its own name, the API, the start page and health."""

from importlib.util import find_spec

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from heli.site.api import api
from heli.site.health import healthz
from heli.site.settings import ROOMS

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
]

# Rooms whose pages live at the root: sign-in, open data, the start page, search.
AT_ROOT = {"web": "", "organisation": "", "openness": "", "demo": ""}

urlpatterns += [
    path(AT_ROOT.get(room, f"{room}/"), include(f"heli.{room}.urls"))
    for room in ROOMS
    if find_spec(f"heli.{room}.urls")
]

handler400 = "heli.web.views.bad_request"
handler403 = "heli.web.views.forbidden"
handler404 = "heli.web.views.not_found"
handler500 = "heli.web.views.server_error"
