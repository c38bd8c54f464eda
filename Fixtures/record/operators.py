"""Records small runs of MXNet 1.9.1's operators, their borders on purpose: operators.npz and operators.json beside it.

    python operators.py Fixtures/mxnet/operators.npz

A case is a symbol JSON of one node with the given attribute texts. The npz holds CASE/in/NAME and CASE/out/K, all in
fp32; the JSON the node of each case.
"""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
os.environ["MXNET_STORAGE_FALLBACK_LOG_VERBOSE"] = "0"
os.environ["MXNET_MKLDNN_ENABLED"] = "0"
import numpy as np

np.bool = np.bool_
import mxnet as mx

RANDOM = np.random.RandomState(20261122)
NAN, INF = float("nan"), float("inf")
CASES, ARRAYS = [], {}


def normal(*shape, scale=1.0):
    return (RANDOM.randn(*shape) * scale).astype(np.float32)


def whole(*shape, least=-4, most=5):
    return RANDOM.randint(least, most, shape).astype(np.float32)


def case(op, attributes, *inputs):
    attributes = {key: str(value) for key, value in attributes.items()}
    arrays = [np.asarray(array, np.float32) for array in inputs]
    nodes = [{"op": "null", "name": "in%d" % k, "inputs": []} for k in range(len(arrays))]
    nodes.append({"op": op, "name": "n", "attrs": attributes, "inputs": [[k, 0, 0] for k in range(len(arrays))]})
    symbol = mx.sym.load_json(json.dumps({
        "nodes": nodes, "arg_nodes": list(range(len(arrays))), "heads": [[len(arrays), 0, 0]],
        "attrs": {"mxnet_version": ["int", 10901]}}))
    internals = symbol.get_internals()
    symbol = mx.sym.Group([internals[k] for k in range(len(arrays), len(internals.list_outputs()))])
    values = {"in%d" % k: mx.nd.array(array) for k, array in enumerate(arrays)}
    auxiliary = {name: values.pop(name) for name in symbol.list_auxiliary_states()}
    executor = symbol.bind(mx.cpu(), values, aux_states=auxiliary, grad_req="null")
    outputs = [out.asnumpy().astype(np.float32) for out in executor.forward(is_train=False)]
    name = "c%03d" % len(CASES)
    CASES.append({
        "case": name, "op": op, "attrs": attributes, "input_order": ["in%d" % k for k in range(len(arrays))],
        "inputs": {"in%d" % k: list(array.shape) for k, array in enumerate(arrays)},
        "outputs": [list(out.shape) for out in outputs]})
    for k, array in enumerate(arrays):
        ARRAYS["%s/in/in%d" % (name, k)] = array
    for k, out in enumerate(outputs):
        ARRAYS["%s/out/%d" % (name, k)] = out


MAP = normal(2, 6, 5, 7)
SPECIAL = np.array([0, -0.0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 1e-30, -1e-30, 3e5, -3e5, 20.5, -20.5, INF, -INF,
                    NAN, 0.25, 88, -88], np.float32).reshape(2, 11)
POSITIVE = abs(normal(3, 8)) + 0.1

# Convolutions and dense layers
G = dict(kernel="(3, 2)", stride="(2, 1)", pad="(1, 0)", dilate="(1, 2)", num_filter=4, num_group=2)
case("Convolution", G, MAP, normal(4, 3, 3, 2), normal(4))
case("Convolution", dict(kernel="(3,)", num_filter=3, no_bias="True"), normal(2, 4, 9), normal(3, 4, 3))
case("Deconvolution", dict(kernel="(4, 4)", stride="(2, 2)", pad="(1, 1)", num_filter=4, num_group=2), MAP,
     normal(6, 2, 4, 4))
case("FullyConnected", dict(num_hidden=5), MAP, normal(5, 210, scale=0.1), normal(5))
case("FullyConnected", dict(num_hidden=5, flatten="False", no_bias="True"), MAP, normal(5, 7))
OFFSETS = np.array([-1, -0.5, 0, 0.5, 1, 4, 4.5, 5, -30, 1e6], np.float32)
case("_contrib_DeformableConvolution",
     dict(kernel="(3, 3)", pad="(1, 1)", num_filter=4, num_deformable_group=2, no_bias="True"),
     MAP, RANDOM.choice(OFFSETS, (2, 36, 5, 7)), normal(4, 6, 3, 3))
case("_contrib_DeformableConvolution", dict(kernel="(1, 1)", num_filter=2),
     normal(1, 2, 1, 1), [[[[0.5]], [[0.0]]]], normal(2, 2, 1, 1), normal(2))
case("_contrib_ModulatedDeformableConvolution",
     dict(kernel="(3, 3)", pad="(1, 1)", num_filter=4, num_group=2, num_deformable_group=2, no_bias="True"),
     MAP, RANDOM.choice(OFFSETS, (2, 36, 5, 7)), abs(normal(2, 18, 5, 7)), normal(4, 3, 3, 3))

# Windows and normalisation
for convention in ("valid", "full"):
    for function in ("max", "avg", "sum"):
        case("Pooling", dict(kernel="(3, 2)", stride="(2, 2)", pad="(1, 0)", pool_type=function,
                             pooling_convention=convention), MAP)
case("Pooling", dict(kernel="(3, 3)", pad="(1, 1)", pool_type="avg", count_include_pad="False"), MAP)
case("Pooling", dict(global_pool="True", pool_type="avg"), MAP)
case("BatchNorm", dict(fix_gamma="False", eps="1e-5"), MAP, normal(6), normal(6), normal(6), abs(normal(6)))
case("BatchNorm", dict(), MAP, normal(6), normal(6), normal(6), abs(normal(6)))
for mode in ("instance", "channel", "spatial"):
    case("L2Normalization", dict(mode=mode), MAP)
    case("L2Normalization", dict(mode=mode, eps="0.5"), normal(2, 3, 4))
case("L2Normalization", dict(), np.zeros((2, 3, 2, 2)))
for size in (1, 3, 5):
    case("LRN", dict(nsize=size, alpha="0.01", beta="0.75", knorm="2"), MAP)
case("UpSampling", dict(scale=2, sample_type="nearest", num_args=2), normal(1, 2, 4, 6), normal(1, 3, 2, 3))
for attributes, data in (
        (dict(height=9, width=4), MAP), (dict(height=9, width=4, align_corners="False"), MAP),
        (dict(height=5, width=7), MAP), (dict(height=1, width=1), MAP),
        (dict(height=1, width=3, align_corners="False"), MAP), (dict(height=4, width=3), normal(1, 2, 1, 1)),
        (dict(scale_height="1.5", scale_width="0.4", align_corners="False"), MAP)):
    case("_contrib_BilinearResize2D", attributes, data)
case("_contrib_BilinearResize2D", dict(mode="like"), MAP, normal(1, 1, 3, 10))

# Functions of one element
for function in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
    case("Activation", dict(act_type=function), SPECIAL)
for function in ("leaky", "elu", "selu", "gelu"):
    case("LeakyReLU", dict(act_type=function, slope="0.1"), SPECIAL)
for gamma in (normal(6), normal(1)):
    case("LeakyReLU", dict(act_type="prelu"), MAP, gamma)
case("LeakyReLU", dict(act_type="prelu"), normal(4, 6), normal(1, 6))
case("LeakyReLU", dict(act_type="rrelu", lower_bound="0.1", upper_bound="0.3"), MAP)
case("hard_sigmoid", dict(), SPECIAL)
case("hard_sigmoid", dict(alpha="0.3", beta="0.1"), normal(3, 8, scale=3))
for function in ("abs negative sign reciprocal square floor ceil trunc round rint fix cbrt exp expm1 erf").split():
    case(function, {}, SPECIAL)
    case(function, {}, normal(3, 8))
for function in "sqrt rsqrt log log2 log10 log1p".split():
    case(function, {}, POSITIVE)
    case(function, {}, [0.0, 1, INF, NAN])
for function in "sin cos tan".split():
    case(function, {}, normal(3, 8, scale=3))
for scalar in ("2.5", "-0.1"):
    for word in ("plus", "minus", "rminus", "mul", "div", "rdiv", "maximum", "minimum"):
        case("_%s_scalar" % word, dict(scalar=scalar), SPECIAL)
for scalar in ("2", "-0.5", "0.3"):
    case("_power_scalar", dict(scalar=scalar), POSITIVE)
    if scalar != "-0.5":
        case("_rpower_scalar", dict(scalar=scalar), normal(3, 8))
case("clip", dict(a_min="-1", a_max="0.7"), SPECIAL)
case("clip", dict(a_min="-inf", a_max="1"), SPECIAL)
case("clip", dict(a_min="2", a_max="-2"), SPECIAL)
case("smooth_l1", dict(scalar="3"), normal(3, 8))
case("Cast", dict(dtype="float16"), normal(3, 8, scale=100))
case("Cast", dict(dtype="int32"), normal(3, 8, scale=5))
case("Cast", dict(dtype="uint8"), abs(normal(3, 8, scale=50)))
case("Cast", dict(dtype="bool"), [0, 0.5, -1, 3, -0.0])
case("Dropout", dict(p="0.5"), MAP)
case("BlockGrad", {}, MAP)
case("softmax", dict(axis=1, temperature="0.5"), MAP)
case("SoftmaxActivation", dict(mode="channel"), MAP)
case("SoftmaxOutput", dict(multi_output="True"), MAP, np.zeros((2, 5, 7)))
case("broadcast_add", {}, normal(3, 1, 5), normal(1, 4, 1))
case("broadcast_power", {}, POSITIVE, normal(3, 1))
case("elemwise_div", {}, SPECIAL, SPECIAL[::-1])
case("add_n", dict(num_args=3), MAP, normal(2, 6, 5, 7), normal(2, 6, 5, 7))

# What moves elements
case("transpose", {}, MAP)
case("transpose", dict(axes="(0, 2, 3, 1)"), MAP)
case("transpose", dict(axes="(3, 0, 1, 2)"), MAP)
case("SwapAxis", dict(dim1=1, dim2=3), MAP)
case("SliceChannel", dict(num_outputs=3), MAP)
case("SliceChannel", dict(num_outputs=5, axis=2, squeeze_axis="True"), MAP)
case("slice_like", dict(axes="(2, -1)"), MAP, np.zeros((1, 1, 3, 4)))
case("slice_axis", dict(axis=-1, begin=2, end=-3), MAP)
for mode in ("constant", "edge", "reflect"):
    case("Pad", dict(mode=mode, pad_width="(0, 0, 0, 0, 1, 2, 3, 4)", constant_value="1.5"), MAP)
    case("Pad", dict(mode=mode, pad_width="(0, 0, 0, 0, 0, 1, 2, 0, 1, 1)"), normal(1, 2, 3, 4, 3))
case("Flatten", {}, MAP)
case("Reshape", dict(shape="(0, -4, 2, -1, -2)"), MAP)
case("expand_dims", dict(axis=-2), MAP)
case("squeeze", {}, normal(1, 3, 1, 2))
case("Concat", dict(num_args=2, dim=2), MAP, normal(2, 6, 2, 7))
case("Crop", dict(num_args=2, offset="(2, 3)"), MAP, np.zeros((1, 1, 3, 4)))

# Reductions
TIES = whole(2, 3, 4, 5, least=-2, most=3)
HOLES = TIES.copy()
HOLES[0, 1, 2, 3] = HOLES[1, 0, 0, 0] = NAN
for function in "sum mean max min prod".split():
    for attributes in ({}, dict(axis="1"), dict(axis="(2, 3)", keepdims="True"), dict(axis="(0, 2)", exclude="True"),
                       dict(axis="(-1,)")):
        case(function, attributes, normal(2, 3, 4, 5))
    case(function, dict(axis="(0, 3)"), HOLES)
for function in ("argmax", "argmin"):
    for attributes in ({}, dict(axis="1"), dict(axis="-1", keepdims="True"), dict(axis="0")):
        case(function, attributes, TIES)
        case(function, attributes, HOLES)
case("argmax_channel", {}, TIES[0, 0])

# Regions: inside, beyond every side, of no extent, the wrong way round, of the other image
REGIONS = np.array([
    [0, 2, 3, 40, 30], [1, 10.5, 7.5, 60, 50], [0, -20, -12, 9, 8], [1, 90, 70, 200, 300], [0, -90, -80, -40, -30],
    [0, 300, 300, 400, 400], [1, 16, 16, 16, 16], [0, 30, 20, 10, 12], [1, 0, 0, 1000, 1000], [0, 24, 8, 24.4, 56]],
    np.float32)
REACH = REGIONS[[0, 1, 2, 3, 4, 5, 8]]
ONE = normal(2, 8, 1, 1)
SENSITIVE = normal(2, 8, 6, 9)
for data in (normal(2, 3, 6, 9), normal(2, 3, 1, 1)):
    case("ROIPooling", dict(pooled_size="(3, 2)", spatial_scale="0.125"), data, REGIONS)
    for ratio in (-1, 2):
        case("_contrib_ROIAlign", dict(pooled_size="(3, 2)", spatial_scale="0.125", sample_ratio=ratio), data, REGIONS)
        case("_contrib_ROIAlign", dict(pooled_size="(3, 2)", spatial_scale="0.125", sample_ratio=ratio,
                                       aligned="True"), data, REACH)
for data in (SENSITIVE, ONE):
    case("_contrib_ROIAlign", dict(pooled_size="(2, 2)", spatial_scale="0.125", position_sensitive="True",
                                   sample_ratio=2), data, REGIONS)
    case("_contrib_PSROIPooling", dict(spatial_scale="0.125", output_dim=2, pooled_size=4, group_size=2), data, REGIONS)
    case("_contrib_DeformablePSROIPooling",
         dict(spatial_scale="0.125", output_dim=2, pooled_size=4, group_size=2, part_size=2, sample_per_part=2,
              trans_std="0.1"), data, REGIONS, normal(10, 2, 2, 2))
    case("_contrib_DeformablePSROIPooling",
         dict(spatial_scale="0.125", output_dim=2, pooled_size=3, group_size=2, sample_per_part=3, no_trans="True"),
         data, REGIONS)

# Proposals
for op, images in (("_contrib_Proposal", 1), ("_contrib_MultiProposal", 2)):
    for attributes in (dict(), dict(rpn_min_size=40, threshold="0.5"), dict(rpn_pre_nms_top_n=7)):
        scores = RANDOM.permutation(images * 12 * 20).astype(np.float32).reshape(images, 12, 4, 5) / 500
        case(op, dict(dict(scales="(2, 4)", ratios="(0.5, 1, 2)", rpn_post_nms_top_n=12, output_score="True",
                           rpn_min_size=4), **attributes),
             scores, normal(images, 24, 4, 5, scale=0.3), [[60.0, 70, 1.5]] * images)
case("_contrib_Proposal", dict(scales="(2,)", ratios="(1,)", rpn_post_nms_top_n=6, iou_loss="True", rpn_min_size=1,
                               output_score="True"),
     abs(normal(1, 2, 4, 5)), normal(1, 4, 4, 5, scale=4), [[64.0, 80, 1]])


def boxes(count, classes=3, center=False, ties=False):
    corner = abs(normal(count, 2)) * 20
    size = abs(normal(count, 2)) * 20 + 5
    rest = [whole(count, 1, least=0, most=classes), whole(count, 1, least=0, most=6) / 5 if ties else abs(normal(count, 1))]
    return np.hstack(rest + [corner, size if center else corner + size]).astype(np.float32)


BOXES = np.stack([boxes(14), boxes(14)])
B = dict(id_index=0, score_index=1, coord_start=2, overlap_thresh="0.3")
for attributes in (B, dict(B, force_suppress="True"), dict(B, topk=5), dict(B, valid_thresh="0.9"), dict(B, background_id=1),
                   dict(B, out_format="center"), dict(score_index=1, coord_start=2), dict(B, topk=0),
                   dict(B, valid_thresh="99")):
    case("_contrib_box_nms", attributes, BOXES)
case("_contrib_box_nms", B, boxes(12, ties=True))
case("_contrib_box_nms", dict(B, in_format="center"), boxes(12, center=True))
case("_contrib_box_nms", dict(B, in_format="center", out_format="corner"), boxes(12, center=True))

if __name__ == "__main__":
    np.savez(sys.argv[1], **ARRAYS)
    with open(os.path.splitext(sys.argv[1])[0] + ".json", "w") as file:
        file.write('{"cases": [\n' + ",\n".join(json.dumps(c, sort_keys=True) for c in CASES) + "\n]}\n")
    print(len(CASES), "cases")
