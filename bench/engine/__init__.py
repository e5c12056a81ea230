"""Scoring one isolation forest: ours beside scikit-learn and beside stock skl2onnx with ONNX Runtime."""
