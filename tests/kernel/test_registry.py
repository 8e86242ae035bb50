import pytest

from heli.kernel.registry import Question, questions


@pytest.fixture
def asked():
    asked = Question("test.is_live", lambda code: False)
    yield asked
    from heli.kernel import registry

    del registry._questions["test.is_live"]


def test_an_unanswered_question_gives_the_safe_default(asked):
    assert asked("LJ-1") is False
    assert not asked.answered


def test_an_answer_is_asked(asked):
    asked.answer(lambda code: code == "LJ-1")
    assert asked("LJ-1") is True
    assert asked("LJ-2") is False
    assert asked in questions()


def test_two_answers_are_refused(asked):
    asked.answer(lambda code: True)
    with pytest.raises(ValueError, match="two answers"):
        asked.answer(lambda code: False)


def test_one_name_is_asked_once(asked):
    with pytest.raises(ValueError, match="asked twice"):
        Question("test.is_live", lambda code: False)
