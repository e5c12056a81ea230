"""What people type in on the pages of arrivals."""

from pathlib import Path
from typing import Any

from django import forms

from modelhub.registry.models import name_grammar
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.models import TrainingSource


class TrainingSourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A directory source needs an absolute path of a readable directory on this machine."""

    class Meta:
        model = TrainingSource
        fields = ("name", "kind", "location", "model", "is_enabled")

    def clean(self) -> dict[str, Any]:
        """The cleaned values; a location that cannot be read is said at its field."""
        values = super().clean() or {}
        if values.get("kind") == SourceKind.DIRECTORY and (location := values.get("location")):
            problem = directory_problem(location)
            if problem:
                self.add_error("location", problem)
        return values


class UploadForm(forms.Form):
    """One package zip, and the registered model it goes to; empty means the default model."""

    file = forms.FileField(
        label="Package zip",
        help_text="The deployment zip of the training service, or a zip of a model folder.",
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip", "class": "mh-input"}),
        error_messages={"required": "Choose a zip file first."},
    )
    model_name = forms.CharField(
        label="Registered model",
        required=False,
        max_length=128,
        validators=[name_grammar],
        help_text="A new name makes a new registered model. Empty: the default model.",
        widget=forms.TextInput(attrs={"class": "mh-input", "list": "known-models", "autocomplete": "off"}),
    )


def directory_problem(location: str) -> str:
    """Why the location cannot be a directory source; empty when it can."""
    if "\x00" in location or not Path(location).is_absolute():
        return "Give the absolute path of a directory, beginning with /."
    try:
        if not Path(location).is_dir():
            return "There is no such directory on this machine. Check the path, or mount the share first."
        next(Path(location).iterdir(), None)
    except OSError:
        return "This directory cannot be read by the hub. Give its user read permission."
    return ""
