"""Django's declaration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BudgetingConfig(AppConfig):
    """Finance (ISO/IEC 20000-1:2018, 8.4.1)."""

    name = "budgeting"
    label = "budgeting"
    verbose_name = _("Finance")
