"""Records what OpenVINO computes of each value of a model: pip install openvino numpy.

The CPU computes in fp32. All values that are recorded are results of one run, and so in memory at once: --values
chooses. A value that OpenVINO knows without its inputs is no value of its graph, and is left out.
"""

import os
import sys

import openvino

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dcnconv_trace as trace


def shape(one):
    sizes = one.get_partial_shape()
    return None if sizes.rank.is_dynamic else [None if size.is_dynamic else size.get_length() for size in sizes]


def coordinates(model):
    """How dcnconv wrote positions of samples, where that rounds them once more: the file's metadata say it."""
    where = ["framework", "dcnconv.coordinates"]
    return model.get_rt_info(where).astype(str) if model.has_rt_info(where) else None


def main():
    options = trace.parser(__doc__)
    options.add_argument("model", help="an ONNX file, or another that OpenVINO reads")
    options = options.parse_args()
    core = openvino.Core()
    model = core.read_model(options.model)
    names = [name for node in model.get_ordered_ops() if node.get_type_name() not in ("Parameter", "Constant", "Result")
             for output in node.outputs() for name in sorted(output.get_names()) if trace.is_chosen(name, options)]
    if not names:
        raise SystemExit("no value to record")
    results = {name for one in model.outputs for name in one.get_names()}
    model.add_outputs([name for name in names if name not in results])
    wanted = {one.get_any_name(): (shape(one), one.get_element_type().to_dtype()) for one in model.inputs}
    arrays = trace.inputs(wanted, options)
    run = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "CPU_DENORMALS_OPTIMIZATION": False})
    found = {name: array for one, array in run(arrays).items() for name in one.get_names()}
    with trace.Trace(options.output, framework="openvino", version=openvino.__version__, device="cpu",
                     precision="fp32", flushToZero=False, network=os.path.basename(options.model),
                     coordinates=coordinates(model)) as recorded:
        for name, array in arrays.items():
            recorded.input(name, array)
        for name in names:
            recorded.activation(name, found[name])
        trace.say(recorded, options)


if __name__ == "__main__":
    main()
