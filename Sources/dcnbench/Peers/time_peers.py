"""Times cases of dcnbench in every framework that this Python has, one repetition at a time.

Reads a line {"case": {...}} and prints {"peers": [names]}; then for each line {"run": name} prints its milliseconds.
A case has operator, shapes, attributes and threads; "gradients" asks for the backward pass alone.
"""

import json
import os
import subprocess
import sys
import time

out, sys.stdout = sys.stdout, sys.stderr  # what frameworks print must not get between the answers
threads = sys.argv[1]
os.environ.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads, MKL_NUM_THREADS=threads)

import numpy as np

case = {}
CONVOLUTIONS = ("Convolution", "DeformableConvolution")


def array(name, scale=1.0):
    return (random.standard_normal(case[name]) * scale).astype(np.float32)


def operands():
    data = array("data")
    if case["operator"] in CONVOLUTIONS:
        return [data, array("weight", 0.02)] + ([array("offset", 2)] if "offset" in case else []) + (
            [array("mask")] if "mask" in case else [])
    return [data, np.array(case["rois"], np.float32).reshape(-1, 5)] + (
        [array("trans")] if "trans" in case else [])


def torchvision():
    import torch
    from torchvision import ops
    if case["operator"] in ("network", "import"):
        return None
    torch.set_num_threads(case["threads"])
    tensors = [torch.from_numpy(one) for one in operands()]
    data, other, rest = tensors[0], tensors[1], tensors[2:]
    dilation, scale, bins = case.get("dilation"), case.get("scale"), case.get("bins")
    run = {
        "Convolution": lambda: torch.nn.functional.conv2d(
            data, other, padding=dilation, dilation=dilation, groups=case["groups"]),
        "DeformableConvolution": lambda: ops.deform_conv2d(
            data, rest[0], other, padding=dilation, dilation=dilation, mask=rest[1] if len(rest) > 1 else None),
        "ROIPooling": lambda: ops.roi_pool(data, other, bins, scale),
        "ROIAlign": lambda: ops.roi_align(data, other, bins, scale, case.get("samples", 2)),
    }.get(case["operator"])
    if not case.get("gradients"):
        torch.set_grad_enabled(False)
        return run
    if case["operator"] != "DeformableConvolution":
        return None
    torch.set_grad_enabled(True)
    for tensor in tensors:
        tensor.requires_grad_()
    result = run()
    head = torch.from_numpy(random.standard_normal(tuple(result.shape)).astype(np.float32))
    return lambda: torch.autograd.grad(result, tensors, head, retain_graph=True)


def onnxruntime():
    import onnxruntime
    from onnx import TensorProto, helper
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = case["threads"]
    if case["operator"] == "network":
        if "onnx" not in case:
            return None
        session = onnxruntime.InferenceSession(case["onnx"], settings, providers=["CPUExecutionProvider"])
        feeds = {"data": array("data", 100), "im_info": np.array([case["im_info"]], np.float32)}
        return lambda: session.run(None, feeds)
    if case.get("gradients") or case["operator"] == "import":
        return None
    arrays = operands()
    dilation = case.get("dilation")
    if case["operator"] in CONVOLUTIONS:
        window = dict(pads=[dilation] * 4, dilations=[dilation] * 2, group=case["groups"])
        feeds = dict(zip(["x", "w", "offset", "mask"], arrays))
        if "offset" in feeds:
            names = ["x", "w", "offset"] + (["", "mask"] if "mask" in feeds else [])
            node = helper.make_node(
                "DeformConv", names, ["y"], offset_group=case["deformableGroups"], **window)
        else:
            node = helper.make_node("Conv", ["x", "w"], ["y"], **window)
    elif case["operator"] == "ROIAlign":
        feeds = {"x": arrays[0], "rois": arrays[1][:, 1:], "batch": np.zeros(len(arrays[1]), np.int64)}
        node = helper.make_node(
            "RoiAlign", list(feeds), ["y"], output_height=case["bins"], output_width=case["bins"],
            sampling_ratio=case["samples"], spatial_scale=case["scale"],
            coordinate_transformation_mode="output_half_pixel")
    elif case["operator"] == "ROIPooling":
        feeds = dict(zip(["x", "rois"], arrays))
        node = helper.make_node(
            "MaxRoiPool", list(feeds), ["y"], pooled_shape=[case["bins"]] * 2, spatial_scale=case["scale"])
    else:
        return None
    kinds = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64}
    weights = []
    if "w" in feeds:
        # Weights are known before the first run, as they are in a network.
        weights = [helper.make_tensor("w", TensorProto.FLOAT, feeds["w"].shape, feeds.pop("w").tobytes(), raw=True)]
    graph = helper.make_graph(
        [node], "case", [helper.make_tensor_value_info(n, kinds[a.dtype], a.shape) for n, a in feeds.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feeds)


def openvino():
    import openvino
    try:
        from openvino import opset8, opset9
    except ImportError:
        from openvino.runtime import opset8, opset9
    if case["operator"] in ("network", "import") or case.get("gradients"):
        return None
    arrays = operands()
    parameters = [opset8.parameter(list(one.shape), np.float32) for one in arrays]
    feeds = arrays
    bins, scale, samples = case.get("bins"), case.get("scale"), case.get("samples")
    if case["operator"] in CONVOLUTIONS:
        window = [[1, 1]] + [[case["dilation"]] * 2] * 3
        groups, weight = case["groups"], arrays[1]
        used, feeds = [parameters[0]] + parameters[2:], [arrays[0]] + arrays[2:]
        if len(used) > 1:
            node = opset8.deformable_convolution(
                used[0], used[1], opset8.constant(weight), *window, mask=used[2] if len(used) > 2 else None,
                group=groups, deformable_group=case["deformableGroups"], bilinear_interpolation_pad="mask" in case)
        elif groups > 1:
            shape = (groups, weight.shape[0] // groups) + weight.shape[1:]
            node = opset8.group_convolution(used[0], opset8.constant(weight.reshape(shape)), *window)
        else:
            node = opset8.convolution(used[0], opset8.constant(weight), *window)
    elif case["operator"] == "ROIAlign":
        feeds = [arrays[0], np.ascontiguousarray(arrays[1][:, 1:])]
        used = [parameters[0], opset8.parameter([len(arrays[1]), 4], np.float32)]
        node = opset9.roi_align(
            used[0], used[1], opset8.constant(np.zeros(len(arrays[1]), np.int32)), bins, bins, samples, scale, "avg",
            "asymmetric")
    else:
        used = parameters
        node = {
            "ROIPooling": lambda: opset8.roi_pooling(
                used[0], used[1], output_roi=[bins, bins], spatial_scale=scale, method="max"),
            "PSROIPooling": lambda: opset8.psroi_pooling(
                used[0], used[1], case["classes"], bins, scale, 1, 1, "average"),
            "DeformablePSROIPooling": lambda: opset8.deformable_psroi_pooling(
                used[0], used[1], case["classes"], scale, bins, "bilinear_deformable", samples, samples, 0.1, bins,
                offsets=used[2]),
        }[case["operator"]]()
    # Without the hint it may compute in bfloat16.
    compiled = openvino.Core().compile_model(
        openvino.Model([node], used), "CPU",
        {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": case["threads"]})
    request = compiled.create_infer_request()
    for place, feed in enumerate(feeds):
        request.set_input_tensor(place, openvino.Tensor(np.ascontiguousarray(feed)))
    return request.infer


def mxnet():
    import mxnet as mx
    contrib = mx.nd.contrib
    if case["operator"] == "import":
        return lambda: mx.nd.save(case["output"], mx.nd.load(case["params"]))
    if case["operator"] == "network":
        symbol = mx.sym.load(case["symbol"])
        tensors = mx.nd.load(case["params"])
        given = {"data": mx.nd.array(array("data", 100)), "im_info": mx.nd.array([case["im_info"]])}
        arguments = {n: given[n] if n in given else tensors["arg:" + n] for n in symbol.list_arguments()}
        states = {n: tensors["aux:" + n] for n in symbol.list_auxiliary_states()}
        executor = symbol.bind(mx.cpu(), arguments, grad_req="null", aux_states=states)
        return lambda: [one.wait_to_read() for one in executor.forward(is_train=False)]
    nd = [mx.nd.array(one) for one in operands()]
    window = dict(kernel=(3, 3), num_group=case.get("groups"), pad=(case.get("dilation"),) * 2,
                  dilate=(case.get("dilation"),) * 2, no_bias=True)
    scale, bins = case.get("scale"), case.get("bins")
    filters = case.get("weight", [0])[0]
    if case["operator"] == "Convolution":
        run = lambda: mx.nd.Convolution(nd[0], nd[1], num_filter=filters, **window)
    elif case["operator"] == "DeformableConvolution" and "mask" in case:
        run = lambda: contrib.ModulatedDeformableConvolution(
            nd[0], nd[2], nd[3], nd[1], num_filter=filters, num_deformable_group=case["deformableGroups"], **window)
    elif case["operator"] == "DeformableConvolution":
        run = lambda: contrib.DeformableConvolution(
            nd[0], nd[2], nd[1], num_filter=filters, num_deformable_group=case["deformableGroups"], **window)
    elif case["operator"] == "ROIPooling":
        run = lambda: mx.nd.ROIPooling(nd[0], nd[1], pooled_size=(bins, bins), spatial_scale=scale)
    elif case["operator"] == "ROIAlign":
        run = lambda: contrib.ROIAlign(
            nd[0], nd[1], pooled_size=(bins, bins), spatial_scale=scale, sample_ratio=case["samples"])
    elif case["operator"] == "PSROIPooling":
        run = lambda: contrib.PSROIPooling(
            nd[0], nd[1], spatial_scale=scale, output_dim=case["classes"], pooled_size=bins, group_size=bins)
    elif case["operator"] == "DeformablePSROIPooling":
        run = lambda: contrib.DeformablePSROIPooling(
            nd[0], nd[1], nd[2], spatial_scale=scale, output_dim=case["classes"], pooled_size=bins, group_size=bins,
            part_size=bins, sample_per_part=case["samples"], trans_std=0.1)
    else:
        return None
    first = lambda result: result[0] if isinstance(result, list) else result
    if not case.get("gradients"):
        return lambda: first(run()).wait_to_read()
    if "mask" in case:
        return None  # its backward pass is for GPUs alone
    for one in nd:
        one.attach_grad()
    with mx.autograd.record():
        result = first(run())
    head = mx.nd.array(random.standard_normal(result.shape))
    result.wait_to_read()

    def backward():
        result.backward(head, retain_graph=True)
        for one in nd:
            if one.grad is not None:
                one.grad.wait_to_read()

    return backward


def mxnet_anew():
    """In a process of its own each time, as who converts a file runs it: MXNet keeps memory that it has used."""
    if case["operator"] != "import":
        return None
    import mxnet
    program = (
        "import sys, time, mxnet as mx\nstart = time.perf_counter()\n"
        "mx.nd.save(sys.argv[2], mx.nd.load(sys.argv[1]))\nprint((time.perf_counter() - start) * 1e3)")
    return lambda: float(subprocess.run(
        [sys.executable, "-c", program, case["params"], case["output"]], check=True, capture_output=True,
        text=True).stdout)


def ncnn():
    import ncnn
    kind = case["operator"]
    layer = {"Convolution": "Convolution" if case.get("groups") == 1 else "ConvolutionDepthWise",
             "DeformableConvolution": "DeformableConv2D", "PSROIPooling": "PSROIPooling", "ROIPooling": "ROIPooling",
             "ROIAlign": "ROIAlign"}.get(kind)
    is_deformable = kind == "DeformableConvolution"
    if layer is None or case.get("gradients") or (
            is_deformable and (case["groups"] > 1 or case["deformableGroups"] > 1)):
        return None
    arrays = operands()
    inputs, blob = ["x", "roi"], b""
    if kind in CONVOLUTIONS:
        weight = arrays.pop(1)
        inputs = ["x", "offset", "mask"][:len(arrays)]
        settings = "0=%d 1=3 2=%d 3=1 4=%d 5=0 6=%d" % (
            weight.shape[0], case["dilation"], case["dilation"], weight.size)
        if case["groups"] > 1:
            settings += " 7=%d" % case["groups"]
        blob = b"\0\0\0\0" + weight.tobytes()
    else:
        settings = "0=%d 1=%d 2=%r" % (case["bins"], case["bins"], case["scale"])
        settings += {"PSROIPooling": " 3=%d" % case["classes"], "ROIAlign": " 3=%d 4=0 5=1" % case["samples"]}.get(kind, "")
    lines = ["Input %s 0 1 %s" % (name, name) for name in inputs]
    lines.append("%s layer %d 1 %s y %s" % (layer, len(inputs), " ".join(inputs), settings))
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/m.param", "w") as file:
            file.write("7767517\n%d %d\n%s\n" % (len(lines), len(lines), "\n".join(lines)))
        with open(folder + "/m.bin", "wb") as file:
            file.write(blob)
        net = ncnn.Net()
        net.opt.num_threads = case["threads"]
        for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage", "bf16_packed"):
            if hasattr(net.opt, "use_" + name):
                setattr(net.opt, "use_" + name, False)
        if net.load_param(folder + "/m.param") or net.load_model(folder + "/m.bin"):
            return None
    copies = lambda one: ncnn.Mat(np.ascontiguousarray(one)).clone()
    if inputs[-1] == "roi":
        # It takes one region at a time.
        runs = [{"x": copies(arrays[0][0]), "roi": copies(roi[1:])} for roi in arrays[1]]
        for one in runs:
            one["x"] = runs[0]["x"]
    else:
        runs = [dict(zip(inputs, [copies(one[0]) for one in arrays]))]

    def run():
        for feeds in runs:
            extractor = net.create_extractor()
            for name, mat in feeds.items():
                extractor.input(name, mat)
            extractor.extract("y")

    return run


def prepared():
    runs = {}
    for peer in (torchvision, onnxruntime, openvino, mxnet, mxnet_anew, ncnn):
        try:
            random.seed(0)
            run = peer()
            if run:
                run()
                runs[peer.__name__] = run
        except ImportError:
            pass
        except Exception as error:
            message = str(error).splitlines()
            print("%s: %s" % (peer.__name__, message[0] if message else repr(error)), file=sys.stderr)
    return runs


random = np.random.RandomState(0)
runs = {}
for line in sys.stdin:
    request = json.loads(line)
    if "case" in request:
        case, runs = request["case"], {}
        runs = prepared()
        answer = {"peers": list(runs)}
    else:
        if case["operator"] == "import" and os.path.exists(case["output"]):
            os.remove(case["output"])  # what was there costs the time to cut it off
        start = time.perf_counter()
        own = runs[request["run"]]()
        answer = own if isinstance(own, float) else (time.perf_counter() - start) * 1e3
    print(json.dumps(answer), file=out, flush=True)
