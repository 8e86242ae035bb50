from django.urls import path
from django.urls.resolvers import URLPattern

from heli.twin.pages import (
    asking,
    building,
    cities,
    editor,
    exports,
    overview,
    predictions,
    reports,
    runs,
)

app_name = "twin"

urlpatterns: list[URLPattern] = [
    path("", overview.start, name="start"),
    path("ask/", asking.ask, name="ask"),
    path("runs/<str:code>/", runs.run, name="run"),
    path("runs/<str:code>/progress/", runs.progress, name="progress"),
    path("runs/<str:code>/cancel/", runs.cancel, name="cancel"),
    path("runs/<str:code>/cite/", runs.cite, name="cite"),
    *predictions.urlpatterns,
    *reports.urlpatterns,
    path("runs/<str:code>/data.<str:form>", exports.data, name="data"),
    path("cities/<slug:model>/", cities.city, name="city"),
    path("cities/<slug:model>/versions/<int:number>.zip", exports.city, name="city_file"),
    path(
        "cities/<slug:model>/scenarios/<slug:name>/remove/", cities.remove, name="scenario_remove"
    ),
    path("cities/<slug:model>/build/", building.build, name="build"),
    path("cities/<slug:model>/build/recipe.json", exports.recipe, name="build_recipe"),
    path("cities/<slug:model>/build/progress/", building.progress, name="build_progress"),
    path("cities/<slug:model>/scenarios/new/", editor.new, name="scenario_new"),
    path("cities/<slug:model>/scenarios/<slug:name>/", cities.scenario, name="scenario"),
    path("cities/<slug:model>/scenarios/<slug:name>/edit/", editor.edit, name="scenario_edit"),
]
