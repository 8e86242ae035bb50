from django.urls import path
from django.urls.resolvers import URLPattern

from heli.openness.views import corrections, deciding, objecting, portal, publications

app_name = "openness"

urlpatterns: list[URLPattern] = [
    path("robots.txt", portal.robots, name="robots"),
    path("open/", portal.home, name="open"),
    path("open/catalog.jsonld", portal.catalogue, name="catalogue"),
    path("open/feed.atom", portal.atom, name="feed"),
    path("open/<slug:slug>/", portal.dataset, name="dataset"),
    path("open/<slug:slug>/dataset.jsonld", portal.dataset_document, name="dataset_document"),
    path("open/<slug:slug>/feed.atom", portal.atom, name="dataset_feed"),
    path("open/<slug:slug>/data.<slug:kind>", portal.download, name="download"),
    path("openness/publications/", publications.publications, name="publications"),
    path("openness/publications/new/", publications.choose, name="choose"),
    path("openness/publications/new/<slug:department>/<slug:name>/<slug:kind>/",
         publications.publish, name="publish"),
    path("openness/publications/<uuid:publication_id>/", publications.publication,
         name="publication"),
    path("openness/publications/<uuid:publication_id>/change/", publications.change,
         name="change"),
    path("objections/", objecting.start, name="object"),
    path("objections/new/record/<slug:department>/<slug:name>/", objecting.record,
         name="object_record"),
    path("objections/new/dataset/<slug:slug>/", objecting.dataset, name="object_dataset"),
    path("objections/new/opening/", objecting.opening, name="object_opening"),
    path("objections/new/refusal/<str:key>/", objecting.refusal, name="object_refusal"),
    path("objections/progress/", objecting.progress, name="progress"),
    path("objections/<slug:code>/", objecting.progress_of, name="progress_of"),
    path("objections/<slug:code>/evidence/<uuid:evidence_id>/", objecting.evidence,
         name="evidence"),
    path("openness/objections/", deciding.queue, name="objections"),
    path("openness/objections/all/", deciding.queue, {"scope": "all"}, name="objections_all"),
    path("openness/objections/<slug:code>/", deciding.objection, name="objection"),
    path("openness/corrections/", corrections.corrections, name="corrections"),
    path("openness/corrections/<slug:code>/", corrections.correction, name="correction"),
]  # fmt: skip
