"""What is asked for before a token is made."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet

from modelhub.accounts import tokens


class TokenForm(forms.Form):
    """Who the token acts as, what it is for, and how long it is valid."""

    user = forms.ModelChoiceField(
        queryset=User.objects.none(),
        help_text="The token may do what this user may do. Make a user of its own for a program.",
        widget=forms.Select(attrs={"class": "mh-input"}),
    )
    name = forms.CharField(
        max_length=tokens.NAME_LENGTH,
        help_text="What it is for, so that it is recognised later: the program and its machine.",
        widget=forms.TextInput(attrs={"class": "mh-input", "autocomplete": "off"}),
    )
    days = forms.IntegerField(
        label="Valid for days",
        required=False,
        min_value=1,
        max_value=tokens.MOST_DAYS,
        help_text="Empty: it never expires.",
        widget=forms.NumberInput(attrs={"class": "mh-input"}),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = offered(by)


def offered(by: User) -> QuerySet[User]:
    """Active users that ``by`` may make tokens for: superusers act through superusers only."""
    users = User.objects.filter(is_active=True).order_by("username")
    return users if by.is_superuser else users.filter(is_superuser=False)
