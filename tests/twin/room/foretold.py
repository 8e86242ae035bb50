"""Runs that are done, with a result made by hand: two figures whose scores can be reckoned."""

from heli.kernel import clock
from heli.twin.codes import new_code
from heli.twin.models import Run
from heli.twin.packing import canonical, compress, digest

FIGURES = (("air", "nox", "old-town", "µg/m³"), ("people", "losers", "", "persons"))
DRAWS = {
    "base": [[30.0, 0.0], [32.0, 0.0], [34.0, 0.0], [36.0, 0.0]],
    "odd-plates": [[20.0, 100.0], [22.0, 110.0], [24.0, 120.0], [26.0, 130.0]],
}
CENTRAL = {"base": [33.0, 0.0], "odd-plates": [23.0, 115.0]}


def result(draws=DRAWS):
    figures = []
    for n, (domain, name, place, unit) in enumerate(FIGURES):
        row = {"domain": domain, "name": name, "place": place, "group": "", "unit": unit}
        row |= {option: values[n] for option, values in CENTRAL.items()}
        row["solver_errors"] = dict.fromkeys(CENTRAL, 0.01)
        if draws:
            row["intervals"] = {
                option: [min(d[n] for d in table), max(d[n] for d in table)]
                for option, table in draws.items()
            }
        figures.append(row)
    found = {
        "city": {"name": "linjiang", "version": "0" * 64, "hour": "08:00"},
        "figures": figures,
        "options": [{"name": "odd-plates", "title": {"zh": "单号", "en": "Odd plates"}}],
    }
    if draws:
        found["ensemble"] = {"draws": 4, "percentiles": [5.0, 95.0], "values": draws}
    return found


def done(version, found=None):
    """A run that is done."""
    found = result() if found is None else found
    return Run.objects.create(
        code=new_code(),
        version=version,
        options=[{"name": "odd-plates", "title": {"zh": "单号", "en": "Odd plates"}}],
        draws=found.get("ensemble", {}).get("draws", 0),
        state=Run.State.DONE,
        asked_at=clock.now(),
        asked_by="person:7@zrzy",
        department="zrzy",
        finished_at=clock.now(),
        result=compress(canonical(found)),
        digest=digest(found),
    )
