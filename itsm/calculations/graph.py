"""Directed graphs given as edges: is there a way round, and what can be reached."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def find_cycle(edges: Iterable[tuple[Node, Node]]) -> tuple[Node, ...] | None:
    """Return one way round, its first node repeated at the end; None in an acyclic graph.

    An edge from a node to itself is the cycle (node, node). Which of several cycles is found
    depends only on the order of ``edges``. Time: nodes + edges; deep graphs need no deep stack.
    """
    following = _following(edges)
    done: set[Node] = set()
    for root in following:
        if root in done:
            continue
        path = [root]
        place = {root: 0}
        branches: list[Iterator[Node]] = [iter(following[root])]
        while path:
            node = next(branches[-1], None)
            if node is None:
                branches.pop()
                finished = path.pop()
                del place[finished]
                done.add(finished)
            elif node in place:
                return (*path[place[node] :], node)
            elif node not in done:
                place[node] = len(path)
                path.append(node)
                branches.append(iter(following.get(node, ())))
    return None


def reachable(edges: Iterable[tuple[Node, Node]], start: Node) -> frozenset[Node]:
    """Return the nodes that edges lead to from ``start``; itself only when on a cycle."""
    following = _following(edges)
    found: set[Node] = set()
    waiting = [start]
    while waiting:
        for node in following.get(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return frozenset(found)


def _following(edges: Iterable[tuple[Node, Node]]) -> dict[Node, dict[Node, None]]:
    following: dict[Node, dict[Node, None]] = defaultdict(dict)
    for start, end in edges:
        following[start][end] = None
    return dict(following)
