"""Writes Fixtures/mxnet/repeats.json: how far MXNet's runs of one network are from each other, on one machine.

    mxnet_repeats.py NETWORKS OPERATORS.py OUT.json

NETWORKS has a folder for each recorded network (NAME-symbol.json, NAME-0000.params, NAME-trace.npz); OPERATORS.py
registers the Python operators. Each network is run twice on the recorded inputs, with oneDNN and without, by
record_mxnet.py. Of the three runs, the recorded one among them, each pair is compared: the largest difference of an
element over the largest element of its recorded value, of all values that come before the first regions are proposed.
Those are the same layers on the same numbers, summed in other orders.
"""
import itertools, json, os, subprocess, sys, tempfile

import numpy as np

RECORDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "record_mxnet.py")


def record(folder, network, operators, inputs, output, one_dnn):
    stem = os.path.join(folder, network)
    environment = dict(os.environ, MXNET_MKLDNN_ENABLED=one_dnn, MXNET_STORAGE_FALLBACK_LOG_VERBOSE="0")
    subprocess.run(
        [sys.executable, "-W", "ignore", RECORDER, stem + "-0000.params", "--symbol", stem + "-symbol.json",
         "--import", operators, "--input", inputs, "-o", output], env=environment, check=True)
    return np.load(output)


def main(networks, operators, target):
    result = {}
    for network in sorted(os.listdir(networks)):
        folder = os.path.join(networks, network)
        recorded = np.load(os.path.join(folder, network + "-trace.npz"))
        with tempfile.TemporaryDirectory() as scratch:
            inputs = os.path.join(scratch, "inputs.npz")
            np.savez(inputs, **{name[7:]: recorded[name] for name in recorded.files if name.startswith("inputs/")})
            runs = [recorded] + [
                record(folder, network, operators, inputs, os.path.join(scratch, flag + ".npz"), flag)
                for flag in "01"]
            worst, count = (0.0, ""), 0
            for name in (name for name in recorded.files if name.startswith("activations/")):
                if name.startswith("activations/rois"):
                    break
                values = [run[name].astype(np.float64) for run in runs]
                scale = np.abs(values[0]).max() or 1.0
                distance = max(np.abs(a - b).max() for a, b in itertools.combinations(values, 2)) / scale
                worst, count = max(worst, (float("%.3g" % distance), name[12:])), count + 1
        result[network] = {"distance": worst[0], "at": worst[1], "values": count}
    with open(target, "w") as file:
        json.dump(result, file, indent=1, sort_keys=True)
        file.write("\n")


main(*sys.argv[1:])
