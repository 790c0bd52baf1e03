"""The two kinds of page that most views are: a list of rows, and a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from config.ui.books import FORMATS
from config.ui.exports import ListRequest, export, wanted_format
from config.ui.filters import BaseFilterSet
from config.ui.forms import SavableForm
from config.ui.kept import ChosenColumns, ShownList, ViewsOfList, columns_of, name_of_list
from config.ui.paging import show_page
from config.ui.tables import BaseTable
from config.ui.workbooks import write_list

#: How many rows a page may have; a table begins with its own number.
PAGE_SIZES = (25, 50, 100)


@dataclass(frozen=True)
class PageLink:
    """A link of a page: a crumb, or a button on top of it, with an icon where it has one."""

    label: str | Promise
    url: str
    icon: str = ""


def list_page(
    request: ListRequest,
    *,
    table: Callable[..., BaseTable],
    filterset: type[BaseFilterSet],
    queryset: QuerySet[Any],
    title: str | Promise,
    nothing_yet: str | Promise,
    add: PageLink | None = None,
    links: Iterable[PageLink] = (),
    begin: PageLink | None = None,
    template_name: str = "ui/list_page.html",
    workbook: Callable[..., object] = write_list,
    **context: Any,
) -> HttpResponse:
    """Show a queryset as a table with filters; ``nothing_yet`` says what to do while there are no rows.

    ``add`` leads to the form of a new row, for those who may write one; ``links`` stand beside it. Where there are no
    rows yet ``begin`` stands in the place of ``add``, which alone stands beside it. To ``?export=``
    and a format the answer is a file of all rows that the filters leave, put into a book by ``workbook``.
    """
    filters = filterset(request.GET, queryset=queryset, request=request)
    rows, name = table(filters.qs), name_of_list(request)
    columns = ChosenColumns.of(columns_of(request.GET, request.kept.columns_of(name)), rows)
    if (file_format := wanted_format(request)) and filters.is_valid():
        _put_in_order(request, rows, filters)
        own = columns.names if columns.is_own else []
        if own:
            columns.show(rows)
        write = partial(workbook, table=rows, filters=filters, title=str(title), columns=own)
        return export(request, file_format=file_format, rows=filters.qs, columns=own, title=str(title), write=write)
    views = ViewsOfList(request.kept, name, request.GET, filters)
    shown_list = views.shown(request.path, columns)
    if request.GET.get("choose") == "columns":
        return _choose_columns(request, rows, columns, shown_list, title)
    columns.show(rows)
    _put_in_order(request, rows, filters)
    size = _page_size(request, rows._meta.per_page)
    show_page(rows, request.GET.get("page", ""), size)
    if begin and add and not len(rows.data) and not filters.chips():
        links, add = [add], begin
    shown = {
        "page_title": title,
        "table": rows,
        "filters": filters,
        "nothing_yet": nothing_yet,
        "add": add,
        "links": links,
        "export_formats": FORMATS.values() if request.may_export else (),
        "views": views,
        "list_token": shown_list.token(request.user.pk, request.space.url),
        "most_numbered": settings.MOST_NUMBERED,
        "page_size": size,
        "page_sizes": sorted({*PAGE_SIZES, rows._meta.per_page, size}),
    }
    return render(request, template_name, {**shown, **context})


def _put_in_order(request: ListRequest, table: BaseTable, filters: BaseFilterSet) -> None:
    """As the address asks for, where so many rows can be sorted by that; a file is in the order of its page."""
    table.data.known_count = filters.known_count
    RequestConfig(request, paginate=False).configure(table)
    if table.is_walked:
        table.sort_as_served()


def _choose_columns(
    request: ListRequest, table: BaseTable, columns: ChosenColumns, shown_list: ShownList, title: str | Promise
) -> HttpResponse:
    """The form of the columns, as a page of its own or within the list."""
    context = {
        "page_title": _("Columns of %(list)s") % {"list": title},
        "breadcrumbs": [PageLink(title, shown_list.address())],
        "choices": columns.choices(table),
        "list_token": shown_list.token(request.user.pk, request.space.url),
        "back": shown_list.address(),
    }
    return render(request, "ui/columns.html", context)


def _page_size(request: HttpRequest, usual: int) -> int:
    chosen = request.GET.get("size", "")
    return int(chosen) if chosen in {str(size) for size in PAGE_SIZES} else usual


def form_page(
    request: HttpRequest,
    *,
    form: SavableForm,
    save: Callable[[], object],
    title: str | Promise,
    button: str | Promise,
    saved: str | Promise,
    success_url: str,
    links: Iterable[PageLink] = (),
    template_name: str = "ui/form_page.html",
    **context: Any,
) -> HttpResponse:
    """Show a form; once it was sent and is valid, ``save`` it, say so and go on to ``success_url``.

    ``links`` stand on top as buttons. What saving finds impossible is shown like any other mistake.
    """
    if form.is_saved(save):
        messages.success(request, str(saved))
        return redirect(success_url)
    shown = {"page_title": title, "form": form, "button": button, "links": links}
    return render(request, template_name, {**shown, **context})


def confirm_page(
    request: HttpRequest,
    *,
    title: str | Promise,
    effects: Iterable[str | Promise],
    button: str | Promise,
    back: str,
    template_name: str = "ui/confirm_page.html",
    **context: Any,
) -> HttpResponse:
    """Ask before something is done: ``effects`` say what it will and will not do, ``back`` leaves all as it is."""
    shown = {"page_title": title, "effects": list(effects), "button": button, "back": back}
    return render(request, template_name, {**shown, **context})
