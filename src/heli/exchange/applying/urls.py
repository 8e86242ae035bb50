from django.urls import path
from django.urls.resolvers import URLPattern

from heli.exchange.applying import views

urlpatterns: list[URLPattern] = [
    path("applications/", views.applications, name="applications"),
    path("applications/<uuid:application_id>/", views.application, name="application"),
    path("applications/<uuid:application_id>/correct/", views.correct, name="correct"),
    path("appeals/<uuid:appeal_id>/", views.appeal, name="appeal"),
    path("grants/<uuid:grant_id>/suspend/", views.suspend, name="suspend"),
    path("grants/<uuid:grant_id>/resume/", views.resume, name="resume"),
    path("grants/<uuid:grant_id>/renew/", views.renew, name="renew"),
    path("<slug:department>/<slug:name>/apply/", views.apply, name="apply"),
]
