import inspect
import re

import pytest
from django.utils import translation

import heli.errors
from heli.errors import BadInputError, HeliError
from heli.exchange.errors import UnknownResourceError
from heli.kernel.localise import explain


def all_errors(of: type[HeliError] = HeliError) -> list[type[HeliError]]:
    found = [of]
    for child in of.__subclasses__():
        found += all_errors(child)
    return found


def test_a_message_carries_its_figures_in_the_readers_language():
    error = BadInputError(field="age", reason="17 < 18")
    assert "17 < 18" in str(error)
    with translation.override("zh-hans"):
        told = explain(error)
    assert told.field == "age"
    assert told.status == 422
    assert "17 < 18" in told.detail
    assert re.search(r"[\u4e00-\u9fff]", told.detail)
    assert re.search(r"[\u4e00-\u9fff]", told.remedy)


def test_a_form_says_the_reason_of_a_bad_input_alone():
    error = BadInputError(field="age", reason="the last day is over")
    with translation.override("en"):
        assert explain(error).in_form == "The last day is over."
        assert "not acceptable: the last day is over." in explain(error).detail
        other = explain(HeliError())
        assert other.in_form == f"{other.detail} {other.remedy}"


def test_a_figure_that_was_not_given_stays_visible_and_breaks_nothing():
    assert "{reason}" in str(BadInputError())


@pytest.mark.django_db
def test_every_error_has_a_code_of_its_own_a_message_and_a_remedy():
    from heli.site.startup import setup

    setup()
    codes: dict[str, type[HeliError]] = {}
    for error in all_errors():
        if not error.__module__.startswith("heli."):
            continue
        assert error.__name__.endswith("Error"), error
        assert error.message, error
        assert error.remedy, error
        assert 400 <= error.status < 600, error
        if "code" in vars(error):
            assert codes.setdefault(error.code, error) is error, f"{error.code} is used twice"
    assert len(codes) > 10
    assert inspect.getdoc(heli.errors)


def test_what_callers_wrote_is_never_translated():
    with translation.override("zh-hans"):
        assert translation.gettext("Sessions") != "Sessions"
        assert "Sessions" in explain(UnknownResourceError(resource="Sessions")).detail
