"""Checks of the declarations: keys unique, routes and templates there, a clause named."""

from typing import Any

from django.core.checks import Error, Tags, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse

from itsm.registry import NavigationItem, Process, processes


@register(Tags.urls)
def declarations(**_options: Any) -> list[Error]:
    """Return an error for each declaration that cannot work."""
    found: list[Error] = []
    keys: set[str] = set()
    for process in processes():
        if process.key in keys:
            found.append(
                Error(f"Two apps declare the process “{process.key}”. Rename one.", id="itsm.E001")
            )
        keys.add(process.key)
        if not process.clause:
            found.append(Error(f"The process “{process.key}” names no clause.", id="itsm.E002"))
        found += [
            _route(process, item.url_name)
            for item in _flat(process.navigation)
            if not _there(item.url_name)
        ]
        found += [
            _route(process, page.url_name)
            for page in process.portal_pages
            if not _there(page.url_name)
        ]
        found += [
            _template(process, panel.template)
            for panel in process.panels
            if not _loads(panel.template)
        ]
    return found


def _flat(items: tuple[NavigationItem, ...]) -> list[NavigationItem]:
    return [inner for item in items for inner in (item, *item.children)]


def _there(name: str) -> bool:
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True


def _loads(name: str) -> bool:
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return False
    return True


def _route(process: Process, name: str) -> Error:
    return Error(
        f"“{process.key}” points to the route “{name}”, which does not exist.", id="itsm.E003"
    )


def _template(process: Process, name: str) -> Error:
    return Error(
        f"“{process.key}” names the template “{name}”, which does not exist.", id="itsm.E004"
    )
