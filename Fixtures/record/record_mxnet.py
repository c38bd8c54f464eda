"""Records what MXNet computes of each value of a model: pip install mxnet==1.9.1 "numpy<1.24".

Python operators (the proposals of Deformable-ConvNets are some) come from --import FILE.py, which registers them.
"""

import os
import sys

# Fused subgraphs have no inner values, and other names.
os.environ.setdefault("MXNET_SUBGRAPH_BACKEND", "NONE")

import json
import runpy

import mxnet as mx
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dcnconv_trace as trace


def value_names(symbol):
    """The trace's name of each of the internals; None for variables."""
    internals = symbol.get_internals()
    nodes = json.loads(symbol.tojson())["nodes"]
    names = internals.list_outputs()
    count = {name: names.count(name) for name in set(names)}
    result = []
    number = -1
    seen = set()
    for index, name in enumerate(names):
        # A value belongs to the next node where it is another's, or where this node's value came before.
        if number < 0 or internals[index].name != nodes[number]["name"] or name in seen:
            number += 1
            seen = set()
        seen.add(name)
        if internals[index].name != nodes[number]["name"]:
            raise SystemExit("cannot number the value %s" % name)
        is_variable = nodes[number]["op"] == "null"
        result.append(None if is_variable else name if count[name] == 1 else "%s@%d" % (name, number))
    return result


def labels(symbol):
    """The variables that training alone looks at: second inputs of output operators such as SoftmaxOutput."""
    nodes = json.loads(symbol.tojson())["nodes"]
    found = {node["inputs"][1][0] for node in nodes if node["op"].endswith("Output") and len(node["inputs"]) > 1}
    return {nodes[index]["name"] for index in found if nodes[index]["op"] == "null"}


def main():
    options = trace.parser(__doc__)
    options.add_argument("model", help="prefix-0000.params, with prefix-symbol.json beside it")
    options.add_argument("--symbol", help="the symbol JSON")
    options.add_argument("--import", dest="imports", action="append", default=[], metavar="FILE.py",
                         help="run this first: it registers operators")
    options = options.parse_args()
    for path in options.imports:
        runpy.run_path(path, run_name="dcnconv_import")
    symbol = mx.sym.load(options.symbol or options.model.rsplit("-", 1)[0] + "-symbol.json")
    saved = mx.nd.load(options.model)
    if not isinstance(saved, dict):
        raise SystemExit("%s holds arrays without names" % options.model)
    weights = {name.split(":", 1)[-1]: array for name, array in saved.items()}
    # Weights that a release made for testing take their place (Deformable-ConvNets, lib/utils/load_model.py).
    for name in [name for name in weights if name.endswith("_test")]:
        weights[name[:-len("_test")]] = weights[name]
    arguments, auxiliaries = symbol.list_arguments(), symbol.list_auxiliary_states()
    fed = [name for name in arguments if name not in weights]
    unseen = labels(symbol)
    arrays = trace.inputs({name: (None, np.float32) for name in fed if name not in unseen}, options)
    if unseen.intersection(fed):
        shapes = dict(zip(arguments, symbol.infer_shape(**{name: array.shape for name, array in arrays.items()})[0]))
        weights.update({name: mx.nd.zeros(shapes[name]) for name in unseen.intersection(fed)})
    internals = symbol.get_internals()
    names = value_names(symbol)
    chosen = [(index, name) for index, name in enumerate(names) if name and trace.is_chosen(name, options)]
    if not chosen:
        raise SystemExit("no value to record")
    group = mx.sym.Group([internals[index] for index, _ in chosen])
    bound = group.list_arguments()
    executor = group.bind(
        mx.cpu(), {name: mx.nd.array(arrays[name]) if name in arrays else weights[name] for name in bound},
        aux_states={name: weights[name] for name in group.list_auxiliary_states() if name in auxiliaries},
        grad_req="null")
    with trace.Trace(options.output, framework="mxnet", version=mx.__version__, device="cpu", precision="fp32",
                     flushToZero=False, network=os.path.basename(options.model)) as recorded:
        for name, array in arrays.items():
            recorded.input(name, array)
        for (_, name), output in zip(chosen, executor.forward(is_train=False)):
            recorded.activation(name, output.asnumpy())
        trace.say(recorded, options)


if __name__ == "__main__":
    main()
