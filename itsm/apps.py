"""Django's declaration of the kernel."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ItsmConfig(AppConfig):
    """The shared kernel: catalogue, parties, records, accounts."""

    name = "itsm"
    label = "itsm"
    verbose_name = _("Services")
