"""The hub for Python callers: load, deploy, roll back and predict, from a script or a service.

Importing this module is enough to make Django ready, so a plain script needs nothing else.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from modelhub.standalone import ensure_django

ensure_django()

from inference import prediction  # noqa: E402 (Django must be set up first)
from inference.config import ModelConfig  # noqa: E402
from inference.serving import loading  # noqa: E402
from inference.serving.slots import Slot  # noqa: E402
from modelhub import conf  # noqa: E402
from modelhub.artifacts import layout  # noqa: E402
from modelhub.errors import Code, InputInvalid, ModelhubError, Unavailable  # noqa: E402
from modelhub.facades import answered, called, caller  # noqa: E402
from modelhub.registry import lifecycle, presentation, references  # noqa: E402
from modelhub.registry.models import ModelVersion  # noqa: E402
from modelhub.transfers import importing  # noqa: E402
from modelhub.transfers import presentation as arrivals  # noqa: E402
from modelhub.transfers.sources import catalog  # noqa: E402

log = logging.getLogger(__name__)

Matrix = npt.NDArray[np.float64]


class ModelManager:
    """The operations of the API on one registered model, in this process.

    Loading, deploying and rolling back change what the whole hub serves, exactly as the endpoints of the
    same names do. The methods that answer ``bool`` never raise for a reason of the hub: they answer False,
    log why and keep the sentence in ``last_error``. Everything else raises ModelhubError.
    """

    def __init__(self, config: ModelConfig | None = None) -> None:
        self.config = config or ModelConfig()
        self.last_error = ""
        self._serving = ""  # the registered model that was loaded last, once something was

    async def load_model(self, model_path: str, scaler_path: str | None = None) -> bool:
        """Import the package that the file lies in, then load it as :meth:`load_model_version` does.

        ``model_path`` is a package's ``model.joblib``, its folder or its zip, ``scaler_path`` the
        ``scaler.joblib`` beside it. Neither file is opened here: the package goes through the quarantine
        as every other one. False where it is refused.
        """
        return await self._tried("load_model", self._load_package, model_path, scaler_path)

    async def load_model_version(self, version: str) -> bool:
        """The version (``LABEL``, ``NAME:LABEL``, ``NAME@ALIAS``) serves, here and in every process."""
        return await self._tried("load_model_version", self._load, version)

    async def deploy_model(self, version: str) -> bool:
        """The version passed its gates and serves by decision; False names the failed ones."""
        return await self._tried("deploy_model", self._deploy, version)

    async def rollback_model(self, version: str) -> bool:
        """The version, deployed once before, serves again by decision."""
        return await self._tried("rollback_model", self._roll_back, version)

    async def list_models(self) -> list[dict[str, Any]]:
        """Every version of the configured model, of all models without one: rows as ``GET /models``."""
        return await called(self._list)

    async def predict(self, features: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """scikit-learn's verdict on unscaled rows (n, n_features): int64 (n,), -1 anomaly, +1 normal.

        Raises InputInvalid (``features_invalid``, ``features_not_finite``), Unavailable
        (``no_model_loaded``).
        """
        return (await called(self._score, features)).batch.predictions

    async def predict_proba(self, features: npt.ArrayLike) -> Matrix:
        """Probabilities of unscaled rows, float64 (n, 2), columns normal and anomaly, rows sum to 1.

        The anomaly column is the share of training scores below the row's. Raises as :meth:`predict`.
        """
        return (await called(self._score, features)).probabilities

    async def import_model_from_training_service(
        self, model_path: str, validate: bool = True
    ) -> dict[str, Any]:
        """Import a package by its path in a training source; the answer of ``POST /import/{path}``.

        ``validate`` runs the quality checks after the import; the safety checks always run. Nothing is
        loaded. Raises ModelhubError with the reason kept on the transfer.
        """
        return await called(self._import, model_path, validate)

    def get_model_info(self, version: str | None = None) -> dict[str, Any] | None:
        """Everything known of the version, without one of what is loaded here; None where nothing is."""
        if version is None:
            slot = self._slot_in_memory()
            return answered(_details, slot.version.reference) if slot else None
        return answered(_details, self._reference(version))

    def is_model_loaded(self) -> bool:
        """True once this process holds a version of the model that it can predict with."""
        return self._slot_in_memory() is not None

    async def _tried(self, what: str, operation: Callable[..., None], *args: Any) -> bool:
        try:
            await called(operation, *args)
        except ModelhubError as error:
            self.last_error = error.detail
            log.warning("%s failed", what, extra={"code": str(error.code), "reason": error.detail})
            return False
        self.last_error = ""
        return True

    def _load(self, version: str) -> None:
        self._put_into_service(references.find(self._reference(version)))

    def _put_into_service(self, version: ModelVersion) -> None:
        lifecycle.load(version, caller(self.config.actor), reason=self.config.reason)
        self._hold(version)

    def _deploy(self, version: str) -> None:
        found = references.find(self._reference(version))
        lifecycle.deploy(found, caller(self.config.actor), reason=self.config.reason)
        self._hold(found)

    def _roll_back(self, version: str) -> None:
        found = references.find(self._reference(version))
        lifecycle.rollback(found, caller(self.config.actor), reason=self.config.reason)
        self._hold(found)

    def _hold(self, version: ModelVersion) -> None:
        """This process answers with the version; raises Unavailable where it cannot open it."""
        slot = loading.slot(version.model.name)
        if slot.version.pk != version.pk:
            raise Unavailable(
                Code.NO_MODEL_LOADED, f"{version} is to serve, but here {slot.version} goes on answering."
            )
        self._serving = version.model.name

    def _load_package(self, model_path: str, scaler_path: str | None) -> None:
        package = _package_of(model_path, scaler_path)
        row = importing.import_local(package, caller(self.config.actor), model_name=self.config.model or None)
        assert row.version is not None  # an import that raised nothing has its version
        self._put_into_service(row.version)

    def _import(self, model_path: str, validate: bool) -> dict[str, Any]:
        source = catalog.holding(model_path)
        name, actor = self.config.model or None, caller(self.config.actor)
        row = importing.import_package(source, model_path, actor, model_name=name, validate=validate)
        return arrivals.imported(row)

    def _list(self) -> list[dict[str, Any]]:
        versions = ModelVersion.objects.with_standing()
        if self.config.model:
            versions = versions.filter(model=references.find_model(self.config.model))
        return [presentation.summary(version) for version in versions]

    def _score(self, features: npt.ArrayLike) -> prediction.Prediction:
        return prediction.predict(loading.slot(self._model_name()), features)

    def _slot_in_memory(self) -> Slot | None:
        name = self._model_name()
        return next((held.slot for held in loading.held() if held.model_name == name), None)

    def _model_name(self) -> str:
        return self._serving or self.config.model or conf.default_model()

    def _reference(self, version: str) -> str:
        named = "@" in version or ":" in version
        return version if named or not self.config.model else f"{self.config.model}:{version}"


def _details(reference: str) -> dict[str, Any]:
    return presentation.details(references.find(reference))


def _package_of(model_path: str, scaler_path: str | None) -> Path:
    """The package folder or zip that the files belong to; raises InputInvalid (``param_invalid``)."""
    model = Path(model_path).absolute()
    if model.suffix == ".joblib" and model.name != layout.MODEL:
        raise InputInvalid(
            Code.PARAM_INVALID, f"A package's model is called {layout.MODEL}, not {model.name[:80]!r}."
        )
    package = model.parent if model.name == layout.MODEL else model
    if scaler_path is not None and Path(scaler_path).absolute() != package / layout.SCALER:
        raise InputInvalid(
            Code.PARAM_INVALID, f"The scaler must be the {layout.SCALER} of the same package as the model."
        )
    return package
