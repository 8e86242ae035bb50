"""Scenarios for tests: measures on one line each."""

import yaml

from heli.twin.scenarios import read_scenario

HEAD = """
id: tried
title: {zh: 试, en: Tried}
window: {days: [mon, tue, wed, thu, fri], from: 07:00, to: 20:00}
"""


def scenario(city, *measures, **head):
    plain = {
        **yaml.load(HEAD, yaml.BaseLoader),
        "model": city.version,
        "measures": [yaml.load(measure, yaml.SafeLoader) for measure in measures],
        **head,
    }
    return read_scenario(yaml.safe_dump(plain, allow_unicode=True))
