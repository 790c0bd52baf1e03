"""The two kinds of page that most views are: a list of rows, and a form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django_tables2 import RequestConfig

from config.ui.filters import BaseFilterSet
from config.ui.tables import BaseTable


def list_page(
    request: HttpRequest,
    *,
    table: type[BaseTable],
    filterset: type[BaseFilterSet],
    queryset: QuerySet[Any],
    title: str | Promise,
    nothing_yet: str | Promise,
    template_name: str = "ui/list_page.html",
    **context: Any,
) -> HttpResponse:
    """Show a queryset as a table with filters; ``nothing_yet`` says what to do while there are no rows."""
    filters = filterset(request.GET, queryset=queryset, request=request)
    rows = table(filters.qs)
    RequestConfig(request).configure(rows)
    shown = {"page_title": title, "table": rows, "filters": filters, "nothing_yet": nothing_yet}
    return render(request, template_name, {**shown, **context})


def form_page(
    request: HttpRequest,
    *,
    form: ModelForm[Any],
    title: str | Promise,
    button: str | Promise,
    saved: str | Promise,
    success_url: str,
    template_name: str = "ui/form_page.html",
    **context: Any,
) -> HttpResponse:
    """Show a form; once it is valid, save it, say so and go on to ``success_url``."""
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, str(saved))
        return redirect(success_url)
    shown = {"page_title": title, "form": form, "button": button}
    return render(request, template_name, {**shown, **context})
