from django.urls import path
from django.urls.resolvers import URLPattern

from heli.exchange import views
from heli.exchange.applying.urls import urlpatterns as applying
from heli.exchange.contracts import views as contracts
from heli.exchange.describing.urls import urlpatterns as describing
from heli.exchange.extracts import views as extracts
from heli.exchange.pages import emergencies, grounds, publishing, sessions, sources

app_name = "exchange"

urlpatterns: list[URLPattern] = [
    path("", views.catalogue, name="catalogue"),
    path("publish/", publishing.publish, name="publish"),
    path("publish/<slug:kind>/", sources.publish_source, name="publish_source"),
    path("accesses/", views.accesses, name="accesses"),
    path("grants/<uuid:grant_id>/", views.grant, name="grant"),
    path("grants/<uuid:grant_id>/revoke/", views.revoke, name="revoke"),
    path("<slug:department>/<slug:name>/versions/new/", contracts.version_new, name="version_new"),
    path(
        "<slug:department>/<slug:name>/versions/<str:version>/",
        contracts.version,
        name="version",
    ),
    path(
        "<slug:department>/<slug:name>/versions/<str:version>/withdraw/",
        contracts.version_withdraw,
        name="version_withdraw",
    ),
    path(
        "<slug:department>/<slug:name>/versions/<str:version>/<str:kind>",
        contracts.version_file,
        name="version_file",
    ),
    path("duties/", grounds.duties, name="duties"),
    path("duties/new/", grounds.duty_new, name="duty_new"),
    path("duties/<uuid:duty_id>/", grounds.duty, name="duty"),
    path("confirmations/", grounds.confirmations, name="confirmations"),
    path("confirmations/new/", grounds.confirmation_new, name="confirmation_new"),
    path("confirmations/<uuid:confirmation_id>/", grounds.confirmation, name="confirmation"),
    path("emergencies/", emergencies.overrides, name="overrides"),
    path("emergencies/new/", emergencies.override_new, name="override_new"),
    path("emergencies/<uuid:override_id>/", emergencies.override, name="override"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/end/", sessions.sessions_end, name="sessions_end"),
    path("sessions/<str:session_id>/end/", sessions.session_end, name="session_end"),
    *applying,
    *describing,
    path("grants/<uuid:grant_id>/extract/", extracts.ask, name="extract_ask"),
    path("extracts/", extracts.extracts, name="extracts"),
    path("extracts/trace/", extracts.trace, name="trace"),
    path("extracts/<uuid:extract_id>/", extracts.extract, name="extract"),
    path("extracts/<uuid:extract_id>/fetch/", extracts.fetch, name="extract_fetch"),
    path("extracts/<uuid:extract_id>/withdraw/", extracts.withdraw, name="extract_withdraw"),
    path("extracts/<uuid:extract_id>/receipt/", extracts.proof, name="extract_proof"),
    path("<slug:department>/<slug:name>/", views.resource, name="resource"),
    path("<slug:department>/<slug:name>/grant/", views.grant_new, name="grant_new"),
    path("<slug:department>/<slug:name>/conditions/<int:n>/", views.condition, name="condition"),
]
