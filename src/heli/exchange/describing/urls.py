from django.urls import path
from django.urls.resolvers import URLPattern

from heli.exchange.describing import views

urlpatterns: list[URLPattern] = [
    path("conflicts/", views.conflicts, name="conflicts"),
    path("conflicts/<uuid:conflict_id>/", views.conflict, name="conflict"),
    path("combinations/", views.combinations, name="combinations"),
    path("provisions/", views.provisions, name="provisions"),
    path("<slug:department>/<slug:name>/sample/", views.sample, name="sample"),
    path("<slug:department>/<slug:name>/describe/", views.describe, name="describe"),
]
