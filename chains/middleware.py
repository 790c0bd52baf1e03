"""What every request of a user who is signed in begins with."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


def user_language(respond: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Speak the language that the user chose, instead of the one that the browser asks for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        language = request.user.language if request.user.is_authenticated else ""
        if language not in dict(settings.LANGUAGES):
            return respond(request)
        with translation.override(language):
            return respond(request)

    return middleware
