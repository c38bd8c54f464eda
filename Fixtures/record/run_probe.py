"""Runs the probe in this folder, and writes the answers that `dcnconv probe judge` reads.

Cases run in a process of their own, which is started again behind one that kills it.

Reads probe.json and inputs.npz; answers.npz holds one array for each case, called after it. A case that the framework
refuses is left out, and its message kept. OpenVINO runs in its own choice of precision unless --precision says f32.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


class Case:
    def __init__(self, case, arrays):
        self.name = case["name"]
        self.operator = case["operator"]
        self.given = case["attributes"]
        self.inputs = {one["name"]: arrays[one["array"]] for one in case["inputs"]}
        self.names = {one["name"]: one["array"] for one in case["inputs"]}

    def __getitem__(self, attribute):
        return self.given[attribute]

    @property
    def pads(self):
        return self["padBegin"] + self["padEnd"]


def onnxruntime(cases, folder, options):
    """One file for each case, made by onnx; kept beside the answers."""
    import onnx
    import onnxruntime as ort

    versions.update(framework="onnxruntime", version=ort.__version__)
    for case in cases:
        node, fed, held, opset = onnx_node(case)
        inputs = [onnx.helper.make_tensor_value_info(case.names[name], onnx.helper.np_dtype_to_tensor_dtype(
            array.dtype), array.shape) for name, array in fed.items()]
        output = onnx.helper.make_tensor_value_info(case.name, onnx.TensorProto.FLOAT, None)
        graph = onnx.helper.make_graph([node], "probe", inputs, [output], [
            onnx.numpy_helper.from_array(array, case.names[name]) for name, array in held.items()])
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)])
        model.ir_version = min(model.ir_version, 10)
        path = os.path.join(folder, case.name + ".onnx")
        onnx.save(model, path)

        def run():
            settings = ort.SessionOptions()
            settings.log_severity_level = 3
            session = ort.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
            return session.run(None, {case.names[name]: array for name, array in fed.items()})[0]

        answer(case, run)


def onnx_node(case):
    """The node, what it is fed, what the file holds, and the operator set."""
    import onnx

    def node(op, order, opset, **attributes):
        names = [case.names.get(name, "") if name else "" for name in order]
        while names and not names[-1]:
            names.pop()
        held = {name: array for name, array in case.inputs.items() if name in ("weight", "bias")}
        fed = {name: array for name, array in case.inputs.items() if name in order and name not in held}
        return onnx.helper.make_node(op, names, [case.name], **attributes), fed, held, opset

    if case.operator in ("DeformableConvolution", "Convolution", "Deconvolution"):
        window = dict(kernel_shape=case["kernel"], strides=case["stride"], dilations=case["dilation"], pads=case.pads,
                      group=case["groups"])
        if case.operator == "DeformableConvolution":
            return node("DeformConv", ["data", "weight", "offset", "bias", "mask"], 19,
                        offset_group=case["deformableGroups"], **window)
        if case.operator == "Convolution":
            return node("Conv", ["data", "weight", "bias"], 19, **window)
        return node("ConvTranspose", ["data", "weight", "bias"], 19, output_padding=case["adjustment"], **window)
    if case.operator == "Pooling":
        window = dict(kernel_shape=case["kernel"], strides=case["stride"], pads=case.pads,
                      ceil_mode=int(case["convention"] != "valid"))
        if case["function"] == "max":
            return node("MaxPool", ["data"], 19, **window)
        return node("AveragePool", ["data"], 19, count_include_pad=int(case["divisor"] == "padded"), **window)
    if case.operator == "ROIPooling":
        return node("MaxRoiPool", ["data", "rois"], 19, pooled_shape=case["pooledSize"],
                    spatial_scale=case["spatialScale"])
    if case.operator == "ROIAlign":
        rois = case.inputs.pop("rois")
        case.inputs["boxes"], case.names["boxes"] = np.ascontiguousarray(rois[:, 1:]), case.name + ".boxes"
        case.inputs["images"], case.names["images"] = rois[:, 0].astype(np.int64), case.name + ".images"
        return node("RoiAlign", ["data", "boxes", "images"], 16, mode="avg", output_height=case["pooledSize"][0],
                    output_width=case["pooledSize"][1], sampling_ratio=case["samplingRatio"],
                    spatial_scale=case["spatialScale"],
                    coordinate_transformation_mode="half_pixel" if is_half(case) else "output_half_pixel")
    raise NotImplementedError(case.operator)


def is_half(case):
    return case["coordinates"] == "halfPixel"


def mxnet(cases, folder, options):
    import mxnet as mx

    versions.update(framework="mxnet", version=mx.__version__)
    for case in cases:

        def run():
            prefix = os.path.join(folder, case.name)
            symbol = mx.sym.load(prefix + "-symbol.json")
            weights = {name.split(":", 1)[1]: array for name, array in mx.nd.load(prefix + "-0000.params").items()} \
                if os.path.exists(prefix + "-0000.params") else {}
            arrays = {array: mx.nd.array(case.inputs[name]) for name, array in case.names.items()}
            arrays.update(weights)
            executor = symbol.bind(mx.cpu(), {name: arrays[name] for name in symbol.list_arguments()},
                                   grad_req="null")
            return executor.forward(is_train=False)[0].asnumpy()

        answer(case, run)


def torch(cases, folder, options):
    import torch as t
    import torchvision as tv

    versions.update(framework="torch", version="torch %s, torchvision %s" % (t.__version__, tv.__version__))
    f = t.nn.functional
    for case in cases:
        x = {name: t.from_numpy(np.array(array)) for name, array in case.inputs.items()}

        def run():
            op = case.operator
            if op == "DeformableConvolution":
                return tv.ops.deform_conv2d(x["data"], x["offset"], x["weight"], x.get("bias"), case["stride"],
                                            case["padBegin"], case["dilation"], x.get("mask"))
            if op == "Convolution":
                return f.conv2d(x["data"], x["weight"], x.get("bias"), case["stride"], case["padBegin"],
                                case["dilation"], case["groups"])
            if op == "Deconvolution":
                return f.conv_transpose2d(x["data"], x["weight"], x.get("bias"), case["stride"], case["padBegin"],
                                          case["adjustment"], case["groups"], case["dilation"])
            if op == "Pooling":
                window = (case["kernel"], case["stride"], case["padBegin"])
                ceil = case["convention"] != "valid"
                if case["function"] == "max":
                    return f.max_pool2d(x["data"], *window, ceil_mode=ceil)
                return f.avg_pool2d(x["data"], *window, ceil_mode=ceil,
                                    count_include_pad=case["divisor"] == "padded")
            if op == "ROIPooling":
                return tv.ops.roi_pool(x["data"], x["rois"], case["pooledSize"], case["spatialScale"])
            if op == "ROIAlign":
                return tv.ops.roi_align(x["data"], x["rois"], case["pooledSize"], case["spatialScale"],
                                        case["samplingRatio"], is_half(case))
            raise NotImplementedError(op)

        with t.no_grad():
            answer(case, lambda: run().numpy())


def openvino(cases, folder, options):
    """Cases of one model run in one model: what an executor shares between layers shows."""
    import openvino as ov
    import openvino.opset8 as o8
    import openvino.opset9 as o9

    precision = options.precision or "default"
    versions.update(framework="openvino", version="%s, precision %s" % (ov.__version__, precision))
    core = ov.Core()
    models = {}
    for case in cases:
        models.setdefault(case.model, []).append(case)
    for group in models.values():
        feed = {}

        def parameter(case, name):
            feed[case.names[name]] = case.inputs[name]
            return o8.parameter(list(case.inputs[name].shape), np.float32, name=case.names[name])

        def build(case):
            op = case.operator
            if op in ("DeformableConvolution", "Convolution", "Deconvolution"):
                window = dict(strides=case["stride"], pads_begin=case["padBegin"], pads_end=case["padEnd"],
                              dilations=case["dilation"])
                w, groups = case.inputs["weight"], case["groups"]
                parts = [parameter(case, "data")]
                split = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
                if op == "DeformableConvolution":
                    parts.append(parameter(case, "offset"))
                    mask = [parameter(case, "mask")] if case["hasMask"] else []
                    y = o8.deformable_convolution(
                        parts[0], parts[1], o8.constant(w), mask=mask[0] if mask else None, group=groups,
                        deformable_group=case["deformableGroups"],
                        bilinear_interpolation_pad=case["border"] == "zero", **window)
                    parts += mask
                elif op == "Convolution":
                    y = o8.group_convolution(parts[0], o8.constant(split), **window)
                else:
                    y = o8.group_convolution_backprop_data(parts[0], o8.constant(split), **window)
                if "bias" in case.inputs:
                    y = o8.add(y, o8.constant(case.inputs["bias"].reshape(1, -1, 1, 1)))
                return y, parts
            x = parameter(case, "data")
            if op == "Pooling":
                window = dict(strides=case["stride"], pads_begin=case["padBegin"], pads_end=case["padEnd"],
                              kernel_shape=case["kernel"])
                rounding = "floor" if case["convention"] == "valid" else "ceil"
                if case["function"] == "max":
                    y = o8.max_pool(x, dilations=[1, 1], rounding_type=rounding, **window)
                    return y.output(0), [x]
                return o8.avg_pool(x, exclude_pad=case["divisor"] == "inside", rounding_type=rounding,
                                   **window), [x]
            if op == "ROIAlign":
                rois = case.inputs["rois"]
                return o9.roi_align(x, o8.constant(np.ascontiguousarray(rois[:, 1:])),
                                    o8.constant(rois[:, 0].astype(np.int32)), case["pooledSize"][0],
                                    case["pooledSize"][1], case["samplingRatio"], case["spatialScale"], "avg",
                                    "half_pixel_for_nn" if is_half(case) else "asymmetric"), [x]
            rois = parameter(case, "rois")
            if op == "ROIPooling":
                return o8.roi_pooling(x, rois, output_roi=case["pooledSize"], spatial_scale=case["spatialScale"],
                                      method="max"), [x, rois]
            if op == "PSROIPooling":
                return o8.psroi_pooling(x, rois, case["outputDim"], case["groupSize"], case["spatialScale"], 1, 1,
                                        "average"), [x, rois]
            if op == "DeformablePSROIPooling":
                trans = [parameter(case, "trans")] if case["hasTrans"] else []
                return o8.deformable_psroi_pooling(
                    x, rois, case["outputDim"], case["spatialScale"], case["groupSize"], "bilinear_deformable",
                    case["samplesPerPart"], case["samplesPerPart"], case["transStd"], case["partSize"],
                    offsets=trans[0] if trans else None), [x, rois] + trans
            raise NotImplementedError(op)

        results = {}

        def run_all():
            built = [build(case) for case in group]
            model = ov.Model([y for y, _ in built], [part for _, parts in built for part in parts], "probe")
            hints = {} if options.precision is None else {"INFERENCE_PRECISION_HINT": options.precision}
            request = core.compile_model(model, "CPU", hints).create_infer_request()
            request.infer(feed)
            for index, case in enumerate(group):
                results[case.name] = np.array(request.get_output_tensor(index).data)

        for index, case in enumerate(group):
            answer(case, (lambda: (run_all(), results[case.name])[1]) if index == 0
                   else (lambda: results[case.name]))


def ncnn(cases, folder, options):
    """One image at a time, and one region; fp32 storage, for ncnn's own choice is fp16."""
    import ncnn as nn

    versions.update(framework="ncnn", version=nn.__version__)

    def net(layer, names, held):
        lines = ["Input %s 0 1 %s" % (name, name) for name in names] + [layer]
        path = os.path.join(folder, "probe-ncnn")
        with open(path + ".param", "w") as file:
            file.write("7767517\n%d %d\n%s\n" % (len(lines), len(names) + 1, "\n".join(lines)))
        with open(path + ".bin", "wb") as file:
            file.write(held)
        one = nn.Net()
        for choice in ("use_vulkan_compute", "use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic",
                       "use_bf16_storage", "use_bf16_packed"):
            if hasattr(one.opt, choice):
                setattr(one.opt, choice, False)
        if one.load_param(path + ".param") or one.load_model(path + ".bin"):
            raise RuntimeError("ncnn does not load " + layer)
        return one

    def extract(one, feed):
        extractor = one.create_extractor()
        for name, array in feed.items():
            extractor.input(name, nn.Mat(np.ascontiguousarray(array)).clone())
        code, out = extractor.extract("y")
        if code:
            raise RuntimeError("ncnn ends with %d" % code)
        return np.array(out)

    for case in cases:

        def run():
            x = case.inputs
            if case.operator == "ROIPooling":
                layer = "ROIPooling c 2 1 x roi y 0=%d 1=%d 2=%r" % (
                    case["pooledSize"][1], case["pooledSize"][0], case["spatialScale"])
                one = net(layer, ["x", "roi"], b"")
                return np.stack([extract(one, {"x": x["data"][int(roi[0])], "roi": roi[1:]}) for roi in x["rois"]])
            w, bias = x["weight"], x.get("bias")
            (kh, kw), (sh, sw), (dh, dw) = case["kernel"], case["stride"], case["dilation"]
            (top, left), (bottom, right) = case["padBegin"], case["padEnd"]
            size = "0=%d 1=%d 11=%d 2=%d 12=%d 3=%d 13=%d 4=%d 15=%d 14=%d 16=%d 5=%d 6=%d" % (
                w.shape[0], kw, kh, dw, dh, sw, sh, left, right, top, bottom, bias is not None, w.size)
            names = ["data"]
            kind = "Convolution"
            if case.operator == "DeformableConvolution":
                names += ["offset"] + (["mask"] if case["hasMask"] else [])
                kind = "DeformableConv2D"
            elif case["groups"] > 1:
                kind, size = "ConvolutionDepthWise", size + " 7=%d" % case["groups"]
            layer = "%s c %d 1 %s y %s" % (kind, len(names), " ".join(names), size)
            held = b"\0\0\0\0" + w.tobytes() + (bias.tobytes() if bias is not None else b"")
            one = net(layer, names, held)
            return np.stack([extract(one, {name: x[name][image] for name in names})
                             for image in range(len(x["data"]))])

        answer(case, run)


versions = {}
place = None


def answer(case, run):
    """Writes the case's answer into the folder of the process, or why there is none."""
    with open(os.path.join(place, "now"), "w") as file:
        file.write(case.name)
    try:
        np.save(os.path.join(place, case.name + ".npy"), np.asarray(run()))
    except Exception as error:
        with open(os.path.join(place, case.name + ".txt"), "w") as file:
            file.write("%s: %s" % (type(error).__name__, str(error).strip().split("\n")[0][:300]))


def work(options, probe):
    """Runs the cases that have no answer yet."""
    global place
    place = options.work
    with np.load(os.path.join(HERE, "inputs.npz")) as archive:
        arrays = {name: archive[name] for name in archive.files if name != "meta"}
    done = {os.path.splitext(name)[0] for name in os.listdir(place)}
    models = {one["model"] for one in probe["cases"] if one["name"] not in done}
    cases = []
    for one in probe["cases"]:
        if one["model"] in models and one["name"] not in done:
            case = Case(one, arrays)
            case.model = one["model"]
            cases.append(case)
    {"onnxruntime": onnxruntime, "mxnet": mxnet, "torch": torch, "openvino": openvino, "ncnn": ncnn}[
        options.framework or probe["framework"]](cases, HERE, options)
    with open(os.path.join(place, "versions.json"), "w") as file:
        json.dump(versions, file)


def gather(options, probe, folder):
    """Starts the process as often as a case kills it."""
    for _ in probe["cases"]:
        command = [sys.executable, os.path.abspath(__file__)] + ([options.framework] if options.framework else [])
        command += ["--work", folder] + (["--precision", options.precision] if options.precision else [])
        status = subprocess.call(command)
        if status == 0:
            return
        with open(os.path.join(folder, "now")) as file:
            name = file.read()
        with open(os.path.join(folder, name + ".txt"), "w") as file:
            file.write("the process died of it" + (" (signal %d)" % -status if status < 0 else ""))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("framework", nargs="?", choices=["onnxruntime", "mxnet", "torch", "openvino", "ncnn"],
                         help="the one that the probe was made for, where none is given")
    options.add_argument("-o", "--output", default=os.path.join(HERE, "answers.npz"), help="where the answers go")
    options.add_argument("--precision", help="OpenVINO's INFERENCE_PRECISION_HINT; its own choice without")
    options.add_argument("--work", help=argparse.SUPPRESS)
    options = options.parse_args()
    with open(os.path.join(HERE, "probe.json")) as file:
        probe = json.load(file)
    if options.work:
        return work(options, probe)
    with tempfile.TemporaryDirectory() as folder:
        gather(options, probe, folder)
        with open(os.path.join(folder, "versions.json")) as file:
            meta = json.load(file)
        answers = {}
        for one in probe["cases"]:
            path = os.path.join(folder, one["name"])
            if os.path.exists(path + ".npy"):
                answers[one["name"]] = np.load(path + ".npy")
            elif os.path.exists(path + ".txt"):
                with open(path + ".txt") as file:
                    meta["refused." + one["name"]] = file.read()
        np.savez(options.output, meta=np.array(json.dumps(meta)), **answers)
    print("%s %s: %d answers, %d refused, in %s" % (
        meta["framework"], meta["version"], len(answers), len(probe["cases"]) - len(answers), options.output))


if __name__ == "__main__":
    main()
