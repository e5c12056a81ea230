"""Scoring one isolation forest: ours beside scikit-learn, numba and stock skl2onnx with ONNX Runtime."""
