"""Licences under which data is opened: name and address of each."""

from dataclasses import dataclass

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence.

    Attributes:
        code: SPDX identifier where there is one.
        url: Its text.
    """

    code: str
    name: str
    url: str


LICENCES: dict[str, Licence] = {
    licence.code: licence
    for licence in (
        Licence(
            "CC-BY-4.0",
            "Creative Commons Attribution 4.0 International",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        Licence(
            "CC0-1.0",
            "Creative Commons CC0 1.0 Universal",
            "https://creativecommons.org/publicdomain/zero/1.0/",
        ),
        Licence(
            "ODC-By-1.0",
            "Open Data Commons Attribution License 1.0",
            "https://opendatacommons.org/licenses/by/1-0/",
        ),
        Licence(
            "ODbL-1.0",
            "Open Data Commons Open Database License 1.0",
            "https://opendatacommons.org/licenses/odbl/1-0/",
        ),
    )
}


def licence_of(code: str, name: str, url: str) -> Licence:
    """The licence of a dataset: a known one, else the one it names itself."""
    return LICENCES.get(code) or Licence(OTHER, name, url)
