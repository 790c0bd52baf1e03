"""The house as a whole, once all of its rooms are there."""

from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "config"
    label = "house"

    def ready(self) -> None:
        # Models can only be imported when all of them are known.
        from config.answers import answer_questions

        answer_questions()
