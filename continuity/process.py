"""What continuity adds to the product (ISO/IEC 20000-1:2018, 8.7.2)."""

from django.utils.translation import gettext_lazy as _

from itsm.registry import Process

PROCESS = Process(
    key="continuity",
    title=_("Continuity"),
    clause="8.7.2",
    question=_("What if the service goes down?"),
)
