"""The page on which versions are built: who may, what it tells, what it begins."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from heli.demo.twin import tables
from heli.kernel.permissions import Role
from heli.twin import services
from heli.twin.building.recipe import check_recipe, read_recipe
from heli.twin.calibrating import calibrate
from heli.twin.models import Build


@pytest.fixture
def recipe():
    from heli.demo.twin import sharing

    return sharing.recipe()


@pytest.fixture
def asked(model, planner, recipe):
    return services.ask_build(model, check_recipe(recipe), actor=planner.actor, department="zrzy")


def page(client, person, language="en"):
    client.force_login(person)
    return client.get(
        reverse("twin:build", args=["linjiang"]), headers={"accept-language": language}
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_names_each_part_and_what_it_lacks(client, planner, model, asked, language):
    asked.state = Build.State.FAILED
    asked.save()
    text = page(client, planner, language).text
    assert "jtj/road_links" in text
    assert "/exchange/fgw/zone_population/apply/" not in text, "there is no such resource"
    assert ("Why is it built?" in text) == (language == "en")
    assert "style=" not in text


@pytest.mark.parametrize("who", ["leader", "stranger", "elsewhere"])
def test_only_planners_of_a_department_build(client, model, make_person, who):
    person = {
        "leader": lambda: make_person("leader1", Role.LEADER, department="szf"),
        "stranger": lambda: make_person("applicant1", Role.APPLICANT),
        "elsewhere": lambda: make_person("officer1", Role.OFFICER, department="jyj"),
    }[who]()
    assert page(client, person).status_code in (403, 404)


def test_a_recipe_is_handed_in_and_the_build_waits_for_the_worker(client, planner, model, recipe):
    import json

    client.force_login(planner)
    url = reverse("twin:build", args=["linjiang"])
    assert client.post(url, {"note": ""}).status_code == 200
    wrong = SimpleUploadedFile("recipe.yaml", b"format: heli-city-recipe/1\nparts: 7\n")
    answer = client.post(url, {"note": "x", "recipe": wrong}, headers={"accept-language": "en"})
    assert "recipe.yaml" in answer.text
    assert not Build.objects.exists()
    assert client.get(reverse("twin:build_recipe", args=["linjiang"])).status_code == 404
    file = SimpleUploadedFile("recipe.json", json.dumps(recipe).encode())
    assert client.post(url, {"note": "first", "recipe": file}).status_code == 302
    row = Build.objects.get()
    assert (row.state, row.note, row.asked_by) == ("waiting", "first", str(planner.actor))
    assert "hx-get" in client.get(url).text
    progress = client.get(reverse("twin:build_progress", args=["linjiang"]))
    assert "HX-Refresh" not in progress.headers
    taken = client.get(reverse("twin:build_recipe", args=["linjiang"]))
    assert "attachment" in taken["Content-Disposition"]
    assert read_recipe(taken.text, "taken") == check_recipe(row.recipe)
    again = client.post(url, {"note": "second"}, headers={"accept-language": "en"})
    assert "is being built" in again.text
    assert Build.objects.count() == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_citys_page_tells_how_well_it_agrees(client, planner, model, demo_city, language):
    sales = {row["shop_no"]: row["sales"] for row in tables.observed("shop_sales")}
    counts = {
        use: {row["link_no"]: float(row[column]) for row in tables.observed("traffic_counts")}
        for use, column in (("", "vehicles"), ("freight", "lorries"))
    }
    city, fit = calibrate(demo_city, counts, sales, sources={"sales": "swj/shop_sales"})
    services.add_version(model, city, actor=planner.actor, department="zrzy", fit=fit)
    client.force_login(planner)
    url = reverse("twin:city", args=["linjiang"])
    text = client.get(url, headers={"accept-language": language}).text
    assert "swj/shop_sales" in text
    assert text.count("SRMSE") == 2
    assert ("What was calibrated" in text) == (language == "en")
