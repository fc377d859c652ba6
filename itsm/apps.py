"""Django's declaration of the kernel."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ItsmConfig(AppConfig):
    """The shared kernel: catalogue, parties, records, accounts."""

    name = "itsm"
    label = "itsm"
    verbose_name = _("Services")

    def ready(self) -> None:
        """Register the checks of the declarations."""
        import_module("itsm.checks")
