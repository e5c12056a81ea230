"""What people type in on the pages of arrivals."""

from pathlib import Path
from typing import Any

from django import forms

from modelhub import env, outbound
from modelhub.errors import InputInvalid
from modelhub.registry.models import name_grammar
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.models import TrainingSource


class TrainingSourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A source whose location and credential fit its kind; nothing is called while it is saved."""

    class Meta:
        model = TrainingSource
        fields = (
            "name",
            "kind",
            "location",
            "credential_variable",
            "model",
            "is_enabled",
            "auto_import",
            "may_deploy",
        )
        help_texts = {
            "kind": "Directory: the models folder of a training service, on this machine or a mounted share. "
            "Training service: its HTTP API. MLflow registry: the tracking server with its model registry.",
            "location": "Directory: an absolute path, /srv/training/models. Training service: "
            "http://host:8001, with or without /api. MLflow: http://host:5000. Hosts in private networks "
            "must be listed in PRIVATE_HOSTS.",
            "credential_variable": "Only where the service asks for one: the name of an environment variable "
            "such as MODELHUB_SECRET_TRAINING. Its value is a bearer token, or user:password. The value is "
            "never stored here.",
        }
        labels = {
            "credential_variable": "Secret variable",
            "is_enabled": "Enabled",
            "auto_import": "Import new packages by itself",
            "may_deploy": "May ask for deployment packages",
        }

    def clean(self) -> dict[str, Any]:
        """The cleaned values; what does not fit the kind is said at its field."""
        values = super().clean() or {}
        location, variable = values.get("location"), values.get("credential_variable", "")
        is_directory = values.get("kind") == SourceKind.DIRECTORY
        if location and "kind" in values:
            problem = directory_problem(location) if is_directory else address_problem(location)
            if problem:
                self.add_error("location", problem)
        if variable and (problem := secret_problem(variable, is_directory=is_directory)):
            self.add_error("credential_variable", problem)
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


def address_problem(location: str) -> str:
    """Why the location cannot be the address of a source, as far as its spelling tells; empty when it can."""
    if "?" in location:
        return "Give the address without a query: http://host:port."
    try:
        outbound.check_address(location)
    except InputInvalid as refused:
        return refused.detail
    return ""


def secret_problem(variable: str, *, is_directory: bool) -> str:
    """Why the variable cannot hold this source's credential; empty when it can."""
    if is_directory:
        return "A directory needs no credential. Leave this empty."
    if not env.SECRET_NAME.fullmatch(variable):
        return "Give the variable's name, not its value: MODELHUB_SECRET_ and capitals, digits or _."
    return ""
