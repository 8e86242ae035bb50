"""Progress for whoever has code and secret."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
