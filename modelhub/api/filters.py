"""Query parameters that narrow a list, read strictly."""

from django_filters import rest_framework as filters


class StrictFilters(filters.FilterSet):
    """An empty choice (``?status=``) is a mistake in the address, not the wish for everything: 422."""

    def is_valid(self) -> bool:
        """True when every parameter that is there can be used."""
        valid: bool = super().is_valid()
        choices = [name for name, one in self.filters.items() if isinstance(one, filters.ChoiceFilter)]
        empty = [name for name in choices if self.data.get(name) == ""]
        for name in empty:
            self.form.add_error(name, "Name one of the choices, or leave the parameter out.")
        return valid and not empty
