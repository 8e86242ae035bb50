from django.conf import settings
from django.urls import path
from django.urls.resolvers import URLPattern

from heli.organisation.views import (
    absences,
    account,
    administrators,
    departments,
    people,
    signin,
    systems,
)

app_name = "organisation"

urlpatterns: list[URLPattern] = [
    path("sign-in/", signin.sign_in, name="sign_in"),
    path("sign-in/code/", signin.sign_in_code, name="sign_in_code"),
    path("sign-in/password/", signin.sign_in_password, name="sign_in_password"),
    path("sign-out/", signin.sign_out, name="sign_out"),
    path("home/", account.home, name="home"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/second-step/", account.second_step, name="second_step"),
    path("account/second-step/remove/", account.remove_second_step, name="second_step_remove"),
    path("organisation/", departments.tree, name="departments"),
    path("organisation/departments/new/", departments.department_new, name="department_new"),
    path("organisation/departments/<slug:code>/", departments.department, name="department"),
    path(
        "organisation/departments/<slug:code>/edit/",
        departments.department_edit,
        name="department_edit",
    ),
    path("organisation/departments/<slug:code>/posts/new/", departments.post_new, name="post_new"),
    path("organisation/posts/<int:post_id>/edit/", departments.post_edit, name="post_edit"),
    path("organisation/people/", people.people, name="people"),
    path("organisation/people/new/", people.person_new, name="person_new"),
    path("organisation/people/<int:person_id>/", people.person, name="person"),
    path("organisation/people/<int:person_id>/edit/", people.person_edit, name="person_edit"),
    path("organisation/people/<int:person_id>/appoint/", people.appoint, name="appoint"),
    path(
        "organisation/people/<int:person_id>/competences/",
        people.person_competences,
        name="person_competences",
    ),
    path("organisation/people/<int:person_id>/roles/", people.person_role, name="person_role"),
    path(
        "organisation/people/<int:person_id>/password/",
        people.person_password,
        name="person_password",
    ),
    path("organisation/people/<int:person_id>/active/", people.person_active, name="person_active"),
    path(
        "organisation/people/<int:person_id>/second-step/",
        people.person_second_step,
        name="person_second_step",
    ),
    path("organisation/people/<int:person_id>/ask/", administrators.ask, name="change_ask"),
    path("organisation/changes/", administrators.changes, name="changes"),
    path(
        "organisation/changes/<int:change_id>/confirm/",
        administrators.confirm,
        name="change_confirm",
    ),
    path(
        "organisation/changes/<int:change_id>/decline/",
        administrators.decline,
        name="change_decline",
    ),
    path(
        "organisation/people/<int:person_id>/absences/new/",
        absences.absence_new,
        name="absence_new",
    ),
    path("organisation/appointments/<int:appointment_id>/end/", people.relieve, name="relieve"),
    path("organisation/absences/", absences.absences, name="absences"),
    path(
        "organisation/absences/<int:absence_id>/cancel/",
        absences.absence_cancel,
        name="absence_cancel",
    ),
    path("organisation/roles/", people.roles, name="roles"),
    path("organisation/trail/", absences.trail, name="trail"),
    path("organisation/systems/", systems.systems, name="systems"),
    path("organisation/systems/new/", systems.system_new, name="system_new"),
    path("organisation/systems/<uuid:system_id>/", systems.system, name="system"),
    path("organisation/systems/<uuid:system_id>/key/", systems.system_rotate, name="system_rotate"),
    path("organisation/systems/<uuid:system_id>/close/", systems.system_close, name="system_close"),
    path("organisation/keys/<str:key_id>/revoke/", systems.key_revoke, name="key_revoke"),
]
if not settings.HELI_DEMO:
    # The demo city has a start page of its own here.
    urlpatterns.append(path("", account.home, name="start"))
