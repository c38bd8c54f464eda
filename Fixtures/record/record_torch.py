"""Records what PyTorch's modules yield: pip install torch torchvision numpy.

MODEL is FILE.py:FUNCTION; the function returns a module and its inputs, as a dictionary in the order of forward's
parameters. A value is called after its module's path (layer1.0.conv1). With --names, which takes what
`dcnconv inspect MODULE.onnx --nodes --json` prints, it is called as in the ONNX file that torch.onnx.export made of
the same module (nodes are then called /layer1/layer1.0/conv1/Conv): that file is the model to verify.
"""

import json
import os
import runpy
import sys

import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dcnconv_trace as trace


def names_of_values(path):
    """The name of the last value that each module yields, by the module's path."""
    names = {}
    with open(path) as file:
        nodes = json.load(file)["nodes"]
    for node in nodes:
        if not node["name"].startswith("/"):
            continue
        module = ""
        for part in node["name"].split("/")[1:-1]:  # /layer1/layer1.0/conv1/Conv
            # A module inside another is called by its whole path or by its last part.
            module = part if part.startswith(module + ".") else (module + "." + part if module else part)
        names[module] = node["outputs"][0]["name"]
    return names


def main():
    options = trace.parser(__doc__)
    options.add_argument("model", metavar="FILE.py:FUNCTION", help="makes a module and its inputs")
    options.add_argument("--names", metavar="FILE.json", help="call values as this inspection's nodes do")
    options = options.parse_args()
    path, _, function = options.model.rpartition(":")
    module, inputs = runpy.run_path(path, run_name="dcnconv_import")[function]()
    module.eval()
    names = names_of_values(options.names) if options.names else None
    with trace.Trace(options.output, framework="torch", version=torch.__version__, device="cpu", precision="fp32",
                     flushToZero=False, network=os.path.basename(options.model)) as recorded:
        for name, tensor in inputs.items():
            recorded.input(name, tensor.detach().numpy())

        def listener(path):
            calls = [0]

            def hook(_, __, output):
                calls[0] += 1
                name = path if names is None else names.get(path)
                if not isinstance(output, torch.Tensor) or not name or not trace.is_chosen(name, options):
                    return
                if calls[0] > 1:
                    if names is not None:
                        raise SystemExit("%s runs more than once: its values cannot be told apart" % path)
                    name = "%s:%d" % (name, calls[0])
                # A copy: the next module may write in place.
                recorded.activation(name, output.detach().clone().numpy())

            return hook

        for path, part in module.named_modules():
            is_leaf = next(part.children(), None) is None
            if path and (is_leaf if names is None else path in names):
                part.register_forward_hook(listener(path))
        with torch.no_grad():
            module(*inputs.values())
        if not any(name.startswith("activations/") for name in recorded.names):
            raise SystemExit("no value to record")
        trace.say(recorded, options)


if __name__ == "__main__":
    main()
