"""What enters a feed, what leaves it for whom, and from where a reader goes on."""

import base64
import datetime as dt

import pytest
from tests.feeds.conftest import PURPOSE, STEWARD, SYSTEM, post, subscribe

from heli.errors import HeliError
from heli.exchange import errors as exchange
from heli.exchange.lookup import response_hash, subject_hash
from heli.exchange.models import Access, Grant
from heli.exchange.services import revoke
from heli.feeds import release, services
from heli.feeds.cursors import cursor_at, position_of
from heli.feeds.errors import (
    BadChangeError,
    CursorExpiredError,
    FeedClosedError,
    FeedExistsError,
    ForeignCursorError,
    NotRunningError,
)
from heli.feeds.models import Change, Feed, Subscription
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.rest import BadCursorError
from heli.ledger.models import Fact


def fetch(row, cursor="", limit=100):
    row = Subscription.objects.select_related("feed__resource").get(pk=row.pk)
    return services.fetch(row, cursor, limit, actor=SYSTEM)


def facts(verb):
    return list(Fact.objects.filter(verb=verb).order_by("id"))


def test_positions_have_no_gaps_and_no_key_stands_in_the_database(feed, people):
    post(feed, ("insert", people[0]), ("update", people[1]))
    post(feed, ("delete", people[2]))
    rows = list(Change.objects.all())
    assert [row.position for row in rows] == [1, 2, 3]
    assert [row.kind for row in rows] == ["insert", "update", "delete"]
    assert not any(number.encode() in bytes(row.sealed) for row in rows for number in people)
    (first, second) = facts("feeds.changes.told")
    assert (first.data["count"], first.data["first"], first.data["last"]) == (2, 1, 2)
    assert second.data["deleted"] == 1
    assert not any(number in str(fact.data) for fact in Fact.objects.all() for number in people)


def test_one_bad_change_and_none_is_taken(feed, people):
    with pytest.raises(BadChangeError) as caught:
        post(feed, ("insert", people[0]), ("update", "990101199001011234"))
    assert caught.value.figures["number"] == 2
    assert not Change.objects.exists()


def test_a_subscriber_is_told_of_its_own_matters_only(feed, people):
    row = subscribe(feed)
    post(feed, *(("update", number) for number in people))
    told = fetch(row)
    assert [event["key"] for event in told["events"]] == people[:2]
    assert [event["kind"] for event in told["events"]] == ["update", "update"]
    grant = Grant.objects.get(resource=feed.resource, consumer="scjg", purpose=PURPOSE)
    granted = {rule["field"] for rule in grant.policy["fields"]}
    assert set(told["events"][0]["data"]) == granted
    assert fetch(row, told["cursor"])["events"] == []


def test_each_batch_is_a_fact_that_names_nobody_and_an_access(feed, people):
    row = subscribe(feed)
    post(feed, *(("update", number) for number in people))
    told = fetch(row)
    (fact,) = facts("feeds.batch.released")
    assert str(fact.id) == told["fact"]
    assert fact.data["subjects"] == [subject_hash("person", number) for number in people[:2]]
    assert fact.data["matters"] == ["LJ-1"]
    key = bytes.fromhex(told["response_key"])
    assert fact.data["response_hash"] == response_hash({"events": told["events"]}, key)
    access = Access.objects.get(fact_id=fact.id)
    assert (access.consumer, access.rows, access.matter) == ("scjg", 2, "LJ-1")


def test_nothing_for_the_subscriber_leaves_no_fact_and_still_moves_on(feed, people):
    row = subscribe(feed)
    post(feed, ("update", people[2]))
    told = fetch(row)
    assert (told["events"], told["fact"], told["more"]) == ([], "", False)
    assert not facts("feeds.batch.released")
    assert position_of(Feed.objects.get(), told["cursor"]) == 1


def test_a_closed_matter_closes_the_feed_for_its_subjects(feed, people, matters):
    row = subscribe(feed)
    post(feed, ("update", people[0]))
    matters.live["LJ-1"] = False
    assert fetch(row)["events"] == []


def test_away_for_three_days_and_nothing_is_missing(feed, people):
    row = subscribe(feed)
    start = clock.now()
    with clock.frozen(start) as standing:
        for _ in range(3):
            standing.advance(days=1)
            post(feed, *(("update", number) for number in people[:2] * 40))
        services.forget_changes()
        cursor, positions = "", []
        while True:
            told = fetch(row, cursor, 50)
            positions += [event["position"] for event in told["events"]]
            cursor = told["cursor"]
            if not told["more"]:
                break
    assert positions == list(range(1, 241))


def test_away_for_too_long_is_told_what_to_do(feed, people):
    row = subscribe(feed)
    old = cursor_at(feed, 0)
    with clock.frozen(clock.now()) as standing:
        post(feed, ("update", people[0]), ("update", people[1]))
        standing.advance(days=31)
        post(feed, ("update", people[0]))
        assert services.forget_changes() == 2
        with pytest.raises(CursorExpiredError) as caught:
            fetch(row, old)
        assert caught.value.status == 410
        assert caught.value.figures["days"] == 30
        row.refresh_from_db()
        again = services.fetch_records(row, "", 1, actor=SYSTEM)
        rest = services.fetch_records(row, again["next"], 1, actor=SYSTEM)
        page = again["next"] + "=" * (-len(again["next"]) % 4)
        assert not any(key.encode() in base64.urlsafe_b64decode(page) for key in people)
        with pytest.raises(BadCursorError):
            services.fetch_records(row, cursor_at(feed, 0), 1, actor=SYSTEM)
        keys = [each["events"][0]["key"] for each in (again, rest)]
        assert sorted(keys) == sorted(people[:2])
        assert rest["next"] is None
        post(feed, ("update", people[1]))
        assert [e["position"] for e in fetch(row, rest["cursor"])["events"]] == [4]


@pytest.mark.parametrize(
    ("cursor", "error"),
    [("nonsense", BadCursorError), ("", None)],
)
def test_cursors_that_are_none(feed, cursor, error):
    if error:
        with pytest.raises(error):
            position_of(feed, cursor)
    else:
        assert position_of(feed, cursor) == feed.head


def test_a_cursor_of_another_feed_or_from_the_future_is_refused(feed, exchange_city):
    other = services.open_feed(exchange_city["enterprises"], actor=STEWARD)
    for foreign in (cursor_at(other, 0), cursor_at(feed, 5)):
        with pytest.raises(ForeignCursorError):
            position_of(feed, foreign)


def test_without_a_grant_there_is_no_subscription(feed):
    with pytest.raises(exchange.NoGrantError):
        subscribe(feed, consumer="cgj")


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_grant_that_ends_ends_the_subscription(feed, people, end):
    row = subscribe(feed)
    post(feed, ("update", people[0]))
    grant = Grant.objects.get(resource=feed.resource, consumer="scjg", purpose=PURPOSE)
    later = clock.now()
    if end == "revoked":
        revoke(grant.pk, actor=STEWARD, reason="no need any more")
        error = exchange.GrantRevokedError
    else:
        later = grant.expires_at + dt.timedelta(seconds=1)
        error = exchange.GrantExpiredError
    with clock.frozen(later):
        with pytest.raises(error):
            fetch(row)
        assert services.watch_grants() == 1
        row.refresh_from_db()
        assert (row.state, row.because) == ("stopped", error.code)
        assert services.watch_grants() == 0
        with pytest.raises(error):
            services.resume(row, actor=SYSTEM)
    assert len(facts("feeds.subscription.stopped")) == 1


def test_pause_and_resume_lose_nothing(feed, people):
    row = subscribe(feed)
    services.pause(row, actor=SYSTEM, reason="maintenance")
    post(feed, ("update", people[0]))
    with pytest.raises(NotRunningError):
        fetch(row)
    services.resume(row, actor=SYSTEM)
    assert len(fetch(row)["events"]) == 1


def test_subscribing_twice_is_once(feed):
    assert subscribe(feed).pk == subscribe(feed).pk
    assert len(facts("feeds.subscription.started")) == 1


def test_a_new_contract_version_is_told(feed, people):
    row = subscribe(feed)
    resource = feed.resource
    document = dict(resource.contract) | {"version": "9.0.0"}
    from heli.exchange.services import publish

    publish(
        actor=HELI, department="gaj", contract=document, connector=resource.connector,
        options=resource.options, sharing=resource.sharing, update_cycle=resource.update_cycle,
    )  # fmt: skip
    assert services.announce_versions() == 1
    assert services.announce_versions() == 0
    (event,) = fetch(row)["events"]
    assert (event["kind"], event["key"], event["contract_version"]) == ("schema", None, "9.0.0")


def test_a_deleted_record_is_told_without_data(feed, people):
    row = subscribe(feed)
    post(feed, ("delete", people[0]))
    (event,) = fetch(row)["events"]
    assert (event["kind"], event["data"]) == ("delete", None)


def test_a_feed_is_opened_once_and_closed_once(feed):
    row = subscribe(feed)
    with pytest.raises(FeedExistsError):
        services.open_feed(feed.resource, actor=STEWARD)
    services.close_feed(feed, actor=STEWARD, reason="moved")
    row.refresh_from_db()
    assert (row.state, row.because) == ("stopped", "feeds.closed")
    with pytest.raises(FeedClosedError):
        post(feed)
    with pytest.raises(FeedClosedError):
        services.close_feed(feed, actor=STEWARD, reason="again")
    again = services.open_feed(feed.resource, actor=STEWARD)
    assert again.pk == feed.pk


def test_a_late_source_raises_the_alarm_once_and_its_recovery_is_noted(feed, people):
    from heli.exchange.questions import notify

    told = []
    notify._answer, kept = told.append, notify._answer
    try:
        with clock.frozen(clock.now()) as standing:
            standing.advance(seconds=feed.allowed_age - 1)
            assert services.watch_freshness() == 0
            standing.advance(seconds=2)
            assert services.watch_freshness() == 1
            assert services.watch_freshness() == 0
            standing.advance(minutes=10)
            post(feed)
    finally:
        notify._answer = kept
    (late,), (recovered,) = facts("feeds.source.late"), facts("feeds.source.recovered")
    assert late.data["allowed_age"] == feed.allowed_age
    assert 600 <= recovered.data["late_seconds"] <= 602
    assert [(each.department, each.key) for each in told] == [("gaj", "feeds.late")]
    feed.refresh_from_db()
    assert feed.late_since is None


def test_many_subscribers_share_one_reading_of_a_record(feed, people, monkeypatch):
    rows = [subscribe(feed)]
    post(feed, ("update", people[0]))
    reads = []
    turn = release.Round(Feed.objects.select_related("resource").get())
    real = type(turn.resource.connector).lookup
    monkeypatch.setattr(
        type(turn.resource.connector), "lookup",
        lambda self, key: (reads.append(key), real(self, key))[1],
    )  # fmt: skip
    changes = release.changes_after(feed, 0)
    for _ in range(5):
        turn.batch(release.Wanted(rows[0], changes, 0))
    assert reads == [people[0]]


def change_grant(feed, **values):
    from heli.exchange.compiled import touch

    grant = Grant.objects.get(resource=feed.resource, consumer="scjg", purpose=PURPOSE)
    for name, value in values.items():
        setattr(grant, name, value)
    grant.save()
    touch()
    return grant


def test_a_suspended_grant_rests_the_subscription_until_it_is_lifted(feed, people):
    from heli.exchange.services import resume, suspend

    row = subscribe(feed)
    grant = Grant.objects.get(resource=feed.resource, consumer="scjg", purpose=PURPOSE)
    suspend(grant.pk, actor=STEWARD, reason="under review")
    post(feed, ("update", people[0]))
    with pytest.raises(HeliError) as caught:
        fetch(row)
    assert caught.value.code.startswith("exchange.")
    assert services.watch_grants() == 1
    row.refresh_from_db()
    assert (row.state, row.because) == ("paused", caught.value.code)
    resume(grant.pk, actor=STEWARD, reason="reviewed")
    assert services.watch_grants() == 1
    assert len(fetch(row)["events"]) == 1


def test_limits_of_a_grant_hold_for_its_feed(feed, people):
    policy = Grant.objects.get(resource=feed.resource, consumer="scjg", purpose=PURPOSE).policy | {
        "limits": {"records_per_day": 3}
    }
    change_grant(feed, policy=policy)
    row = subscribe(feed)
    post(feed, ("update", people[0]), ("update", people[1]))
    assert len(fetch(row)["events"]) == 2
    post(feed, ("update", people[0]), ("update", people[1]))
    with pytest.raises(exchange.LimitError):
        fetch(row)
    row.refresh_from_db()
    assert row.position == 2
    with clock.frozen(clock.now() + dt.timedelta(days=1)):
        assert len(fetch(row)["events"]) == 2


@pytest.mark.parametrize("renewed", [True, False])
def test_what_became_of_a_grant_while_a_batch_was_put_together_counts(feed, people, renewed):
    row = subscribe(feed)
    post(feed, ("update", people[0]))
    wanted = release.Wanted(row, release.changes_after(feed, 0), 0)
    batch = release.Round(feed, [row]).batch(wanted)
    if renewed:
        change_grant(feed, policy={"fields": [{"field": "name", "mask": "partial"}]})
        error = exchange.PolicyChangedError
    else:
        revoke(change_grant(feed).pk, actor=STEWARD, reason="over")
        error = exchange.GrantRevokedError
    release.settle([(batch, SYSTEM)])
    assert isinstance(batch.refusal, error)
    assert (batch.events, batch.fact_id, facts("feeds.batch.released")) == ([], None, [])
