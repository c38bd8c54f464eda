"""Times one case of dcnbench in every framework that this Python has: prints {"name": milliseconds} as JSON.

usage: time_peers.py CASE   (CASE is a JSON object: operator, shapes, attributes, threads, repetitions)
"""

import json
import os
import sys
import time

case = json.loads(sys.argv[1])
threads = str(case["threads"])
os.environ.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads, MKL_NUM_THREADS=threads)

import numpy as np

random = np.random.RandomState(0)


def array(name, scale=1.0):
    return (random.standard_normal(case[name]) * scale).astype(np.float32)


def regions():
    corners = np.sort(random.uniform(0, 1, (case["regions"], 2, 2)), axis=2) * [[case["width"]], [case["height"]]]
    boxes = np.stack([corners[:, 0, 0], corners[:, 1, 0], corners[:, 0, 1], corners[:, 1, 1]], 1)
    return np.concatenate([np.zeros((len(boxes), 1)), boxes], 1).astype(np.float32)


def operands():
    data = array("data")
    if case["operator"] in ("Convolution", "DeformableConvolution"):
        return [data, array("weight", 0.02)] + ([array("offset", 2)] if "offset" in case else []) + (
            [array("mask")] if "mask" in case else [])
    return [data, regions()]


def torchvision():
    import torch
    from torchvision import ops
    torch.set_num_threads(case["threads"])
    torch.set_grad_enabled(False)
    tensors = [torch.from_numpy(one) for one in operands()]
    data, other, rest = tensors[0], tensors[1], tensors[2:]
    dilation, scale, bins = case.get("dilation"), case.get("scale"), case.get("bins")
    return {
        "Convolution": lambda: torch.nn.functional.conv2d(
            data, other, padding=dilation, dilation=dilation, groups=case["groups"]),
        "DeformableConvolution": lambda: ops.deform_conv2d(
            data, rest[0], other, padding=dilation, dilation=dilation, mask=rest[1] if len(rest) > 1 else None),
        "PSROIPooling": lambda: ops.ps_roi_pool(data, other, bins, scale),
        "ROIPooling": lambda: ops.roi_pool(data, other, bins, scale),
        "ROIAlign": lambda: ops.roi_align(data, other, bins, scale, case.get("samples", 2)),
    }.get(case["operator"])


def onnxruntime():
    import onnxruntime
    from onnx import TensorProto, helper
    arrays = operands()
    dilation = case.get("dilation")
    if case["operator"] in ("Convolution", "DeformableConvolution"):
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
            sampling_ratio=case["samples"], spatial_scale=case["scale"], coordinate_transformation_mode="output_half_pixel")
    elif case["operator"] == "ROIPooling":
        feeds = dict(zip(["x", "rois"], arrays))
        node = helper.make_node(
            "MaxRoiPool", list(feeds), ["y"], pooled_shape=[case["bins"]] * 2, spatial_scale=case["scale"])
    else:
        return None
    kinds = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64}
    graph = helper.make_graph(
        [node], "case", [helper.make_tensor_value_info(n, kinds[a.dtype], a.shape) for n, a in feeds.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = case["threads"]
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feeds)


def openvino():
    import openvino
    try:
        from openvino import opset8 as ops
    except ImportError:
        from openvino.runtime import opset8 as ops
    if case["operator"] not in ("Convolution", "DeformableConvolution") or case["groups"] > 1:
        return None
    arrays = operands()
    dilation = [case["dilation"]] * 2
    parameters = [ops.parameter(list(one.shape), np.float32) for one in arrays]
    weight = ops.constant(arrays[1])
    if case["operator"] == "Convolution":
        used = [parameters[0]]
        node = ops.convolution(used[0], weight, [1, 1], dilation, dilation, dilation)
    else:
        used = [parameters[0]] + parameters[2:]
        node = ops.deformable_convolution(
            used[0], used[1], weight, [1, 1], dilation, dilation, dilation, mask=used[2] if len(used) > 2 else None,
            deformable_group=case["deformableGroups"], bilinear_interpolation_pad="mask" in case)
    # Without the hint it may compute in bfloat16.
    compiled = openvino.Core().compile_model(
        openvino.Model([node], used), "CPU",
        {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": case["threads"]})
    request = compiled.create_infer_request()
    feeds = [arrays[0]] + arrays[2:]
    return lambda: request.infer(feeds)


def mxnet():
    import mxnet as mx
    nd = [mx.nd.array(one) for one in operands()]
    contrib = mx.nd.contrib
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
    elif case["operator"] == "PSROIPooling":
        run = lambda: contrib.PSROIPooling(
            nd[0], nd[1], spatial_scale=scale, output_dim=case["classes"], pooled_size=bins, group_size=bins)
    elif case["operator"] == "DeformablePSROIPooling":
        trans = mx.nd.array(array("trans"))
        run = lambda: contrib.DeformablePSROIPooling(
            nd[0], nd[1], trans, spatial_scale=scale, output_dim=case["classes"], pooled_size=bins, group_size=bins,
            part_size=bins, sample_per_part=case["samples"], trans_std=0.1)
    else:
        return None
    def wait():
        result = run()
        (result[0] if isinstance(result, list) else result).wait_to_read()

    return wait


def median(run):
    times = []
    for _ in range(case["repetitions"] + 1):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return sorted(times[1:])[(len(times) - 1) // 2]


results = {}
for peer in (torchvision, onnxruntime, openvino, mxnet):
    try:
        run = peer()
        if run:
            results[peer.__name__] = median(run)
    except ImportError:
        pass
    except Exception as error:
        print("%s: %s" % (peer.__name__, str(error).splitlines()[0] if str(error) else error), file=sys.stderr)
print(json.dumps(results))
