"""Scorers for probe children: the product's own, held to one of its engines."""

import sys
from collections.abc import Mapping

from inference.runtimes import catalog
from inference.runtimes.kernel import binding
from modelhub.artifacts.types import Role
from tests.fitted import Matrix


def in_the_kernel(blobs: Mapping[Role, bytes], features: Matrix) -> Matrix:
    """Fails where ONNX Runtime had to help."""
    scores = catalog.score_safe_form(blobs, features)
    if "onnxruntime" in sys.modules:
        raise AssertionError("ONNX Runtime was loaded")
    return scores


def in_onnx_runtime(blobs: Mapping[Role, bytes], features: Matrix) -> Matrix:
    """As on a machine without a compiler."""
    binding.present = lambda: None  # type: ignore[assignment]
    return catalog.score_safe_form(blobs, features)
