from django.conf import settings
from django.urls import path
from django.urls.resolvers import URLPattern

from heli.demo import interfaces, receivers, views

app_name = "demo"

urlpatterns: list[URLPattern] = []
if settings.HELI_DEMO:
    urlpatterns += [
        path("", views.start, name="start"),
        path("demo/step-into/", views.step_into, name="step_into"),
        path("demo/tour/", views.tour_step, name="tour"),
        path("demo/systems/<slug:department>/changes/", receivers.receiver, name="receiver"),
        path("demo/interfaces/<slug:name>/<slug:path>", interfaces.endpoint, name="interface"),
    ]
