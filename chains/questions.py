"""What a lower room must know of a higher one, which it never reads itself: it asks, and is answered from above.

A room that needs to know something declares a ``Question`` beside the code that asks it. Who answers is said in one
place for the whole house, ``config/answers.py``, once, when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
Answer = TypeVar("Answer")


class Question(Generic[P, Answer]):
    """Called like a function; what is asked and what the answer means stands where it is declared."""

    all: ClassVar[list[Question[..., Any]]] = []

    def __init__(self, name: str) -> None:
        self.name = name
        self._answers: Callable[P, Answer] | None = None
        Question.all.append(self)

    @property
    def is_answered(self) -> bool:
        return self._answers is not None

    def answered_by(self, function: Callable[P, Answer]) -> None:
        self._answers = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Answer:
        if self._answers is None:
            raise LookupError(f"Nobody answers {self.name}; see config/answers.py.")
        return self._answers(*args, **kwargs)
