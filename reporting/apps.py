"""Django's declaration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    """Reports (ISO/IEC 20000-1:2018, 9.4)."""

    name = "reporting"
    label = "reporting"
    verbose_name = _("Reports")
