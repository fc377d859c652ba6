"""Django's declaration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SlasConfig(AppConfig):
    """Service levels (ISO/IEC 20000-1:2018, 8.3.3)."""

    name = "slas"
    label = "slas"
    verbose_name = _("Service levels")
