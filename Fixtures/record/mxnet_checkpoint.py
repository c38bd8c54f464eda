"""Makes Fixtures/mxnet/small-*: a checkpoint of MXNet, and its symbol as older versions spelled it.

    python mxnet_checkpoint.py OUTPUT_FOLDER        (MXNet 1.9.1)
"""

import copy
import json
import sys

import mxnet as mx


def network():
    data = mx.sym.Variable("data")
    x = mx.sym.Convolution(data, kernel=(3, 3), num_filter=2, no_bias=True, name="conv")
    x = mx.sym.BatchNorm(x, fix_gamma=False, use_global_stats=True, eps=1e-5, name="bn")
    x = mx.sym.Activation(x, act_type="relu", name="relu")
    box = mx.sym.FullyConnected(x, num_hidden=4, name="box")
    score = mx.sym.SoftmaxActivation(mx.sym.FullyConnected(x, num_hidden=3, name="score"), name="prob")
    return mx.sym.Group([score, box])


def weights(symbol):
    """Small numbers that tell the tensors apart; box has weights for testing beside those of training."""
    shapes, _, states = symbol.infer_shape(data=(1, 2, 4, 4))
    arg = {}
    for number, (name, shape) in enumerate(zip(symbol.list_arguments(), shapes)):
        if name != "data":
            count = mx.nd.array(list(range(mx.nd.zeros(shape).size)))
            arg[name] = count.reshape(shape) / 8 + number
    for name in ["box_weight", "box_bias"]:
        arg[name + "_test"] = arg[name] / 2
    aux = {name: mx.nd.ones(shape) for name, shape in zip(symbol.list_auxiliary_states(), states)}
    return arg, aux


def respell(symbol, key, version, auxiliary, leaked):
    """The symbol under an older version's names of fields."""
    symbol = copy.deepcopy(symbol)
    names = [node["name"] for node in symbol["nodes"]]
    kept = [i for i, name in enumerate(names) if auxiliary or not name.startswith("bn_moving")]
    number = {old: new for new, old in enumerate(kept)}
    nodes = []
    for old in kept:
        node = symbol["nodes"][old]
        attributes = node.pop("attrs", {})
        if node["op"] != "null" or leaked:
            node[key] = attributes
        node["inputs"] = [[number[e[0]], e[1]] + ([e[2]] if auxiliary else [])
                          for e in node["inputs"] if e[0] in number]
        nodes.append(node)
    result = {"nodes": nodes, "arg_nodes": [i for i, node in enumerate(nodes) if node["op"] == "null"],
              "heads": [[number[e[0]], e[1]] for e in symbol["heads"]]}
    if version:
        result["attrs"] = {"mxnet_version": ["int", version]}
    return result


def main(folder):
    symbol = network()
    arg, aux = weights(symbol)
    mx.model.save_checkpoint(folder + "/small", 0, symbol, arg, aux)
    saved = json.loads(symbol.tojson())
    for name, document in {
        "small-0.8.json": respell(saved, "param", None, auxiliary=False, leaked=False),
        "small-0.9.5.json": respell(saved, "attr", 905, auxiliary=True, leaked=True),
    }.items():
        with open(folder + "/" + name, "w") as file:
            json.dump(document, file, indent=1)


main(sys.argv[1])
