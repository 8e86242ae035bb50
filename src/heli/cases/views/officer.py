"""Pages of officers."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
