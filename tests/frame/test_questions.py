"""What lower rooms ask of higher ones is answered, or says that it is not."""

import pytest

from chains.questions import Question


def test_every_question_of_the_house_has_an_answer() -> None:
    assert {question.name for question in Question.all} >= {"was_sold", "last_visit"}
    assert [question.name for question in Question.all if not question.is_answered] == []


def test_a_question_that_nobody_answers_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Question, "all", [])
    asked: Question[[int], bool] = Question("is_anybody_there")
    with pytest.raises(LookupError, match="Nobody answers is_anybody_there"):
        asked(1)
    asked.answered_by(lambda number: number > 0)
    assert asked(1) is True
