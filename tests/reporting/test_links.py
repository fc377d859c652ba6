"""The figures of a report open the records behind them; the customer opens only what is published."""

import re

from itsm.models import Outage
from itsm.rendering import html
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import DeliveryObligation
from reporting.services.issue import issue
from reporting.services.links import links_of
from slas.models import Evaluation
from tests.reporting.conftest import AT, add_outage, signed_in
from tests.world import World


def addresses(page: str, beginning: str) -> set[str]:
    return set(re.findall(rf'href="({beginning}[0-9a-f-]{{36}}/)"', page))


def test_staff_go_from_a_figure_to_its_judgment_and_to_each_record(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    outage = add_outage(world)
    made = issue(obligation=owed, at=AT)
    client = signed_in(world.staff["REPORT_EDITOR"])
    with acting_as(SYSTEM):
        judged = Evaluation.objects.current().get(party=world.acme)

    page = client.get(f"/reports/{made.pk}/").content.decode()

    assert addresses(page, "/evaluations/") == {f"/evaluations/{judged.pk}/"}
    assert addresses(page, "/outages/") == {f"/outages/{outage.pk}/"}
    for address in addresses(page, "/(?:evaluations|outages)/"):
        assert client.get(address).status_code == 200


def test_a_customer_goes_from_a_figure_to_the_formula_with_its_numbers(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    add_outage(world)
    made = issue(obligation=owed, at=AT)
    viewer = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])

    page = viewer.get(f"/portal/reports/{made.pk}/").content.decode()
    (address,) = addresses(page, "/portal/agreements/figures/")
    trace = viewer.get(address).content.decode()

    assert not addresses(page, "/(?:evaluations|outages|service-events|decisions)/")
    # March 2025 in Madrid: 743 hours are 44,580 minutes, of which 60 were lost
    assert "44,580 − 0 − 60" in trace
    assert "<span>44,520</span><span>44,580</span>" in trace
    assert "OUT-2025-0001 Mail could not be sent" in trace
    assert not addresses(trace, "/(?:evaluations|outages|tickets|maintenance-windows)/")
    stranger = signed_in(world.people["bolt"]["CUSTOMER_APPROVER"])
    assert stranger.get(address).status_code == 404


def test_a_record_that_is_not_published_counts_but_keeps_its_title(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    add_outage(world, title="Secret draft", is_published=False)
    made = issue(obligation=owed, at=AT)
    viewer = signed_in(world.people["acme"]["CUSTOMER_VIEWER"])
    page = viewer.get(f"/portal/reports/{made.pk}/").content.decode()

    (address,) = addresses(page, "/portal/agreements/figures/")
    trace = viewer.get(address).content.decode()

    assert "44,580 − 0 − 60" in trace
    assert "OUT-2025-0001 not published" in trace
    assert "OUT-2025-0001 not published" in page
    for text in (page, trace, str(made.dataset)):
        assert "Secret draft" not in text


def test_links_change_neither_the_dataset_nor_the_paper_and_lead_to_no_record_that_is_gone(
    world: World, owed: DeliveryObligation, paper: list[int]
) -> None:
    outage = add_outage(world)
    made = issue(obligation=owed, at=AT)
    staff = world.staff["REPORT_EDITOR"]
    with acting_as(SYSTEM):
        before = links_of(made.dataset, staff, in_portal=False)
        Outage.objects.filter(pk=outage.pk).delete()
        after = links_of(made.dataset, staff, in_portal=False)

    assert f"outage:{outage.pk}" in before
    assert f"outage:{outage.pk}" not in after
    assert before.keys() - after.keys() == {f"outage:{outage.pk}"}
    assert "/outages/" not in html(made.dataset)
    assert "/evaluations/" not in html(made.dataset)
