"""Records what MXNet 1.9.1 makes of an operator's name and attribute texts: the shapes of inputs and outputs, and
the names of both. Writes operator_shapes.json beside its argument.

    python operator_shapes.py Fixtures/mxnet/operator_shapes.json

A case is a symbol JSON of one node with the given texts, whatever Python's own functions would accept. Shapes of
inputs that are null in `given` are what MXNet completes.
"""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
os.environ["MXNET_STORAGE_FALLBACK_LOG_VERBOSE"] = "0"
import numpy as np

np.bool = np.bool_
import mxnet as mx
from mxnet._ctypes.symbol import _symbol_creator

MAP = [2, 8, 9, 11]
CASES = []


def case(ops, attributes, *shapes):
    for op in ops.split():
        CASES.append((op, {k: str(v) for k, v in attributes.items()}, [list(s) if s else None for s in shapes]))


# Convolutions and dense layers
K = dict(kernel="(3, 2)", stride="(2, 1)", pad="(1, 0)", dilate="(1, 2)", num_filter=6)
case("Convolution Convolution_v1 _npx_convolution", dict(K, num_group=2), MAP, None, None)
case("Convolution", dict(kernel="(3,)", num_filter=4, no_bias="True"), [2, 8, 9], None)
case("Convolution", dict(kernel="(1, 1, 1)", num_filter=4), [2, 3, 4, 5, 6], None, None)
case("Convolution", dict(kernel="(10, 3)", num_filter=4), MAP, None, None)
case("Convolution", dict(kernel="(3, 3)", num_filter=4, num_group=3), MAP, None, None)
case("Deconvolution _npx_deconvolution", dict(K, num_group=2), MAP, None)
case("Deconvolution", dict(K, no_bias="False", adj="(1, 0)"), MAP, None, None)
case("Deconvolution", dict(K, adj="(2, 0)"), MAP, None)
case("Deconvolution", dict(kernel="(4, 4)", stride="(2, 2)", pad="(7, 7)", adj="(1, 1)", num_filter=3,
                           target_shape="(17, 20)"), MAP, None)
case("Deconvolution", dict(kernel="(4, 4)", stride="(2, 2)", num_filter=3, target_shape="(40, 20)"), MAP, None)
case("FullyConnected _npx_fully_connected", dict(num_hidden=5), MAP, None, None)
case("FullyConnected", dict(num_hidden=5, flatten="False", no_bias="1"), MAP, None)
case("FullyConnected", dict(num_hidden=5), [4], None, None)
case("_contrib_DeformableConvolution",
     dict(kernel="(3, 3)", pad="(1, 1)", num_filter=6, num_deformable_group=2, num_group=2),
     MAP, [2, 36, 9, 11], None, None)
case("_contrib_DeformableConvolution", dict(kernel="(3, 3)", num_filter=6, no_bias="True"),
     MAP, [2, 18, 9, 11], None)
case("_contrib_ModulatedDeformableConvolution",
     dict(kernel="(3, 3)", stride="(2, 2)", num_filter=6, num_deformable_group=2),
     MAP, [2, 36, 4, 5], [2, 18, 4, 5], None, None)

# Pooling, resizing
for convention in ("valid", "full"):
    case("Pooling Pooling_v1 _npx_pooling",
         dict(kernel="(3, 2)", stride="(2, 3)", pool_type="avg", pooling_convention=convention), MAP)
    case("Pooling", dict(kernel="(4,)", stride="(3,)", pad="(1,)", pooling_convention=convention), [2, 8, 11])
case("Pooling", dict(global_pool="True", pool_type="avg"), MAP)
case("Pooling", dict(global_pool="True", kernel="(7, 7)", pool_type="sum"), MAP)
case("Pooling", dict(global_pool="True"), [2, 8, 9])
case("Pooling", dict(kernel="(2, 2)", pool_type="lp"), MAP)
case("Pooling", dict(kernel="(2, 2)", pool_type="lp", p_value=2), MAP)
case("Pooling", dict(kernel="(2, 2)", pool_type="avg", count_include_pad="None"), MAP)
case("Pooling", dict(kernel="(12, 2)"), MAP)
case("UpSampling", dict(scale=3, sample_type="nearest", num_args=1), MAP)
case("UpSampling", dict(scale=2, sample_type="nearest", num_args=2), [2, 8, 4, 6], [2, 3, 2, 3])
case("UpSampling", dict(scale=2, sample_type="nearest", num_args=2, multi_input_mode="sum"),
     [2, 8, 4, 6], [2, 8, 8, 12])
case("UpSampling", dict(scale=2, sample_type="nearest", num_args=2), [2, 8, 4, 6], [2, 3, 3, 3])
for scale in (2, 3):
    case("UpSampling", dict(scale=scale, sample_type="bilinear", num_args=2, num_filter=8), MAP, None)
case("_contrib_BilinearResize2D", dict(height=5, width=20), MAP)
case("_contrib_BilinearResize2D", dict(scale_height=1.5, scale_width=0.4, align_corners="False"), MAP)
case("_contrib_BilinearResize2D", dict(mode="like"), MAP, [1, 1, 3, 30])

# Normalisation, activations
case("BatchNorm BatchNorm_v1 _npx_batch_norm", {}, MAP, None, None, None, None)
case("BatchNorm", dict(axis=-1, fix_gamma="False", eps="1e-5", momentum="0.99"), MAP, None, None, None, None)
case("_contrib_SyncBatchNorm", dict(key="k", ndev=2), MAP, None, None, None, None)
for mode in ("instance", "channel", "spatial"):
    case("L2Normalization", dict(mode=mode), MAP)
case("LRN", dict(nsize=5, alpha="1e-4"), MAP)
for function in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
    case("Activation _npx_activation", dict(act_type=function), [3, 4])
case("relu sigmoid tanh softsign hard_sigmoid _npx_relu _npx_sigmoid", {}, [3, 4])
for function in ("leaky", "elu", "selu", "gelu", "rrelu"):
    case("LeakyReLU", dict(act_type=function, slope="0.1"), MAP)
case("LeakyReLU _npx_leaky_relu", dict(act_type="prelu"), MAP, None)
case("LeakyReLU", dict(act_type="prelu"), MAP, [1])
case("softmax _npx_softmax", dict(axis=1, temperature="0.5"), MAP)
case("SoftmaxActivation", dict(mode="channel"), MAP)
case("SoftmaxActivation", {}, [3, 4])
case("SoftmaxOutput Softmax", {}, [3, 4], None)
case("SoftmaxOutput", dict(multi_output="True", use_ignore="True", ignore_label=255), MAP, None)
case("SoftmaxOutput", dict(preserve_shape="True"), [2, 3, 4], None)

# Elementwise
BINARY = {
    "add": "_add _plus _Plus", "sub": "_sub _minus _Minus", "mul": "_mul _Mul", "div": "_div _Div",
}
for word, aliases in BINARY.items():
    case("elemwise_%s %s" % (word, aliases), {}, [3, 4], None)
    case("broadcast_" + word, {}, [3, 1, 5], [1, 4, 1])
case("_grad_add _maximum _Maximum _minimum _Minimum _power _Power", {}, [3, 4], [3, 4])
case("elemwise_add", {}, [3, 4], [3, 1])
case("broadcast_plus broadcast_minus broadcast_maximum broadcast_minimum broadcast_power", {}, [3, 4], [3, 1])
case("broadcast_add", {}, [2, 3, 4], [4])
case("broadcast_add", {}, [2, 3, 4], [2, 3, 5])
for word in ("plus", "minus", "rminus", "mul", "div", "rdiv", "maximum", "minimum", "power", "rpower"):
    camel = ("R" + word[1:].capitalize() if word in ("rminus", "rdiv", "rpower") else word.capitalize()) + "Scalar"
    case("_%s_scalar _%s" % (word, camel), dict(scalar="2.5"), [3, 4])
case("abs negative sign reciprocal square sqrt rsqrt cbrt exp expm1 log log2 log10 log1p sin cos tan erf floor "
     "ceil trunc round rint fix _npx_erf", {}, [3, 4])
case("add_n ElementWiseSum", dict(num_args=3), [3, 4], [3, 4], None)
case("clip", dict(a_min="-1", a_max="inf"), [3, 4])
case("Cast cast _npx_cast", dict(dtype="float16"), [3, 4])
case("amp_cast", dict(dtype="float16"), [3, 4])
case("smooth_l1 _npx_smooth_l1", dict(scalar="3"), [3, 4])
case("identity _copy BlockGrad stop_gradient", {}, [3, 4])
case("Dropout _npx_dropout", dict(p="0.3"), [3, 4])

# Arrangement
case("Concat concat", dict(num_args=3, dim=1), MAP, [2, 1, 9, 11], [2, 5, 9, 11])
case("Concat", dict(num_args=2, dim=-1), MAP, [2, 8, 9, 1])
case("Concat", dict(num_args=2), MAP, [2, 8, 9, 1])
case("SliceChannel split", dict(num_outputs=4), MAP)
case("SliceChannel", dict(num_outputs=1), MAP)
case("SliceChannel", dict(num_outputs=9, axis=2, squeeze_axis="True"), MAP)
case("SliceChannel", dict(num_outputs=3, axis=2, squeeze_axis="True"), MAP)
case("SliceChannel", dict(num_outputs=5), MAP)
case("slice crop _npx_slice", dict(begin="(0, 2, None)", end="(1, -1, None)"), MAP)
case("slice", dict(begin="(None, 7, 100)", end="(None, 0, None)", step="(None, -2, -3)"), MAP)
case("slice", dict(begin="(1,)", end="(100,)"), MAP)
case("slice_axis", dict(axis=-1, begin=2, end=-3), MAP)
case("slice_axis", dict(axis=1, begin=-5, end="None"), MAP)
case("slice_like", dict(axes="(2, -1)"), MAP, [1, 1, 3, 4])
case("slice_like", {}, MAP, [1, 2, 3, 4])
case("Crop", dict(num_args=2, offset="(2, 3)"), MAP, [1, 1, 5, 6])
case("Crop", dict(num_args=1, h_w="(4, 5)", center_crop="True"), MAP)
for shape in ("(0, -1)", "(-2,)", "(0, 0, -3)", "(-4, 1, 2, -2)", "(-4, -1, 2, -2)", "(0, -4, 2, -1, -2)", "(16, -1)",
              "(-1, 0)", "(8, 2, -1)", "(0, 4, -1, 0)", "(1, -1, 11)", "(7, -1)", "(-1, -1)", "(-3, -3)", "(0, 0, 0, 0, 1)"):
    case("Reshape reshape", dict(shape=shape), MAP)
    case("Reshape", dict(shape=shape, reverse="True"), MAP)
case("Reshape", dict(target_shape="(2, 0)"), MAP)
case("Reshape", dict(target_shape="(0, 0)", keep_highest="True"), MAP)
case("Reshape", dict(target_shape="(5, 72, 0)", keep_highest="True"), MAP)
case("Flatten flatten _npx_batch_flatten", {}, MAP)
case("Flatten", {}, [4])
case("transpose", {}, MAP)
case("transpose", dict(axes="(0, 2, 3, 1)"), MAP)
case("expand_dims", dict(axis=-1), MAP)
case("expand_dims", dict(axis=4), MAP)
case("expand_dims", dict(axis=5), MAP)
case("squeeze", {}, [1, 3, 1, 2])
case("squeeze", dict(axis="(0, -2)"), [1, 3, 1, 2])
case("squeeze", dict(axis=1), [1, 3, 1, 2])
case("squeeze", {}, [1, 1])
case("SwapAxis swapaxes", dict(dim1=1, dim2=3), MAP)
case("Pad pad", dict(mode="reflect", pad_width="(0, 0, 0, 0, 1, 2, 3, 4)"), MAP)
case("Pad", dict(mode="constant", pad_width="(0, 0, 0, 0, 1, 2, 30, 4)", constant_value="1.5"), MAP)
case("Pad", dict(mode="reflect", pad_width="(0, 0, 0, 0, 1, 9, 3, 4)"), MAP)

# Reductions
for axis in ("None", "()", "1", "(2, 3)", "(-1,)", "(1, 1)", "4"):
    case("sum sum_axis mean max max_axis min min_axis prod", dict(axis=axis), MAP)
    case("sum", dict(axis=axis, keepdims="True"), MAP)
    case("sum", dict(axis=axis, exclude="True"), MAP)
for axis in ("None", "1", "-1"):
    case("argmax argmin", dict(axis=axis), MAP)
    case("argmax", dict(axis=axis, keepdims="True"), MAP)
case("argmax_channel", {}, [3, 4])

# Regions
case("ROIPooling _npx_roi_pooling", dict(pooled_size="(7, 6)", spatial_scale="0.0625"), MAP, [3, 5])
case("_contrib_ROIAlign", dict(pooled_size="(7, 6)", spatial_scale="0.0625", aligned="True"), MAP, [3, 5])
case("_contrib_ROIAlign", dict(pooled_size="(2, 4)", spatial_scale="0.0625", position_sensitive="True"), MAP, [3, 5])
case("_contrib_PSROIPooling", dict(spatial_scale="0.0625", output_dim=2, pooled_size=2), MAP, [3, 5])
case("_contrib_DeformablePSROIPooling",
     dict(spatial_scale="0.0625", output_dim=2, pooled_size=3, group_size=2, part_size=4, trans_std="0.1"),
     MAP, [3, 5], [3, 4, 4, 4])
case("_contrib_DeformablePSROIPooling",
     dict(spatial_scale="0.0625", output_dim=2, pooled_size=3, group_size=2, no_trans="True"), MAP, [3, 5])
case("_contrib_Proposal", dict(scales="(8,)", ratios="(1, 2)"), [1, 4, 9, 11], None, None)
case("_contrib_MultiProposal", dict(scales="(8,)", ratios="(1, 2)", output_score="True", rpn_post_nms_top_n=20),
     [2, 4, 9, 11], None, None)
case("_contrib_box_nms _contrib_box_non_maximum_suppression", dict(id_index=0), [2, 20, 6])
case("_contrib_box_nms", dict(coord_start=3), [20, 6])


def argument_names(op, attributes, count):
    """What MXNet calls the variables that it makes for inputs nobody gave; null where it makes none."""
    handle = mx.base.OpHandle()
    mx.base.check_call(mx.base._LIB.NNGetOpHandle(mx.base.c_str(op), mx.base.ctypes.byref(handle)))
    symbol = _symbol_creator(handle.value, None, {}, list(attributes), list(attributes.values()), "n", False)
    names = symbol.list_inputs()
    return [n[2:] for n in names] if len(names) == count and all(n.startswith("n_") for n in names) else None


def record(op, attributes, shapes):
    nodes = [{"op": "null", "name": "in%d" % k, "inputs": []} for k in range(len(shapes))]
    nodes.append({"op": op, "name": "n", "attrs": attributes, "inputs": [[k, 0, 0] for k in range(len(shapes))]})
    graph = {"nodes": nodes, "arg_nodes": list(range(len(shapes))), "heads": [[len(shapes), 0, 0]],
             "attrs": {"mxnet_version": ["int", 10901]}}
    result = {"op": op, "attributes": attributes, "given": shapes}
    try:
        symbol = mx.sym.load_json(json.dumps(graph)).get_internals()
        heads = mx.sym.Group([symbol[k] for k in range(len(shapes), len(symbol.list_outputs()))])
        known = {"in%d" % k: tuple(s) for k, s in enumerate(shapes) if s}
        args, outs, aux = heads.infer_shape(**known)
        if args is None:
            raise ValueError("shapes do not follow")
        completed = dict(zip(heads.list_arguments(), args))
        completed.update(zip(heads.list_auxiliary_states(), aux))
        result["inputs"] = [list(completed["in%d" % k]) for k in range(len(shapes))]
        result["outputs"] = [list(s) for s in outs]
        result["outputNames"] = [n[2:] for n in heads.list_outputs()]
        result["inputNames"] = argument_names(op, attributes, len(shapes))
    except (mx.base.MXNetError, ValueError):
        result["refused"] = True
    return result


if __name__ == "__main__":
    results = [record(*c) for c in CASES]
    with open(sys.argv[1], "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(r, sort_keys=True) for r in results) + "\n]\n")
    print(len(results), "cases,", sum("refused" in r for r in results), "refused")
