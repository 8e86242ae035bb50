from django.urls import path
from django.urls.resolvers import URLPattern

from heli.projects import views

app_name = "projects"

urlpatterns: list[URLPattern] = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("<slug:code>/", views.project, name="project"),
    path("<slug:code>/withdraw/", views.withdraw, name="withdraw"),
    path("<slug:code>/interfaces/new/", views.declare, name="declare"),
    path("<slug:code>/interfaces/<slug:name>/", views.interface, name="interface"),
    path("<slug:code>/interfaces/<slug:name>/remove/", views.remove, name="remove"),
    path("<slug:code>/interfaces/<slug:name>/exempt/", views.exempt, name="exempt"),
    path("<slug:code>/interfaces/<slug:name>/end/", views.end_exemption, name="end_exemption"),
    path("<slug:code>/test/", views.test, name="test"),
    path("<slug:code>/progress/", views.progress, name="progress"),
    path("<slug:code>/runs/<uuid:run_id>/", views.run, name="run"),
    path("<slug:code>/decide/", views.decide, name="decide"),
]
