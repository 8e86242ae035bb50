"""Addresses of officials' pages."""

from django.urls import path
from django.urls.resolvers import URLPattern

from heli.cases.views.officials import (
    handovers,
    inbox,
    matters,
    procedures,
    queue,
    requests,
    task,
)

urlpatterns: list[URLPattern] = [
    path("", queue.queue_page, name="queue"),
    path("queue/<slug:scope>/", queue.queue_page, name="queue_scope"),
    path("next/", queue.claim_next, name="claim_next"),
    path("t/<uuid:task_id>/", task.task_page, name="task"),
    path("requests/", requests.owed, name="requests"),
    path("requests/asked/", requests.asked, name="requests_asked"),
    path("requests/closed/", requests.closed, name="requests_closed"),
    path("requests/<uuid:request_id>/", requests.request_page, name="request"),
    path("handovers/", handovers.handovers, name="handovers"),
    path("handovers/new/", handovers.offer, name="handover_new"),
    path("handovers/<uuid:handover_id>/", handovers.handover, name="handover"),
    path("matters/", matters.matters_page, name="matters"),
    path("search/", matters.search, name="search"),
    path("inbox/", inbox.inbox_page, name="inbox"),
    path("inbox/read/", inbox.read, name="inbox_read"),
    path("inbox/<uuid:notice_id>/", inbox.open_notice, name="notice"),
    path("procedures/", procedures.procedures_admin, name="procedures_admin"),
    path("procedures/publish/", procedures.publish, name="publish"),
    path("procedures/<slug:key>/<int:version>/", procedures.procedure, name="procedure"),
]
