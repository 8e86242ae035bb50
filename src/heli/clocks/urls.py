from django.urls import path

from heli.clocks import views

app_name = "clocks"

urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/<int:year>/", views.calendar, name="calendar-year"),
]
