"""Keeps what a view gave to its template, as `response.context`, and nothing of the hundreds of templates beneath.

Django's own copies the context of each of them, whether or not a test looks at it.
"""

from collections.abc import Iterator

import pytest
from django.template import Context, RequestContext
from django.template.base import Template
from django.test.signals import template_rendered


def render(self: Template, context: Context) -> str:
    if isinstance(context, RequestContext) and context.template is self:
        template_rendered.send(sender=self, template=self, context=context)
    return self.nodelist.render(context)


@pytest.fixture(scope="session", autouse=True)
def _contexts_of_pages(django_test_environment: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Template, "_render", render)
        yield
