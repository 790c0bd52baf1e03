"""Who answers what lower rooms ask of higher ones: the one place where the house is tied together upwards."""

from chains.catalog.services import was_sold
from visits.history import was_on_a_bill


def answer_questions() -> None:
    was_sold.answered_by(was_on_a_bill)
