"""Machine clients and their keys."""

import base64
import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.organisation import policy, selectors, services
from heli.organisation.errors import (
    KeyRevokedError,
    KeyTakenError,
    PublicKeyError,
    UnknownDepartmentError,
)
from heli.organisation.keys import read_public_key

NOW = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


def public() -> bytes:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def test_a_system_is_known_by_its_key(city):
    octets = public()
    system, key = services.register_system("scjg", "审批系统", octets, actor=HELI)
    known = selectors.system_by_key_id(key.key_id)
    assert known is not None
    assert (known.id, known.department, known.public_key, known.active) == (
        str(system.pk),
        "scjg",
        octets,
        True,
    )
    assert str(known.actor) == f"system:{system.pk}"
    assert [item.key_id for item in selectors.live_systems()] == [key.key_id]
    assert selectors.system_by_key_id("unknown") is None


def test_rotation_lets_the_old_key_live_on_for_a_week(city):
    with clock.frozen(NOW) as time:
        system, old = services.register_system("scjg", "审批系统", public(), actor=HELI)
        new = services.rotate_key(system, public(), actor=HELI)
        assert {item.key_id for item in selectors.live_systems()} == {old.key_id, new.key_id}
        time.advance(days=7)
        assert {item.key_id for item in selectors.live_systems()} == {new.key_id}
        assert not selectors.system_by_key_id(old.key_id).active


def test_a_revoked_key_and_a_closed_system_are_refused_at_once(city):
    system, first = services.register_system("scjg", "审批系统", public(), actor=HELI)
    second = services.rotate_key(system, public(), actor=HELI)
    services.revoke_key(first, actor=HELI)
    assert not selectors.system_by_key_id(first.key_id).active
    with pytest.raises(KeyRevokedError):
        services.revoke_key(first, actor=HELI)
    services.close_system(system, actor=HELI)
    assert not selectors.system_by_key_id(second.key_id).active
    assert selectors.live_systems() == []


def test_a_key_belongs_to_one_system(city):
    octets = public()
    services.register_system("scjg", "审批系统", octets, actor=HELI)
    with pytest.raises(KeyTakenError):
        services.register_system("jyj", "学籍系统", octets, actor=HELI)
    with pytest.raises(UnknownDepartmentError):
        services.register_system("none", "无主系统", public(), actor=HELI)


def test_public_keys_are_read_as_pem_and_base64():
    key = Ed25519PrivateKey.generate().public_key()
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert read_public_key(pem) == raw
    assert read_public_key(base64.b64encode(raw).decode()) == raw
    assert read_public_key(base64.urlsafe_b64encode(raw).decode().rstrip("=")) == raw


X25519 = X25519PrivateKey.generate().public_key()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a key",
        "AAAA",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        X25519.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(PublicKeyError):
        read_public_key(text)


def test_only_the_security_administrator_manages_keys(
    security_admin, system_admin, head, owner, auditor
):
    assert policy.may_manage_keys(security_admin)
    for person in (system_admin, head, owner, auditor):
        assert policy.may_manage_keys(person).code == "not_security_admin"


def test_the_fact_of_a_registration_names_the_owner_and_not_as_the_one_who_acted(
    client, city, security_admin
):
    system, _key = services.register_system(
        "scjg", "审批系统", public(), actor=security_admin.actor, name_en="Permit system"
    )
    client.force_login(security_admin)
    url = f"/organisation/systems/{system.pk}/"
    assert "市场监督管理局的系统“审批系统”已登记" in client.get(url).content.decode()
    shown = client.get(url, headers={"accept-language": "en"}).content.decode()
    assert "The system Permit system of Market Regulation Bureau was registered" in shown
