"""What service levels adds to the product (ISO/IEC 20000-1:2018, 8.3.3)."""

from django.utils.translation import gettext_lazy as _

from itsm.registry import Process

PROCESS = Process(
    key="slas",
    title=_("Service levels"),
    clause="8.3.3",
    question=_("What may our customer claim?"),
)
