from django.urls import path
from django.urls.resolvers import URLPattern

from heli.alerts.views import board, duty, kinds

app_name = "alerts"

urlpatterns: list[URLPattern] = [
    path("", board.board, name="board"),
    path("part/", board.part, name="part"),
    path("stream/", board.stream, name="stream"),
    path("all/", board.history, name="history"),
    path("new/", board.issue, name="issue"),
    path("kinds/", kinds.kinds, name="kinds"),
    path("kinds/new/", kinds.kind_new, name="kind_new"),
    path("kinds/<slug:code>/", kinds.kind, name="kind"),
    path("ask/", duty.ask, name="ask"),
    path("duty/", duty.duty, name="duty"),
    path("duty/<slug:department>/", duty.roster, name="roster"),
    path("duty/<slug:department>/channel/", duty.channel, name="channel"),
    path("shifts/<int:key>/", duty.shift, name="shift"),
    path("shifts/<int:key>/hand-over/", duty.hand_over, name="hand_over"),
    path("<uuid:key>/", board.alert, name="alert"),
    path("<uuid:key>/acknowledge/", board.acknowledge, name="acknowledge"),
    path("<uuid:key>/recall/", board.recall, name="recall"),
]
