"""What a form says about a field in which nothing stands: its name and what to do."""

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import Client

from itsm.templatetags.plimsoll import is_empty, wrong
from tests.world import World


class Everything(forms.Form):
    """A field of each kind."""

    name = forms.CharField(label="name")
    agreed = forms.BooleanField(label="agreed")
    roles = forms.MultipleChoiceField(
        label="roles", choices=[("a", "A")], widget=forms.CheckboxSelectMultiple
    )
    scope = forms.ChoiceField(label="scope", choices=[("a", "A")])
    logo = forms.FileField(label="logo")
    starts_at = forms.DateTimeField(label="start")
    due_date = forms.DateField(label="due")
    days = forms.IntegerField(label="days")


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("name", "“Name” is empty. Write it here."),
        ("agreed", "“Agreed” is not ticked. Tick it to go on."),
        ("roles", "“Roles” is empty. Tick at least one."),
        ("scope", "“Scope” is empty. Choose from the list."),
        ("logo", "“Logo” is empty. Choose a file."),
        ("starts_at", "“Start” is empty. Give the day and the time."),
        ("due_date", "“Due” is empty. Give the day."),
        ("days", "“Days” is empty. Write a number."),
    ],
)
def test_an_empty_field_is_named_with_what_to_do(field: str, words: str) -> None:
    bound = Everything({})[field]

    assert wrong(bound) == [words]
    assert is_empty(bound)
    assert words in render_to_string("components/field.html", {"field": bound})


def test_another_fault_keeps_its_own_words() -> None:
    bound = Everything({"days": "many"})["days"]

    assert wrong(bound) == ["Enter a whole number."]
    assert not is_empty(bound)


def test_the_summary_names_an_empty_field_once() -> None:
    words = render_to_string("components/form_errors.html", {"form": Everything({})})

    assert '<a href="#id_name">“Name” is empty. Write it here.</a>' in words
    assert "This field is required." not in words


@pytest.mark.django_db
def test_no_form_of_the_house_says_only_that_a_field_is_required(world: World) -> None:
    client = Client()
    client.force_login(world.administrator)

    answer = client.post("/services/new/", {})

    assert answer.status_code == 422
    assert "“Name” is empty. Write it here." in answer.content.decode()
    assert "This field is required." not in answer.content.decode()
