"""The catalogue as DCAT-AP 3.0.1 in JSON-LD.

Concepts, frequencies, file types and access rights are those of the Publications Office's authority
tables, which DCAT-AP prescribes (section "Controlled vocabularies"); each is described where it is
named, so that the document can be checked without fetching anything.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from heli.exchange.selectors import UpdateCycle
from heli.openness.licences import licence_of
from heli.openness.models import Edition, Publication, Theme
from heli.openness.portal.formats import FORMATS
from heli.organisation.selectors import DepartmentCard

MEDIA_TYPE = "application/ld+json"
AUTHORITY = "http://publications.europa.eu/resource/authority"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_THEMES = {
    Theme.HEALTH: ("HEAL", "Health"),
    Theme.LAND: ("REGI", "Regions and cities"),
    Theme.ECONOMY: ("ECON", "Economy and finance"),
    Theme.EDUCATION: ("EDUC", "Education, culture and sport"),
    Theme.ENVIRONMENT: ("ENVI", "Environment"),
    Theme.TRANSPORT: ("TRAN", "Transport"),
    Theme.POPULATION: ("SOCI", "Population and society"),
    Theme.GOVERNMENT: ("GOVE", "Government and public sector"),
    Theme.JUSTICE: ("JUST", "Justice, legal system and public safety"),
}
_FREQUENCIES = {
    UpdateCycle.REALTIME: "UPDATE_CONT",
    UpdateCycle.DAILY: "DAILY",
    UpdateCycle.WEEKLY: "WEEKLY",
    UpdateCycle.MONTHLY: "MONTHLY",
    UpdateCycle.YEARLY: "ANNUAL",
}
_FILE_TYPES = {"csv": "CSV", "json": "JSON", "parquet": "PARQUET"}
_LANGUAGES = ("ZHO", "ENG")

Node = dict[str, Any]


def catalogue(
    base: str, city: tuple[str, str], owner: DepartmentCard | None,
    rows: Iterable[tuple[Publication, Edition | None]], changed_at: dt.datetime,
) -> Node:  # fmt: skip
    """The whole catalogue as one document.

    Args:
        base: Address of this installation, without a slash at its end.
        city: Name of the city, Chinese and English.
        owner: The department that keeps the catalogue.
        rows: Open datasets with their present edition.
        changed_at: When the catalogue last changed.
    """
    home = f"{base}/open/"
    zh, en = city[0], city[1] or city[0]
    nobody = {"@type": "foaf:Agent", "foaf:name": zh}
    return {
        "@context": CONTEXT,
        "@id": f"{home}catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _texts(f"{zh}开放数据目录", f"Open data of {en}"),
        "dct:description": _texts(
            f"{zh}各部门向社会开放的数据集", f"Datasets opened by the departments of {en}"
        ),
        "dct:publisher": _agent(base, owner) if owner else nobody,
        "foaf:homepage": {"@id": home, "@type": "foaf:Document"},
        "dct:language": [_language(code) for code in _LANGUAGES],
        "dct:modified": _instant(changed_at),
        "dcat:themeTaxonomy": {
            "@id": f"{AUTHORITY}/data-theme",
            "@type": "skos:ConceptScheme",
            "dct:title": _texts("", "Data theme"),
        },
        "dcat:dataset": [dataset(base, row, edition) for row, edition in rows],
    }  # fmt: skip


def document(base: str, row: Publication, edition: Edition | None) -> Node:
    """One dataset as a document of its own."""
    return {"@context": CONTEXT, **dataset(base, row, edition)}


def dataset(base: str, row: Publication, edition: Edition | None) -> Node:
    """One dataset with its distributions."""
    from heli.organisation.selectors import department

    page = f"{base}/open/{row.slug}/"
    code, label = _THEMES[Theme(row.theme)]
    found: Node = {
        "@id": page,
        "@type": "dcat:Dataset",
        "dct:identifier": row.slug,
        "dct:title": _texts(row.title_zh, row.title_en),
        "dct:description": _texts(row.description_zh, row.description_en),
        "dct:publisher": _agent(base, department(row.department_id)),
        "dcat:contactPoint": _contact(row),
        "dcat:theme": {
            "@id": f"{AUTHORITY}/data-theme/{code}",
            "@type": "skos:Concept",
            "skos:prefLabel": {"@language": "en", "@value": label},
        },
        "dct:accrualPeriodicity": {
            "@id": f"{AUTHORITY}/frequency/{_FREQUENCIES[UpdateCycle(row.update_cycle)]}",
            "@type": "dct:Frequency",
        },
        "dct:accessRights": {
            "@id": f"{AUTHORITY}/access-right/PUBLIC",
            "@type": "dct:RightsStatement",
        },
        "dct:language": _language("ZHO"),
        "dct:issued": _instant(row.published_at),
        "dct:modified": _instant(edition.made_at if edition else row.changed_at),
        "dcat:landingPage": {"@id": page, "@type": "foaf:Document"},
        "dcat:version": str(edition.number if edition else 0),
    }
    if row.keywords:
        found["dcat:keyword"] = [{"@language": "zh", "@value": word} for word in row.keywords]
    if edition and edition.files:
        found["dcat:distribution"] = [_distribution(page, row, edition, kind) for kind in FORMATS]
    return found


def _distribution(page: str, row: Publication, edition: Edition, kind: str) -> Node:
    media_type = FORMATS[kind].partition(";")[0]
    licence = licence_of(row.licence, row.licence_name, row.licence_url)
    return {
        "@id": f"{page}#{kind}",
        "@type": "dcat:Distribution",
        "dct:title": _texts(f"{row.title_zh}（{kind.upper()}）", ""),
        "dcatap:availability": {
            "@id": f"{AUTHORITY}/planned-availability/AVAILABLE",
            "@type": "skos:Concept",
            "skos:prefLabel": {"@language": "en", "@value": "available"},
        },
        "dcat:accessURL": {"@id": page, "@type": "rdfs:Resource"},
        "dcat:downloadURL": {"@id": f"{page}data.{kind}", "@type": "rdfs:Resource"},
        "dct:format": {
            "@id": f"{AUTHORITY}/file-type/{_FILE_TYPES[kind]}",
            "@type": "dct:MediaTypeOrExtent",
        },
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{media_type}",
            "@type": "dct:MediaType",
        },
        "dct:license": {
            "@id": licence.url,
            "@type": "dct:LicenseDocument",
            "dct:title": _texts("", licence.name),
        },
        "dcat:byteSize": {
            "@type": "xsd:nonNegativeInteger",
            "@value": str(edition.files[kind]["bytes"]),
        },
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {
                "@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
                "@type": "spdx:ChecksumAlgorithm",
            },
            "spdx:checksumValue": {
                "@type": "xsd:hexBinary",
                "@value": edition.files[kind]["sha256"],
            },
        },
        "dct:issued": _instant(edition.made_at),
        "dct:modified": _instant(edition.made_at),
    }


def _contact(row: Publication) -> Node:
    found: Node = {"@type": ["vcard:Kind", "vcard:Organization"], "vcard:fn": row.contact_name}
    if row.contact_email:
        found["vcard:hasEmail"] = {"@id": f"mailto:{row.contact_email}"}
    if row.contact_phone:
        digits = "".join(sign for sign in row.contact_phone if sign in "+0123456789-")
        found["vcard:hasTelephone"] = {"@id": f"tel:{digits}"}
    return found


def _agent(base: str, card: DepartmentCard) -> Node:
    return {
        "@id": f"{base}/open/?department={card.code}",
        "@type": "foaf:Agent",
        "foaf:name": card.name,
        "dct:type": {
            "@id": "http://purl.org/adms/publishertype/LocalAuthority",
            "@type": "skos:Concept",
            "skos:prefLabel": {"@language": "en", "@value": "Local authority"},
        },
    }


def _texts(zh: str, en: str) -> list[Node]:
    given = (("zh", zh), ("en", en))
    return [{"@language": tag, "@value": text} for tag, text in given if text]


def _language(code: str) -> Node:
    return {"@id": f"{AUTHORITY}/language/{code}", "@type": "dct:LinguisticSystem"}


def _instant(at: dt.datetime) -> Node:
    return {"@type": "xsd:dateTime", "@value": at.isoformat(timespec="seconds")}


def host_of(base: str) -> str:
    """The host of an address, for the identifiers of feeds."""
    return urlsplit(base).hostname or "localhost"
