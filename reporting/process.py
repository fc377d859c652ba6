"""What reports adds to the product (ISO/IEC 20000-1:2018, 9.4)."""

from django.utils.translation import gettext_lazy as _

from itsm.registry import Process

PROCESS = Process(
    key="reporting",
    title=_("Reports"),
    clause="9.4",
    question=_("What does the customer know about the service?"),
)
