"""Signing in: password, lock-out, second step, first password; and signing out."""

import re
from urllib.parse import unquote

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from heli.kernel import clock
from heli.ledger.models import Fact
from heli.organisation import failures, services

PASSWORD = "eine lange Passphrase"
SIGN_IN = "/sign-in/"


@pytest.fixture
def person(owner):
    owner.password = make_password(PASSWORD)
    owner.save(update_fields=["password"])
    return owner


def enter(client, username="owner", password=PASSWORD, **more):
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def signed_in(client):
    return "_auth_user_id" in client.session


def test_passwords_are_hashed_with_argon2(person):
    assert person.password.startswith("argon2$argon2id$")


def test_signing_in_leads_back_to_the_page_asked_for(client, person):
    address = reverse("organisation:people")
    first = client.get(address)
    assert unquote(first.headers["Location"]) == f"{SIGN_IN}?next={address}"
    assert enter(client, next=address).headers["Location"] == address
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_signing_in_never_leads_elsewhere(client, person, target):
    assert enter(client, next=target).headers["Location"] == reverse("organisation:home")


def test_the_session_gets_a_new_key(client, person):
    client.get(SIGN_IN)
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    enter(client)
    assert client.session.session_key != before


@pytest.mark.parametrize("username", ["owner", "nobody"])
def test_a_wrong_password_and_an_unknown_name_say_the_same(client, person, username):
    answer = enter(client, username, "wrong")
    assert answer.status_code == 403
    (message,) = answer.context["form"].non_field_errors()
    answer = enter(client, "owner", "wrong")
    assert answer.context["form"].non_field_errors() == [message]
    assert not signed_in(client)


def test_a_closed_account_does_not_open(client, person, system_admin):
    services.set_active(person.pk, False, by=system_admin)
    assert enter(client).status_code == 403
    assert not signed_in(client)


def test_closing_an_account_ends_its_session(client, person, system_admin):
    enter(client)
    assert client.get(reverse("organisation:account")).status_code == 200
    services.set_active(person.pk, False, by=system_admin)
    assert client.get(reverse("organisation:account")).status_code == 302


def test_five_failures_close_sign_in_and_say_until_when(client, person):
    for _ in range(4):
        assert enter(client, password="wrong").status_code == 403
    answer = enter(client, password="wrong")
    assert answer.status_code == 429
    (message,) = answer.context["form"].non_field_errors()
    assert re.search(r"\d\d:\d\d", message)
    assert enter(client).status_code == 429
    assert not signed_in(client)


def spray(client, names, **more):
    answer = None
    for number in range(names):
        answer = client.post(SIGN_IN, {"username": f"n{number}", "password": "wrong"}, **more)
    return answer


@pytest.mark.parametrize(
    ("tried", "own", "other"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.10"),
        ("2001:db8:0:7::1", "2001:db8:0:7:ffff::2", "2001:db8:0:8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9", "::ffff:203.0.113.10"),
    ],
)
def test_many_names_from_one_address_are_braked(client, person, settings, tried, own, other):
    settings.HELI_SIGN_IN_FAILURES = 8
    assert spray(client, 8, REMOTE_ADDR=tried).status_code == 403
    known = {"username": "owner", "password": PASSWORD}
    answer = client.post(SIGN_IN, known, REMOTE_ADDR=own, headers={"accept-language": "en"})
    assert answer.status_code == 429
    assert re.search(r"from your address: .* until \d\d:\d\d", answer.content.decode())
    assert not signed_in(client)
    assert client.post(SIGN_IN, known, REMOTE_ADDR=other).status_code == 302


def test_an_address_is_open_again_after_ten_minutes(client, person, settings):
    settings.HELI_SIGN_IN_FAILURES = 8
    spray(client, 9)
    assert enter(client).status_code == 429
    with clock.frozen(clock.now() + failures.WINDOW):
        assert enter(client).status_code == 302


def test_failures_of_who_got_in_do_not_count(client, person, settings):
    settings.HELI_SIGN_IN_FAILURES = 8
    spray(client, 5)
    for _ in range(3):
        for _ in range(2):
            enter(client, password="wrong")
        assert enter(client).status_code == 302
        client.logout()


def test_a_password_drawn_anew_opens_sign_in_again(client, person, partner, system_admin):
    for _ in range(5):
        enter(client, password="wrong")
        enter(client, "partner", "wrong")
    drawn = services.reset_password(person.pk, by=system_admin)
    assert enter(client, password=drawn).headers["Location"] == (
        reverse("organisation:sign_in_password")
    )
    assert enter(client, "partner").status_code == 429


def test_the_lock_of_one_account_leaves_others_open(client, person, partner):
    partner.set_password(PASSWORD)
    partner.save()
    for _ in range(6):
        enter(client, password="wrong")
    assert enter(client, "partner").status_code == 302


def code_of(device):
    return f"{totp(device.bin_key, device.step, device.t0, device.digits):06}"


@pytest.fixture
def enrolled(client, person):
    """A person with a second step, set up on the pages, and the recovery codes."""
    client.force_login(person)
    page = client.get(reverse("organisation:second_step"))
    device = TOTPDevice.objects.get(user=person)
    assert not device.confirmed
    assert "<svg" in page.content.decode()
    wrong = client.post(reverse("organisation:second_step"), {"code": "000000"})
    assert wrong.context["form"].errors
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    shown = client.post(reverse("organisation:second_step"), {"code": code_of(device)})
    client.logout()
    device.refresh_from_db()
    # The code that confirmed the device is spent; let the tests use the present one again.
    TOTPDevice.objects.update(last_t=-1)
    return device, shown.context["codes"]


def test_the_second_step_is_asked_for(client, person, enrolled):
    device, _codes = enrolled
    assert enter(client).headers["Location"] == reverse("organisation:sign_in_code")
    assert not signed_in(client)
    assert client.get(reverse("organisation:people")).status_code == 302
    answer = client.post(reverse("organisation:sign_in_code"), {"code": code_of(device)})
    assert answer.headers["Location"] == reverse("organisation:home")
    assert signed_in(client)
    assert Fact.objects.filter(verb="organisation.account.second_step_enrolled").count() == 1


def test_a_one_time_code_is_accepted_once(client, person, enrolled):
    device, _codes = enrolled
    code = code_of(device)
    enter(client)
    client.post(reverse("organisation:sign_in_code"), {"code": code})
    client.post(reverse("organisation:sign_out"))
    enter(client)
    answer = client.post(reverse("organisation:sign_in_code"), {"code": code})
    assert answer.status_code in {403, 429}
    assert not signed_in(client)


def test_a_recovery_code_opens_once(client, person, enrolled):
    _device, codes = enrolled
    assert len(set(codes)) == 10
    enter(client)
    client.post(reverse("organisation:sign_in_code"), {"code": codes[0].upper()})
    assert signed_in(client)
    assert StaticToken.objects.count() == 9
    client.post(reverse("organisation:sign_out"))
    enter(client)
    client.post(reverse("organisation:sign_in_code"), {"code": codes[0]})
    assert not signed_in(client)


def test_wrong_codes_slow_down(client, person, enrolled):
    enter(client)
    address = reverse("organisation:sign_in_code")
    assert client.post(address, {"code": "000000"}).status_code == 403
    answer = client.post(address, {"code": "000001"}, headers={"accept-language": "en"})
    assert answer.status_code == 429
    # A new password would not help here.
    assert "each further wrong code doubles the wait" in answer.content.decode()


def test_the_code_page_is_nobodys_without_a_password(client):
    answer = client.post(reverse("organisation:sign_in_code"), {"code": "000000"})
    assert answer.headers["Location"] == SIGN_IN


def test_removing_the_second_step_needs_the_password(client, person, enrolled):
    client.force_login(person)
    address = reverse("organisation:second_step_remove")
    assert client.post(address, {"present": "wrong"}).status_code == 200
    assert TOTPDevice.objects.filter(confirmed=True).exists()
    client.post(address, {"present": PASSWORD})
    assert not TOTPDevice.objects.exists()


def test_a_drawn_password_is_replaced_before_anything_else(client, person, system_admin):
    drawn = services.reset_password(person.pk, by=system_admin)
    answer = enter(client, password=drawn)
    assert answer.headers["Location"] == reverse("organisation:sign_in_password")
    assert client.get(reverse("organisation:people")).status_code == 302
    address = reverse("organisation:sign_in_password")
    refused = client.post(address, {"password": "short", "repeated": "short"})
    assert refused.context["form"].errors["password"]
    differ = client.post(address, {"password": "a new long phrase", "repeated": "another"})
    assert differ.context["form"].errors["repeated"]
    client.post(address, {"password": "a new long phrase", "repeated": "a new long phrase"})
    assert signed_in(client)
    person.refresh_from_db()
    assert person.check_password("a new long phrase")
    assert not person.must_change_password


NEW = {"password": "a new long phrase", "repeated": "a new long phrase"}


def test_a_password_drawn_anew_ends_the_choice_of_one(client, person, system_admin):
    enter(client, password=services.reset_password(person.pk, by=system_admin))
    services.reset_password(person.pk, by=system_admin)
    address = reverse("organisation:sign_in_password")
    assert client.get(address).headers["Location"] == SIGN_IN
    assert client.post(address, NEW).headers["Location"] == SIGN_IN
    assert not signed_in(client)
    person.refresh_from_db()
    assert not person.check_password("a new long phrase")


def test_a_password_drawn_anew_ends_the_wait_for_a_code(client, person, enrolled, system_admin):
    device, _codes = enrolled
    enter(client)
    services.reset_password(person.pk, by=system_admin)
    answer = client.post(reverse("organisation:sign_in_code"), {"code": code_of(device)})
    assert answer.headers["Location"] == SIGN_IN
    assert not signed_in(client)


def test_removing_the_second_step_ends_the_wait_for_its_code(
    client, person, enrolled, system_admin
):
    drawn = services.reset_password(person.pk, by=system_admin)
    enter(client, password=drawn)
    services.remove_second_step_of(person.pk, by=system_admin)
    address = reverse("organisation:sign_in_password")
    assert client.post(address, NEW).headers["Location"] == SIGN_IN
    assert not signed_in(client)


def test_a_password_is_chosen_only_where_one_was_drawn(client, person, enrolled):
    device, _codes = enrolled
    enter(client)
    session = client.session
    session["heli_sign_in"] |= {"verified": True, "device": device.persistent_id}
    session.save()
    address = reverse("organisation:sign_in_password")
    assert client.post(address, NEW).headers["Location"] == SIGN_IN
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_changing_the_password_needs_the_present_one(client, person):
    enter(client)
    address = reverse("organisation:password")
    values = {"password": "a new long phrase", "repeated": "a new long phrase"}
    assert client.post(address, {**values, "present": "wrong"}).status_code == 200
    client.post(address, {**values, "present": PASSWORD})
    person.refresh_from_db()
    assert person.check_password("a new long phrase")
    assert signed_in(client)


def test_signing_out_is_a_post(client, person):
    enter(client)
    assert client.get(reverse("organisation:sign_out")).status_code == 405
    assert signed_in(client)
    client.post(reverse("organisation:sign_out"))
    assert not signed_in(client)


def test_signing_in_is_protected_against_forged_forms(person):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert enter(strict).status_code == 403
    assert not signed_in(strict)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_ones_account(client, person, language):
    client.force_login(person)
    for name in ("account", "password", "second_step", "second_step_remove"):
        page = client.get(reverse(f"organisation:{name}"), headers={"accept-language": language})
        assert page.status_code == 200
