from django.urls import path
from django.urls.resolvers import URLPattern

from heli.ledger import views

app_name = "ledger"

urlpatterns: list[URLPattern] = [
    path("", views.state, name="state"),
    path("keys.txt", views.keys_file, name="keys"),
    path("evidence/", views.evidence_list, name="evidence_list"),
    path("evidence/<uuid:evidence_id>/", views.evidence, name="evidence"),
    path("facts/<uuid:fact_id>/", views.fact, name="fact"),
    path("facts/<uuid:fact_id>/receipt/", views.receipt, name="receipt"),
    path("facts/<uuid:fact_id>/receipt.json", views.receipt_file, name="receipt_file"),
]
