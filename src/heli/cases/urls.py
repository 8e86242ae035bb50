"""Addresses of the cases room: applicants, the public, officers."""

from django.urls.resolvers import URLPattern

from heli.cases.views import applicant, officer, public

app_name = "cases"

urlpatterns: list[URLPattern] = [
    *applicant.urlpatterns,
    *public.urlpatterns,
    *officer.urlpatterns,
]
