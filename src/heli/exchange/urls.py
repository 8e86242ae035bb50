from django.urls import path
from django.urls.resolvers import URLPattern

from heli.exchange import views

app_name = "exchange"

urlpatterns: list[URLPattern] = [
    path("", views.catalogue, name="catalogue"),
    path("accesses/", views.accesses, name="accesses"),
    path("grants/<uuid:grant_id>/", views.grant, name="grant"),
    path("grants/<uuid:grant_id>/revoke/", views.revoke, name="revoke"),
    path("<slug:department>/<slug:name>/", views.resource, name="resource"),
    path("<slug:department>/<slug:name>/grant/", views.grant_new, name="grant_new"),
]
