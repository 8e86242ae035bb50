"""The PDF report of a run: whole, in both languages, the same bytes each time."""

import pytest
from django.urls import reverse
from django.utils import translation
from tools.vendor import characters

from heli.kernel.actor import Actor
from heli.kernel.permissions import Role
from heli.twin import errors, runs, selectors, services
from heli.twin.crew import Inline
from heli.twin.describing import describe, districts_of
from heli.twin.report.content import content_of
from heli.twin.report.render import report_pdf

PLANNER = Actor("person", "7", "zrzy")
LANGUAGES = ("zh-hans", "en")


def ask(version, *names, **more):
    return services.ask_run(
        version,
        names,
        actor=PLANNER,
        department="zrzy",
        **more,
        note='For the meeting #[of] "12" $x$ \\ 会议',
    )


def carried_out(asked):
    runs.execute(runs.claim(), Inline())
    return selectors.run_by_code(asked.code)


def texts(plain):
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, dict):
        for name, value in plain.items():
            if name not in {"svg", "qr"}:
                yield from texts(value)
    elif isinstance(plain, list | tuple):
        for each in plain:
            yield from texts(each)


def test_a_report_is_whole_and_the_same_each_time(version, saved):
    run = carried_out(ask(version, "odd-plates", "bridge-toll", draws=8, by=["nox@old-town"]))
    made = {}
    for language in LANGUAGES:
        with translation.override(language):
            content = content_of(run)
            made[language] = report_pdf(run)
            assert report_pdf(run) == made[language]
        told = "\n".join(texts(content))
        for wanted in (run.code, run.digest, run.version.digest, run.note, "≈"):
            assert wanted in told
        missing = {*map(ord, told)} - characters() - {*map(ord, "\n₂")}
        assert not missing, f"the font cannot set {[*map(chr, missing)]}"
        assert [len(each["maps"]) for each in content["maps"]] == [2, 2, 2]
        assert all("<path" in one["svg"] for each in content["maps"] for one in each["maps"])
        assert len(content["losers"]) == len(content["options"]) == 2
        assert content["questions"][0]["verdicts"]
        figures = [row for each in content["figures"]["domains"] for row in each["rows"]]
        assert all(len(row["cells"]) == 2 for row in figures)
        assert any(row["base"][1] for row in figures)
    zh, en = made.values()
    assert zh[:5] == en[:5] == b"%PDF-"
    assert zh != en
    assert all(b"NotoSansSC" in each for each in made.values())
    assert all(len(each) < 1_000_000 for each in made.values())


def test_an_area_that_was_drawn_is_told_by_its_districts(version):
    zones = {zone.id: zone.district for zone in selectors.city_of(version).zones}
    north = [zone for zone, district in zones.items() if district == "江北示范区"]
    south = [zone for zone, district in zones.items() if district == "江南示范区"]
    document = {
        "window": {"days": ["mon"], "from": "07:00", "to": "09:00"},
        "measures": [
            {"kind": "parking-price", "area": [*north[:3], south[0], "x1"], "yuan": 5.0},
            {"kind": "closure", "where": {"inside": [south[0]]}},
            {"kind": "bus-line", "stops": [north[0], south[0]], "headway": 10, "km_per_h": 25},
        ],
    }
    with translation.override("en"):
        found = describe("Parking", document, districts_of(version))
    drawn = "Area 3 zones in North Bank, 1 zone in South Bank, x1"
    assert found.measures[0] == f"Parking price: {drawn}; Price 5 yuan"
    assert found.measures[1] == "Road closure: inside 1 zone in South Bank"
    assert f"Stops North Bank {north[0]} – South Bank {south[0]}" in found.measures[2]


def test_who_gets_it(client, version, saved, planner, make_person):
    run = carried_out(ask(version, "odd-plates"))
    url = reverse("twin:report", args=[run.code])
    assert client.get(url).status_code == 302
    for person, status in ((planner, 200), (make_person("applicant", Role.APPLICANT), 403)):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(url).status_code == status
    client.force_login(planner, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content[:5] == b"%PDF-"


def test_a_run_that_is_not_done_has_none(version, saved):
    with pytest.raises(errors.RunNotDoneError):
        report_pdf(ask(version, "odd-plates"))
