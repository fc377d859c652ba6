"""The glossary knows every model class."""

import re

from django.apps import apps

from tests.architecture.source import APPS, ROOT


def test_every_model_class_is_in_the_glossary() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    known = set(re.findall(r"`(\w+)`", text))
    models = {
        model.__name__
        for model in apps.get_models()
        if model._meta.app_label in APPS and not hasattr(model, "pgh_tracked_model")
    }

    assert models - known == set()
