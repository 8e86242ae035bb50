from django.urls import path
from django.urls.resolvers import URLPattern

from heli.feeds import views

app_name = "feeds"

urlpatterns: list[URLPattern] = [
    path("", views.feeds, name="feeds"),
    path("subscriptions/", views.subscriptions, name="subscriptions"),
    path("subscriptions/<uuid:key>/", views.subscription, name="subscription"),
    path("subscriptions/<uuid:key>/letters/", views.work, name="work"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/dead/", views.dead, name="dead"),
    path("deliveries/<uuid:key>/", views.delivery, name="delivery"),
    path("deliveries/<uuid:key>/settle/", views.settle, name="settle"),
    path("<slug:department>/<slug:name>/", views.feed, name="feed"),
    path("<slug:department>/<slug:name>/open/", views.open_feed, name="open"),
    path("<slug:department>/<slug:name>/close/", views.close_feed, name="close"),
    path("<slug:department>/<slug:name>/subscribe/", views.subscribe, name="subscribe"),
]
