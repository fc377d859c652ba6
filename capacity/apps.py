"""Django's declaration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CapacityConfig(AppConfig):
    """Capacity (ISO/IEC 20000-1:2018, 8.4.3)."""

    name = "capacity"
    label = "capacity"
    verbose_name = _("Capacity")
