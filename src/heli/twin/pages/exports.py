"""Results and cities as files."""

import csv
import io
import json

from django.http import Http404, HttpRequest, HttpResponse

from heli.exchange.extracts.formats import FORMULA_STARTS
from heli.kernel.permissions import audience, require
from heli.twin import policy, selectors
from heli.twin.keys import Key
from heli.twin.models import Run
from heli.twin.packing import result_bytes


@audience(*policy.READERS)
def data(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """A result as JSON, exactly the bytes whose hash is in the ledger, or its figures as CSV."""
    row = selectors.run_by_code(code)
    selectors.whole_result(row)
    if form == "json":
        return _file(result_bytes(bytes(row.result)), "application/json", f"{row.code}.json")
    if form == "csv":
        content = figures_csv(row).encode("utf-8-sig")
        return _file(content, "text/csv; charset=utf-8", f"{row.code}.csv")
    raise Http404


def figures_csv(row: Run) -> str:
    """All figures of a run that is done, a line each: base, options, bounds, solver errors."""
    found = selectors.whole_result(row)
    names = ["base", *(each["name"] for each in found["options"])]
    bounded = "ensemble" in found
    head = [*Key._fields, "unit", *names, *(f"{name} solver_error" for name in names)]
    if bounded:
        head += [f"{name} {end}" for name in names for end in ("low", "high")]
        head += [f"{name} change {end}" for name in names[1:] for end in ("low", "high")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    for each in found["figures"]:
        line = [*(_harmless(each[field]) for field in Key._fields), each["unit"]]
        line += [each[name] for name in names]
        line += [each["solver_errors"].get(name, "") for name in names]
        if bounded:
            line += [bound for name in names for bound in each["intervals"][name]]
            line += [bound for name in names[1:] for bound in each["changes"][name]]
        writer.writerow(line)
    return text.getvalue()


def _harmless(text: str) -> str:
    """A name that a spreadsheet program shows and does not carry out."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


@audience(*policy.READERS)
def city(request: HttpRequest, model: str, number: int) -> HttpResponse:
    """A version of a city as a zip archive of its folder."""
    row = selectors.version(selectors.model_by_name(model), number)
    require(policy.may_take(request.user, row))
    return _file(bytes(row.content), "application/zip", f"{row.model.name}-{row.number}.zip")


@audience(*policy.READERS)
def recipe(request: HttpRequest, model: str) -> HttpResponse:
    """The recipe of the last build of a city, to be changed and handed in again."""
    require(policy.may_build(request.user))
    row = selectors.model_by_name(model)
    last = selectors.last_build(row)
    if last is None:
        raise Http404
    content = json.dumps(last.recipe, ensure_ascii=False, indent=2).encode()
    return _file(content, "application/json", f"{row.name}-recipe.json")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
