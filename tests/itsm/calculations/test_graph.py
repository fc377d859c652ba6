"""Cycles and what can be reached."""

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from itsm.calculations.graph import find_cycle, reachable

EDGES = [("portal", "web"), ("web", "database"), ("portal", "mail"), ("mail", "database")]


def test_a_diamond_has_no_cycle():
    assert find_cycle(EDGES) is None
    assert find_cycle([]) is None


def test_a_cycle_is_given_as_the_way_round():
    assert find_cycle([*EDGES, ("database", "web")]) == ("web", "database", "web")


def test_an_edge_to_itself_is_a_cycle():
    assert find_cycle([("web", "web")]) == ("web", "web")


def test_everything_below_a_service_can_be_reached():
    assert reachable(EDGES, "portal") == {"web", "mail", "database"}
    assert reachable(EDGES, "database") == frozenset()
    assert reachable([*EDGES, ("database", "web")], "web") == {"web", "database"}


def test_a_chain_of_20_000_services_needs_no_deep_stack():
    chain = [(n, n + 1) for n in range(20_000)]

    assert find_cycle(chain) is None
    assert len(find_cycle([*chain, (20_000, 0)])) == 20_002
    assert len(reachable(chain, 0)) == 20_000


edges = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14)


@given(edges)
def test_a_cycle_is_found_exactly_when_no_order_exists(pairs):
    sorter = TopologicalSorter()
    for start, end in pairs:
        sorter.add(start, end)
    try:
        sorter.prepare()
        ordered = True
    except CycleError:
        ordered = False

    cycle = find_cycle(pairs)

    assert (cycle is None) is ordered
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(edge in pairs for edge in pairwise(cycle))
