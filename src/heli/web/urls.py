from django.conf import settings
from django.urls import path

from heli.web import gallery, views

app_name = "web"

urlpatterns = [
    path("web/language/", views.switch_language, name="language"),
    path("web/theme/", views.switch_theme, name="theme"),
]
if settings.HELI_DEMO:
    urlpatterns += [
        path("web/gallery/", gallery.gallery, name="gallery"),
        path("web/gallery/queue/", gallery.queue, name="gallery_queue"),
        path("web/gallery/queue/<int:number>/", gallery.queue_item, name="gallery_item"),
        path("web/gallery/applicant/", gallery.applicant, name="gallery_applicant"),
        path("web/gallery/events/", gallery.events, name="gallery_events"),
        path("web/gallery/errors/<int:status>/", gallery.error, name="gallery_error"),
    ]
