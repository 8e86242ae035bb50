"""Corrections over REST: who makes them, who is told, who may see them."""

from django.db import connection
from django.urls import reverse

from heli.exchange import services as exchange
from heli.kernel.actor import Actor
from heli.kernel.permissions import Role
from heli.openness.services import corrections


def test_a_correction_is_made_polled_and_answered_over_rest(
    exchange_city, matters, persona, sign_in, put_right, monkeypatch
):
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    exchange.lookup(actor=Actor("person", "7", "scjg"), resource="gaj/residents",
                    subject=("person", number), matter="LJ-1", purpose="restaurant")  # fmt: skip
    send = {"content_type": "application/json"}
    body = {"resource": "gaj/residents", "subject": number, "values": {"name": "示例更名"}}
    for who, status in (("scjg", 403), ("gaj", 201)):
        steward = sign_in(Role.STEWARD, department=who)
        made = steward.post("/api/v1/openness/corrections", body, **send)
        assert made.status_code == status
    code = made.json()["code"]
    assert [each["department"] for each in made.json()["recipients"]] == ["scjg"]
    path = f"/api/v1/openness/corrections/{code}"
    assert steward.post(f"{path}/check", **send).json() == {"right": False}
    put_right("residents", "resident_id", number, name="示例更名")
    deep, real = [], corrections.source_record
    monkeypatch.setattr(
        corrections,
        "source_record",
        lambda *given: deep.append(list(connection.savepoint_ids)) or real(*given),
    )
    under = send | {"headers": {"Idempotency-Key": "once"}}
    assert steward.post(f"{path}/check", **under).json() == {"right": True}
    assert deep == [connection.savepoint_ids], "no transaction is open but the test's own"
    consumer = sign_in(Role.OFFICER, department="scjg")
    assert consumer.post(f"{path}/check", **send).status_code == 403
    (notice,) = consumer.get("/api/v1/openness/notices").json()
    assert notice["values"] == {"name": "示例更名"}
    assert notice["matters"] == ["LJ-1"]
    answer = f"/api/v1/openness/notices/{code}/answer"
    assert consumer.post(answer, {"action": "x"}, **send).status_code == 422
    assert consumer.post(answer, {"action": "updated"}, **send).json()["state"] == "closed"
    assert consumer.post(answer, {"action": "updated"}, **send).status_code == 409
    for role, who, shown in (
        (Role.STEWARD, "gaj", True),
        (Role.OFFICER, "gaj", False),
        (Role.OFFICER, "scjg", True),
        (Role.OFFICER, "fgw", False),
    ):
        reader = sign_in(role, department=who)
        listed = code in reader.get("/openness/corrections/").content.decode()
        opened = reader.get(f"/openness/corrections/{code}/").status_code == 200
        assert (listed, opened) == (shown, shown), (role, who)
    outsider = sign_in(Role.STEWARD, department="jyj")
    assert outsider.get(path).status_code == 404
    assert outsider.post(answer, {"action": "updated"}, **send).status_code == 404
    assert outsider.get("/api/v1/openness/notices").json() == []
    assert outsider.get(reverse("openness:correction", args=[code])).status_code == 404
