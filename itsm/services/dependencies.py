"""Write the dependency graph: without cycles at any instant, also when two people write at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from itsm.calculations.graph import find_cycle
from itsm.models import Component, DependencyGroup, DependencyMember, Service

Node = Service | Component
FAR = datetime.max.replace(tzinfo=UTC)
_LOCK = 20000_8_24


class DependencyRefused(ValueError):
    """The dependency would make a cycle, points to itself, or needs more members than it has."""


@dataclass(frozen=True, slots=True)
class Edge:
    """``parent`` stands on ``child`` during [start, end)."""

    parent: tuple[str, str]
    child: tuple[str, str]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Dependency:
    """What is to be written: ``parent`` needs ``operator`` (ALL, ANY, K_OF_N with ``k``) of ``members``."""

    parent: Node
    members: Sequence[Node]
    operator: str
    starts_at: datetime
    k: int | None = None
    ends_at: datetime | None = None
    note: str = ""


@transaction.atomic
def save_dependency(wanted: Dependency, *, group: DependencyGroup | None = None) -> DependencyGroup:
    """Create the group with its members, or change ``group``; return it.

    Raises DependencyRefused with the path of the cycle, or what is wrong with the members. All writers
    of the graph wait for each other, so that two of them cannot close a cycle together.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    _check_members(wanted)
    _check_cycle(wanted, group)
    group = group or DependencyGroup()
    group.service = wanted.parent if isinstance(wanted.parent, Service) else None
    group.component = wanted.parent if isinstance(wanted.parent, Component) else None
    group.operator, group.k, group.note = wanted.operator, wanted.k, wanted.note
    group.starts_at, group.ends_at = wanted.starts_at, wanted.ends_at
    group.full_clean(exclude=["id"], validate_unique=False)
    group.save()
    _write_members(group, wanted.members)
    return group


def _write_members(group: DependencyGroup, members: Sequence[Node]) -> None:
    kept = {(m.service_id, m.component_id): m for m in group.members.all()}
    wanted = {
        (n.pk if isinstance(n, Service) else None, n.pk if isinstance(n, Component) else None)
        for n in members
    }
    for key, member in kept.items():
        if key not in wanted:
            member.delete()
    for service, component in wanted - kept.keys():
        DependencyMember.objects.create(group=group, service_id=service, component_id=component)


def _check_members(wanted: Dependency) -> None:
    if not wanted.members:
        raise DependencyRefused(_("Choose at least one service or component that it stands on."))
    if wanted.operator == "K_OF_N" and (
        wanted.k is None or not 1 <= wanted.k <= len(wanted.members)
    ):
        raise DependencyRefused(
            _("%(parent)s would need %(k)s of %(n)s members. Give a number from 1 to %(n)s.")
            % {"parent": wanted.parent, "k": wanted.k or 0, "n": len(wanted.members)}
        )
    if any(_node(member) == _node(wanted.parent) for member in wanted.members):
        raise DependencyRefused(
            _("%(parent)s cannot stand on itself: %(parent)s → %(parent)s.")
            % {"parent": wanted.parent}
        )


def _check_cycle(wanted: Dependency, group: DependencyGroup | None) -> None:
    names = {_node(node): str(node) for node in (wanted.parent, *wanted.members)}
    start, end = wanted.starts_at, wanted.ends_at or FAR
    edges = [
        edge
        for edge in graph_edges(without=group, names=names)
        if edge.start < end and edge.end > start
    ]
    new = [Edge(_node(wanted.parent), _node(member), start, end) for member in wanted.members]
    for at in sorted({start, *(edge.start for edge in edges if edge.start > start)}):
        standing = [(e.parent, e.child) for e in (*new, *edges) if e.start <= at < e.end]
        cycle = find_cycle(standing)
        if cycle:
            path = " → ".join(names[node] for node in cycle)
            raise DependencyRefused(
                _("This would make a circle: %(path)s. Remove one of these dependencies first.")
                % {"path": path}
            )


def graph_edges(
    *, without: DependencyGroup | None = None, names: dict[tuple[str, str], str] | None = None
) -> Iterator[Edge]:
    """Yield every edge of the graph that is in use; fill ``names`` with what the nodes are called."""
    members = DependencyMember.objects.filter(group__archived_at=None).select_related(
        "group", "group__service", "group__component", "service", "component"
    )
    if without is not None and without.pk:
        members = members.exclude(group=without.pk)
    for member in members:
        parent, child = (
            member.group.service or member.group.component,
            member.service or member.component,
        )
        if names is not None:
            names[_node(parent)], names[_node(child)] = str(parent), str(child)
        yield Edge(_node(parent), _node(child), member.group.starts_at, member.group.ends_at or FAR)


def _node(node: Node) -> tuple[str, str]:
    return type(node).__name__, str(node.pk)
