"""What capacity adds to the product (ISO/IEC 20000-1:2018, 8.4.3)."""

from django.utils.translation import gettext_lazy as _

from itsm.registry import Process

PROCESS = Process(
    key="capacity",
    title=_("Capacity"),
    clause="8.4.3",
    question=_("How will we manage our workload?"),
)
