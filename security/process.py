"""What security adds to the product (ISO/IEC 20000-1:2018, 8.7.3)."""

from django.utils.translation import gettext_lazy as _

from itsm.registry import Process

PROCESS = Process(
    key="security",
    title=_("Security"),
    clause="8.7.3",
    question=_("Is the customer's information protected?"),
)
