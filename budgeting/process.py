"""What finance adds to the product (ISO/IEC 20000-1:2018, 8.4.1)."""

from django.utils.translation import gettext_lazy as _

from itsm.registry import Process

PROCESS = Process(
    key="budgeting",
    title=_("Finance"),
    clause="8.4.1",
    question=_("Will we have money to pay expenses?"),
)
