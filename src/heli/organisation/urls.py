from django.conf import settings
from django.urls import path
from django.urls.resolvers import URLPattern

from heli.organisation.views import account, signin

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
]
if not settings.HELI_DEMO:
    # The demo city has a start page of its own here.
    urlpatterns.append(path("", account.home, name="start"))
