"""Django's declaration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    """Security (ISO/IEC 20000-1:2018, 8.7.3)."""

    name = "security"
    label = "security"
    verbose_name = _("Security")
