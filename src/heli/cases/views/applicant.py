"""Pages of applicants."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
