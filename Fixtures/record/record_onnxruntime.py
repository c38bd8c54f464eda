"""Records what ONNX Runtime computes of each value of a model: pip install onnxruntime onnx numpy.

Graph optimisations are off, so that every value of the file is there. The graph is run in stretches, each a model of
its own that begins where the last one ended: every node is built and run once, however many values there are, and what
is in memory depends on --at-once, not on the model.
"""

import os
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dcnconv_trace as trace


def reads(graph_or_node):
    """The names that a node reads, or a body of one, those of its own bodies among them."""
    if isinstance(graph_or_node, onnx.GraphProto):
        names = {value.name for value in graph_or_node.output}
        for node in graph_or_node.node:
            names |= reads(node)
        return names
    names = {name for name in graph_or_node.input if name}
    for attribute in graph_or_node.attribute:
        for body in [attribute.g] * attribute.HasField("g") + list(attribute.graphs):
            names |= reads(body)
    return names


def stretches(graph, chosen, at_once):
    """The nodes that the chosen values need, cut so that each stretch yields a few of them."""
    needed, nodes = set(chosen), []
    for node in reversed(graph.node):
        if not needed.isdisjoint(node.output):
            needed |= reads(node)
            nodes.append(node)
    parts, count = [[]], 0
    for node in reversed(nodes):
        if count >= at_once:
            parts.append([])
            count = 0
        parts[-1].append(node)
        count += sum(name in chosen for name in node.output)
    return parts


def type_of(text, shape=None):
    """An ONNX type from what ONNX Runtime calls it: seq(tensor(float))."""
    kind, _, inner = text.partition("(")
    if kind == "tensor":
        number = getattr(onnx.TensorProto, inner[:-1].upper())
        return onnx.helper.make_tensor_type_proto(number, shape)
    made = {"seq": onnx.helper.make_sequence_type_proto, "optional": onnx.helper.make_optional_type_proto}
    return made[kind](type_of(inner[:-1]))


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


class Run:
    """A model that is run stretch by stretch; values stay as long as a later stretch reads them."""

    def __init__(self, model, folder, arrays):
        self.folder = folder
        self.held = {one.name: ("initializer", one) for one in model.graph.initializer}
        self.held.update(
            {one.values.name: ("sparse_initializer", one) for one in model.graph.sparse_initializer})
        self.shell = onnx.ModelProto()
        self.shell.CopyFrom(model)
        self.shell.graph.Clear()
        self.shell.graph.name = model.graph.name
        # By name: ONNX Runtime's value, and its type.
        self.values = {}
        self._keep(arrays, {
            value.name: value.type for value in model.graph.input if value.name in arrays})

    def _keep(self, arrays, types):
        for name, array in arrays.items():
            self.values[name] = (onnxruntime.OrtValue.ortvalue_from_numpy(array), types[name])

    def stretch(self, nodes, chosen, later):
        """Runs nodes.

        Returns: the chosen ones of their values by name.
        """
        model = onnx.ModelProto()
        model.CopyFrom(self.shell)
        graph = model.graph
        graph.node.extend(nodes)
        made = {name for node in nodes for name in node.output if name}
        read = set().union(*(reads(node) for node in nodes)) - made
        fed = {name: self.values[name] for name in sorted(read & self.values.keys())}
        for name, (_, kind) in fed.items():
            graph.input.add(name=name).type.CopyFrom(kind)
        for name in sorted(read & self.held.keys()):
            field, tensor = self.held[name]
            getattr(graph, field).append(tensor)
        names = [name for node in nodes for name in node.output if name in chosen or name and name in later]
        graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
        run = session(model, self.folder)
        found = run.run_with_ort_values(names, {name: value for name, (value, _) in fed.items()})
        kinds = {one.name: one.type for one in run.get_outputs()}
        self.values = {name: value for name, value in self.values.items() if name in later}
        for name, value in zip(names, found):
            if name in later:
                shape = value.shape() if value.is_tensor() else None
                self.values[name] = (value, type_of(kinds[name], shape))
        return {name: value for name, value in zip(names, found) if name in chosen}


def wanted_inputs(model):
    """name -> (shape with None where free, dtype) of the inputs that are no weights."""
    held = {one.name for one in model.graph.initializer}
    held |= {one.values.name for one in model.graph.sparse_initializer}
    wanted = {}
    for value in model.graph.input:
        if value.name in held:
            continue
        kind = value.type.tensor_type
        if not kind.elem_type:
            raise SystemExit("input '%s' is no tensor" % value.name)
        shape = None
        if kind.HasField("shape"):
            shape = [one.dim_value if one.HasField("dim_value") else None for one in kind.shape.dim]
        wanted[value.name] = (shape, onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type))
    return wanted


def main():
    options = trace.parser(__doc__)
    options.add_argument("model", help="an ONNX file")
    options.add_argument("--at-once", type=int, default=32, metavar="N", help="values that one run yields (32)")
    options = options.parse_args()
    folder = os.path.dirname(os.path.abspath(options.model))
    model = onnx.load(options.model, load_external_data=False)
    chosen = {name for node in model.graph.node for name in node.output if name and trace.is_chosen(name, options)}
    if not chosen:
        raise SystemExit("no value to record")
    # How dcnconv wrote positions of samples, where that rounds them once more.
    said = {entry.key: entry.value for entry in model.metadata_props}
    extra = {"coordinates": said["dcnconv.coordinates"]} if "dcnconv.coordinates" in said else {}
    with trace.Trace(options.output, framework="onnxruntime", version=onnxruntime.__version__, device="cpu",
                     precision="fp32", flushToZero=False, network=os.path.basename(options.model),
                     **extra) as recorded:
        arrays = trace.inputs(wanted_inputs(model), options)
        for name, array in arrays.items():
            recorded.input(name, array)
        run = Run(model, folder, arrays)
        parts = stretches(model.graph, chosen, max(1, options.at_once))
        later = [set()]
        for part in reversed(parts[1:]):
            later.append(later[-1].union(*(reads(node) for node in part)))
        for part, read in zip(parts, reversed(later)):
            for name, value in run.stretch(part, chosen, read).items():
                array = value.numpy() if value.is_tensor() else None
                if array is not None and not array.dtype.hasobject:
                    recorded.activation(name, array)
                else:
                    print("%s is no tensor of numbers, left out" % name, file=sys.stderr)
        trace.say(recorded, options)


if __name__ == "__main__":
    main()
