"""Addresses of the cockpit."""

from django.urls import path

from heli.cockpit import department, drill, history, views

app_name = "cockpit"
urlpatterns = [
    path("", views.home, name="home"),
    path("figures/", views.figures, name="figures"),
    path("news/", views.recent, name="news"),
    path("stream/", views.live, name="stream"),
    path("department/", department.page, name="department"),
    path("history/", history.history, name="history"),
    path("tasks/", drill.tasks, name="tasks"),
    path("requests/", drill.requests, name="requests"),
    path("overdue/", drill.overdue, name="overdue"),
    path("matters/", drill.matters, name="matters"),
    path("facts/", drill.facts, name="facts"),
]
