"""Records what ONNX Runtime computes of each value of a model: pip install onnxruntime onnx numpy.

Graph optimisations are off, so that every value of the file is there. Values are recorded a few at a time: what is
in memory depends on --at-once, not on the model.
"""

import os
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dcnconv_trace as trace

TYPES = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
    "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(int16)": np.int16, "tensor(int8)": np.int8,
    "tensor(uint64)": np.uint64, "tensor(uint32)": np.uint32, "tensor(uint16)": np.uint16,
    "tensor(uint8)": np.uint8, "tensor(bool)": np.bool_,
}


def session(model, folder):
    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    settings.log_severity_level = 3
    # A file beside the model: its external data are found from there.
    handle, path = tempfile.mkstemp(suffix=".onnx", prefix=".dcnconv-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(model.SerializeToString())
        return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    finally:
        os.remove(path)


def main():
    options = trace.parser(__doc__)
    options.add_argument("model", help="an ONNX file")
    options.add_argument("--at-once", type=int, default=32, metavar="N", help="values that one run yields (32)")
    options = options.parse_args()
    folder = os.path.dirname(os.path.abspath(options.model))
    model = onnx.load(options.model, load_external_data=False)
    held = {initializer.name for initializer in model.graph.initializer}
    held |= {initializer.values.name for initializer in model.graph.sparse_initializer}
    values = [name for node in model.graph.node for name in node.output if name and trace.is_chosen(name, options)]
    del model.graph.output[:]
    wanted = None
    # How dcnconv wrote positions of samples, where that rounds them once more.
    said = {entry.key: entry.value for entry in model.metadata_props}
    extra = {"coordinates": said["dcnconv.coordinates"]} if "dcnconv.coordinates" in said else {}
    with trace.Trace(options.output, framework="onnxruntime", version=onnxruntime.__version__, device="cpu",
                     precision="fp32", flushToZero=False, network=os.path.basename(options.model),
                     **extra) as recorded:
        for start in range(0, len(values), max(1, options.at_once)):
            names = values[start:start + max(1, options.at_once)]
            del model.graph.output[:]
            model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
            run = session(model, folder)
            if wanted is None:
                wanted = {
                    one.name: ([size if isinstance(size, int) else None for size in one.shape], TYPES[one.type])
                    for one in run.get_inputs() if one.name not in held}
                arrays = trace.inputs(wanted, options)
                for name, array in arrays.items():
                    recorded.input(name, array)
            for name, array in zip(names, run.run(names, arrays)):
                if isinstance(array, np.ndarray) and not array.dtype.hasobject:
                    recorded.activation(name, array)
                else:
                    print("%s is no tensor of numbers, left out" % name, file=sys.stderr)
        if not values:
            raise SystemExit("no value to record")
        trace.say(recorded, options)


if __name__ == "__main__":
    main()
