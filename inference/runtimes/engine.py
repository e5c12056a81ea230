"""ONNX Runtime as this product runs it: one thread, no spinning, nothing written or sent."""

import os

# The official builds keep a device id and a queue of events under ~/.cache/Microsoft and upload them.
# The switch is read once, while the library loads; afterwards it would be too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime


def open_session(graph: bytes) -> onnxruntime.InferenceSession:
    """A session over a serialised graph; it starts no thread, and after the first one opens no file.

    Pools of several sessions in one process spin against each other, and a locked-down child may not
    start a thread: measured, sessions made after the first need no system call but those for memory.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
