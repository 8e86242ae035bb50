"""The catalogue is DCAT-AP 3: by the published shapes where they are, and by shapes of our own."""

import json
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import DCAT, RDF, SH, Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS

OWN_SHAPES = Path(__file__).parent / "shapes.ttl"
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")


@pytest.fixture
def catalogue_graph(client, beds, firms):
    answer = client.get("/open/catalog.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    return Graph().parse(data=answer.content.decode(), format="json-ld")


def conforms(graph, *shapes):
    rules = Graph()
    for path in shapes:
        rules.parse(path, format="turtle")
    # Two published files name property shapes that none of them describes; the checker would stop.
    for shape, named in list(rules.subject_objects(SH.property)):
        if (named, SH.path, None) not in rules:
            rules.remove((shape, SH.property, named))
    good, _report, text = validate(graph, shacl_graph=rules, advanced=True)
    assert good, text


def test_it_says_what_is_open_where_and_under_what_licence(catalogue_graph):
    assert len(list(catalogue_graph.subjects(RDF.type, DCAT.Catalog))) == 1
    found = {
        str(catalogue_graph.value(each, DCTERMS.identifier))
        for each in catalogue_graph.subjects(RDF.type, DCAT.Dataset)
    }
    assert found == {"hospital-beds", "enterprise-statistics"}
    downloads = {str(each) for each in catalogue_graph.objects(None, DCAT.downloadURL)}
    assert "http://testserver/open/hospital-beds/data.csv" in downloads
    assert len(downloads) == 6
    licences = set(catalogue_graph.objects(None, DCTERMS.license))
    assert licences == {URIRef("https://creativecommons.org/licenses/by/4.0/")}
    assert URIRef("mailto:data@wjw.linjiang.example") in set(
        catalogue_graph.objects(None, VCARD.hasEmail)
    )


def test_it_conforms_to_our_own_shapes(catalogue_graph):
    conforms(catalogue_graph, OWN_SHAPES)


def test_our_own_shapes_find_what_is_missing(catalogue_graph):
    catalogue_graph.remove((None, DCTERMS.license, None))
    with pytest.raises(AssertionError, match="licence"):
        conforms(catalogue_graph, OWN_SHAPES)


@pytest.mark.reference
@pytest.mark.parametrize("name", ["dcat-ap-SHACL.ttl", "ranges.ttl", "shapes.ttl", "range.ttl"])
def test_it_conforms_to_the_published_shapes(catalogue_graph, reference_data, name):
    shapes = reference_data / "dcat-ap" / name
    if not shapes.is_file():
        pytest.skip(f"{name} of DCAT-AP 3.0.1 is not beside the project")
    conforms(catalogue_graph, shapes)


@pytest.mark.parametrize("accept", ["application/ld+json", "application/ld+json, text/html;q=0.5"])
def test_one_dataset_is_given_as_page_or_as_linked_data(client, beds, accept):
    page = client.get("/open/hospital-beds/", headers={"accept": "text/html"})
    assert page["Content-Type"].startswith("text/html")
    linked = client.get("/open/hospital-beds/", headers={"accept": accept})
    assert linked["Content-Type"] == "application/ld+json"
    assert "Accept" in linked["Vary"]
    assert json.loads(linked.content) == json.loads(
        client.get("/open/hospital-beds/dataset.jsonld").content
    )
    conforms(Graph().parse(data=linked.content.decode(), format="json-ld"), OWN_SHAPES)


def test_a_dataset_that_was_closed_is_in_no_document(client, beds, firms):
    from tests.openness.conftest import STEWARD

    from heli.openness import services

    services.withdraw(beds, actor=STEWARD, reason="重复")
    assert "hospital-beds" not in client.get("/open/catalog.jsonld").content.decode()
    assert client.get("/open/hospital-beds/dataset.jsonld").status_code == 404
