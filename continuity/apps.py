"""Django's declaration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContinuityConfig(AppConfig):
    """Continuity (ISO/IEC 20000-1:2018, 8.7.2)."""

    name = "continuity"
    label = "continuity"
    verbose_name = _("Continuity")
