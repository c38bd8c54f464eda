"""Writes Fixtures/onnx/operators.npz: small ONNX graphs, and what ONNX Runtime computes in them, value by value.

Needs numpy, onnx and onnxruntime. For each case `model/CASE` holds the file's bytes, `inputs/CASE/NAME` what is fed and
`activations/CASE/NAME` every value that a node computes. Optimisations are off: each node computes what it says.
Operators stand in several operator sets, where their meaning or their spelling changed.
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(20260)
arrays, names = {}, set()


def normal(*shape): return random.standard_normal(shape).astype(np.float32)
def uniform(low, high, *shape): return random.uniform(low, high, shape).astype(np.float32)
def longs(*values): return np.array(values, np.int64)
def floats(*values): return np.array(values, np.float32)


def node(op, inputs, outputs, domain='', **attributes):
    return helper.make_node(op, inputs, outputs, domain=domain, **attributes)


def graph(name, opset, nodes, inputs, weights=None, open_sizes=False):
    """Records a graph; with `open_sizes` the file does not say how large the inputs are."""
    assert name not in names, name
    names.add(name)
    weights = weights or {}
    def declared(key, value):
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        shape = [f'{key}{axis}' for axis in range(value.ndim)] if open_sizes else value.shape
        return helper.make_tensor_value_info(key, kind, shape)
    computed = [output for entry in nodes for output in entry.output if output]
    model = helper.make_model(
        helper.make_graph(
            nodes, name, [declared(key, value) for key, value in inputs.items()],
            [helper.make_empty_tensor_value_info(output) for output in computed],
            [numpy_helper.from_array(value, key) for key, value in weights.items()]),
        opset_imports=[helper.make_opsetid('', opset)], ir_version=7 if opset < 19 else 9,
        producer_name='dcnconv-fixtures')
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        typed = onnx.shape_inference.infer_shapes(model)
        kinds = {value.name: value for value in typed.graph.value_info}
        for output in model.graph.output:
            if output.name in kinds and not output.type.tensor_type.elem_type:
                output.type.tensor_type.elem_type = kinds[output.name].type.tensor_type.elem_type
        for output, inferred in zip(model.graph.output, typed.graph.output):
            if not output.type.tensor_type.elem_type and inferred.type.tensor_type.elem_type:
                output.type.tensor_type.elem_type = inferred.type.tensor_type.elem_type
        session = ort.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])
        results = session.run(computed, inputs)
    except Exception as error:
        raise SystemExit(f'{name}: {error}')
    arrays[f'model/{name}'] = np.frombuffer(model.SerializeToString(), np.uint8)
    for key, value in inputs.items(): arrays[f'inputs/{name}/{key}'] = value
    for key, value in zip(computed, results): arrays[f'activations/{name}/{key}'] = value


def case(name, op, opset, inputs, weights=None, outputs=1, **attributes):
    """One operator; inputs and weights in the operator's order, None where one is left out."""
    named, fed, kept = [], {}, {}
    for place, (value, store) in enumerate([(v, fed) for v in inputs] + [(v, kept) for v in weights or []]):
        if value is None:
            named.append('')
            continue
        key = f'x{place}'
        store[key] = value
        named.append(key)
    entry = node(op, named, [f'y{place}' for place in range(outputs)], **attributes)
    graph(f'{op}-{opset}-{name}', opset, [entry], fed, kept)


def windows():
    x, w = normal(2, 4, 9, 8), normal(6, 2, 3, 3)
    for pad in ['SAME_UPPER', 'SAME_LOWER', 'VALID']:
        case(pad, 'Conv', 11, [x], [w], auto_pad=pad, group=2, strides=[2, 3])
    case('dilated', 'Conv', 22, [x], [w, normal(6)], group=2, dilations=[2, 1], pads=[1, 0, 2, 1])
    case('fed_weight', 'Conv', 7, [x, normal(3, 4, 1, 1)], kernel_shape=[1, 1])
    case('line', 'Conv', 11, [normal(1, 3, 12)], [normal(4, 3, 3)], pads=[1, 1])
    case('volume', 'Conv', 11, [normal(1, 2, 5, 6, 4)], [normal(3, 2, 3, 2, 3)], pads=[1, 0, 1, 1, 1, 1])
    x, w = normal(1, 4, 5, 6), normal(4, 3, 3, 3)
    case('plain', 'ConvTranspose', 7, [x], [w, normal(3)], strides=[2, 2], pads=[1, 1, 1, 1])
    case('padded', 'ConvTranspose', 11, [x], [w], strides=[2, 3], pads=[0, 1, 1, 1], output_padding=[1, 2])
    case('grouped', 'ConvTranspose', 22, [x], [w], group=2, dilations=[2, 1], strides=[1, 2])
    for pad in ['SAME_UPPER', 'SAME_LOWER']:
        case(pad, 'ConvTranspose', 11, [x], [w], strides=[2, 2], auto_pad=pad)
    case('sized', 'ConvTranspose', 11, [x], [w], strides=[2, 2], output_shape=[10, 12])
    for opset in [19, 22]:
        x, w, groups = normal(2, 4, 7, 6), normal(6, 2, 3, 3), 2
        offset = (2 * normal(2, groups * 18, 4, 6)).astype(np.float32)
        mask = uniform(0, 1, 2, groups * 9, 4, 6)
        settings = dict(group=2, offset_group=groups, pads=[1, 1, 1, 1], strides=[2, 1])
        case('masked', 'DeformConv', opset, [x, w, offset, normal(6), mask], **settings)
        case('unbiased', 'DeformConv', opset, [x, w, offset, None, mask], **settings)
        case('plain', 'DeformConv', opset, [x, w, offset], **settings)
    case('dilated', 'DeformConv', 19, [normal(1, 2, 8, 9), normal(3, 2, 2, 3), normal(1, 12, 8, 7), normal(3)],
         dilations=[2, 1], pads=[2, 0, 0, 0])


def pooling():
    x = normal(2, 3, 9, 10)
    for opset in [8, 10, 11, 12, 22]:
        case('plain', 'MaxPool', opset, [x], kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])
    for opset in [10, 12, 22]:
        case('ceil', 'MaxPool', opset, [x], kernel_shape=[3, 3], strides=[2, 3], ceil_mode=1)
        case('dilated', 'MaxPool', opset, [x], kernel_shape=[2, 3], dilations=[3, 2], pads=[1, 1, 1, 1])
    case('SAME_UPPER', 'MaxPool', 11, [x], kernel_shape=[3, 3], strides=[2, 2], auto_pad='SAME_UPPER')
    case('SAME_LOWER', 'MaxPool', 11, [x], kernel_shape=[2, 3], strides=[2, 2], auto_pad='SAME_LOWER')
    case('line', 'MaxPool', 12, [normal(1, 2, 11)], kernel_shape=[3], strides=[2])
    case('volume', 'MaxPool', 12, [normal(1, 2, 5, 6, 4)], kernel_shape=[2, 3, 2], strides=[1, 2, 1])
    for opset in [7, 10, 11, 19, 22]:
        for counts in [0, 1]:
            case(f'pad{counts}', 'AveragePool', opset, [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
                 count_include_pad=counts)
            if opset >= 10:
                case(f'ceil{counts}', 'AveragePool', opset, [x], kernel_shape=[3, 4], strides=[3, 4],
                     pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=counts)
    case('dilated', 'AveragePool', 19, [x], kernel_shape=[3, 2], dilations=[2, 2], pads=[1, 1, 1, 1])
    case('SAME_UPPER', 'AveragePool', 11, [x], kernel_shape=[3, 3], strides=[2, 2], auto_pad='SAME_UPPER')
    for op in ['GlobalAveragePool', 'GlobalMaxPool']:
        case('plane', op, 7, [x])
        case('volume', op, 22, [normal(1, 2, 3, 4, 5)])


def regions():
    x = normal(2, 3, 12, 14)
    rois = floats([0, 0, 40, 40], [10.5, 3.25, 55, 47], [30, 20, 31, 20.5], [-20, -9, 14, 22], [50, 44, 90, 80])
    batch = longs(0, 1, 1, 0, 1)
    settings = dict(output_height=3, output_width=4, spatial_scale=0.25)
    # ONNX Runtime 1.31 has no RoiAlign of operator set 22.
    for opset in [10, 16]:
        for samples in [0, 2]:
            case(f'ratio{samples}', 'RoiAlign', opset, [x, rois, batch], sampling_ratio=samples, **settings)
            if opset > 10:
                case(f'corner{samples}', 'RoiAlign', opset, [x, rois, batch], sampling_ratio=samples,
                     coordinate_transformation_mode='output_half_pixel', **settings)
    case('max', 'RoiAlign', 16, [x, rois, batch], sampling_ratio=2, mode='max', **settings)
    boxes = np.concatenate([batch[:, None].astype(np.float32), rois], 1)
    case('plain', 'MaxRoiPool', 7, [x, boxes], pooled_shape=[3, 2], spatial_scale=0.25)


def products():
    a, b = normal(5, 40), normal(40, 7)
    for opset in [7, 9, 11, 13]:
        case('bias', 'Gemm', opset, [a], [b, normal(7)])
        case('scaled', 'Gemm', opset, [np.ascontiguousarray(a.T)], [np.ascontiguousarray(b.T), normal(5, 1)], transA=1, transB=1, alpha=0.5, beta=2.0)
    case('linear', 'Gemm', 13, [a], [np.ascontiguousarray(b.T), normal(7)], transB=1)
    case('bare', 'Gemm', 11, [a], [b])
    case('whole', 'Gemm', 13, [a, b, normal(5, 7)])
    case('row', 'Gemm', 9, [a], [b, normal(1, 7)])
    for opset in [7, 9, 13]:
        case('plane', 'MatMul', opset, [a], [b])
        case('batch', 'MatMul', opset, [normal(2, 3, 5, 11), normal(3, 11, 4)])
        case('repeat', 'MatMul', opset, [normal(2, 1, 5, 11), normal(1, 3, 11, 4)])
    case('left_vector', 'MatMul', 13, [normal(11), normal(2, 11, 4)])
    case('right_vector', 'MatMul', 13, [normal(2, 5, 11), normal(11)])
    case('vectors', 'MatMul', 13, [normal(11), normal(11)])


def elementwise():
    x = 3 * normal(2, 3, 4, 5)
    for op, opsets in {
            'Relu': [7, 13, 14], 'Sigmoid': [7, 13], 'Tanh': [7, 13], 'Softplus': [7], 'Softsign': [7], 'Exp': [7, 13],
            'Abs': [7, 13], 'Neg': [7], 'Floor': [7], 'Ceil': [7], 'Erf': [9, 13], 'Sin': [7], 'Cos': [7],
            'Reciprocal': [7], 'Sign': [9], 'HardSwish': [14, 22], 'Identity': [7, 13, 16, 19], 'Gelu': [20]}.items():
        for opset in opsets: case('plain', op, opset, [x])
    for op in ['Sqrt', 'Log']:
        for opset in [7, 13]: case('plain', op, opset, [np.abs(x)])
    for opset in [7, 16]:
        case('default', 'LeakyRelu', opset, [x])
        case('steep', 'LeakyRelu', opset, [x], alpha=0.3)
    for opset in [7, 9, 16]:
        case('channels', 'PRelu', opset, [x], [normal(3, 1, 1)])
        case('one', 'PRelu', opset, [x], [normal(1)])
        case('each', 'PRelu', opset, [x, normal(2, 3, 4, 5)])
    for opset in [7, 22]:
        case('default', 'HardSigmoid', opset, [x])
        case('steep', 'HardSigmoid', opset, [x], alpha=0.4, beta=0.3)
        case('steep', 'Elu', opset, [x], alpha=0.7)
        case('default', 'Selu', opset, [x])
    case('both', 'Clip', 7, [x], min=-1.0, max=2.0)
    case('upper', 'Clip', 7, [x], max=0.5)
    for opset in [11, 12, 13]:
        case('both', 'Clip', opset, [x], [floats(-1).reshape(()), floats(2).reshape(())])
        case('upper', 'Clip', opset, [x], [None, floats(0.5).reshape(())])
        case('none', 'Clip', opset, [x])
    case('whole', 'Clip', 12, [longs(-5, 0, 5, 9)], [longs(-1).reshape(()), longs(6).reshape(())])
    for opset in [7, 11]:
        case('default', 'Softmax', opset, [x])
        case('middle', 'Softmax', opset, [x], axis=2)
    case('default', 'Softmax', 13, [x])
    case('middle', 'Softmax', 13, [x], axis=1)
    y, column = normal(2, 3, 4, 5), normal(3, 1, 5)
    for op in ['Add', 'Sub', 'Mul', 'Div']:
        for opset in [7, 13, 14]:
            case('same', op, opset, [x, y])
            case('repeat', op, opset, [x, column])
        case('outer', op, 7, [normal(4, 1), normal(1, 3)])
        case('whole', op, 7, [longs(7, -7, 12, 3), longs(2, 2, -5, 3)])
    case('whole', 'Pow', 12, [longs(2, 3, -4), longs(3, 2, 3)])
    for opset in [7, 12, 13, 15]:
        case('same', 'Pow', opset, [np.abs(x), y])
        case('square', 'Pow', opset, [x], [floats(2).reshape(())])
    case('mixed', 'Pow', 13, [x], [longs(3).reshape(())])
    for op in ['Min', 'Max', 'Sum']:
        for opset in [8, 13]:
            case('one', op, opset, [x])
            case('two', op, opset, [x, column])
            case('three', op, opset, [x, column, y])
            case('alike', op, opset, [x, y, y[::-1].copy()])
    for opset in [12, 13]: case('whole', 'Max', opset, [longs(1, 5, -3), longs(4), longs(2, 2, 2)])
    z = np.where(random.random(x.shape) < 0.3, x, y).astype(np.float32)
    for op, opsets in {'Less': [7, 9, 13], 'Greater': [7, 9, 13], 'LessOrEqual': [12, 16],
                       'GreaterOrEqual': [12, 16], 'Equal': [11, 13, 19]}.items():
        for opset in opsets:
            case('same', op, opset, [x, z])
            case('repeat', op, opset, [x, column])
        if op != 'Less': case('whole', op, opsets[-1], [longs(1, 5, -3), longs(1, 4, -2)])
    case('whole', 'Equal', 7, [longs(1, 5, -3), longs(1, 4, -3)])
    for opset in [9, 16]:
        case('same', 'Where', opset, [x > 0, x, y])
        case('repeat', 'Where', opset, [column > 0, x, normal(1)])
        case('whole', 'Where', opset, [np.array([True, False, True]), longs(1, 2, 3), longs(-1)])
    for opset in [7, 9, 13, 19]:
        case('whole', 'Cast', opset, [x], to=TensorProto.INT64)
        case('truth', 'Cast', opset, [np.where(x > 1, x, 0).astype(np.float32)], to=TensorProto.BOOL)
        case('half', 'Cast', opset, [x], to=TensorProto.FLOAT16)
        case('back', 'Cast', opset, [longs(3, -4, 1 << 20)], to=TensorProto.FLOAT)
        case('narrow', 'Cast', opset, [longs(3, -4, 300)], to=TensorProto.INT32)
    for opset in [7, 10, 12, 13, 22]:
        case('plain', 'Dropout', opset, [x])
        if opset >= 12: case('mask', 'Dropout', opset, [x], outputs=2)
    case('ratio', 'Dropout', 13, [x], [floats(0.3).reshape(())])
    for opset in [7, 9, 14, 15]:
        case('plain', 'BatchNormalization', opset, [x],
             [normal(3), normal(3), normal(3), uniform(0.5, 2, 3)], epsilon=1e-3)
    for opset in [7, 13]: case('wide', 'LRN', opset, [x], size=3, alpha=0.1, beta=0.5, bias=2.0)


def arrangement():
    x = normal(2, 3, 4, 5)
    for opset in [7, 11, 13]:
        case('channels', 'Concat', opset, [x, normal(2, 2, 4, 5), normal(2, 1, 4, 5)], axis=1)
    case('last', 'Concat', 13, [longs(1, 2), longs(3)], axis=-1)
    for opset in [7, 11]:
        case('equal', 'Split', opset, [x], outputs=2, axis=2)
        case('sized', 'Split', opset, [x], outputs=3, axis=3, split=[1, 3, 1])
    case('equal', 'Split', 13, [x], outputs=2, axis=-2)
    case('sized', 'Split', 13, [x], [longs(1, 3, 1)], outputs=3, axis=3)
    case('uneven', 'Split', 18, [x], outputs=3, axis=3, num_outputs=3)
    case('sized', 'Split', 18, [x], [longs(1, 2)], outputs=2, axis=1)
    case('plain', 'Slice', 7, [x], starts=[1, 0], ends=[3, 1000], axes=[2, 3])
    case('behind', 'Slice', 9, [x], starts=[0, -2], ends=[1, 9])
    for opset in [10, 11, 13]:
        case('plain', 'Slice', opset, [x], [longs(1, 0), longs(3, 1000), longs(2, 3)])
        case('steps', 'Slice', opset, [x], [longs(-1, 0), longs(-(1 << 62), 5), longs(2, 3), longs(-2, 2)])
        case('default', 'Slice', opset, [x], [longs(0, 1), longs(1, 3)])
    for opset in [7, 13, 14]:
        case('plain', 'Reshape', opset, [x], [longs(0, -1, 10)])
        case('line', 'Reshape', opset, [x], [longs(-1)])
    for opset in [7, 9, 11, 13]:
        case('default', 'Flatten', opset, [x])
        case('third', 'Flatten', opset, [x], axis=3)
        case('first', 'Flatten', opset, [x], axis=0)
    case('last', 'Flatten', 13, [x], axis=-1)
    for opset in [7, 13]:
        case('last', 'Transpose', opset, [x], perm=[0, 2, 3, 1])
        case('default', 'Transpose', opset, [x])
        case('whole', 'Transpose', opset, [np.arange(6).reshape(2, 3)], perm=[1, 0])
    thin = normal(1, 3, 1, 5)
    case('some', 'Squeeze', 7, [thin], axes=[2])
    case('some', 'Squeeze', 11, [thin], axes=[0, -2])
    case('some', 'Squeeze', 13, [thin], [longs(0, -2)])
    for opset in [7, 13]: case('all', 'Squeeze', opset, [thin])
    case('some', 'Unsqueeze', 7, [x], axes=[0, 3])
    case('some', 'Unsqueeze', 11, [x], axes=[-1])
    case('some', 'Unsqueeze', 13, [x], [longs(0, -2)])
    for opset in [8, 13]:
        case('repeat', 'Expand', opset, [normal(3, 1)], [longs(2, 1, 6)])
        case('keep', 'Expand', opset, [normal(3, 4)], [longs(1, 1)])
        case('whole', 'Expand', opset, [longs(1, 2)], [longs(3, 2)])
    for opset in [7, 13]: case('all', 'Shape', opset, [x])
    case('part', 'Shape', 15, [x], start=1, end=-1)
    case('tail', 'Shape', 19, [x], start=-2)
    for opset in [7, 11, 13]:
        case('rows', 'Gather', opset, [x], [np.array([[2, 0], [1, 1]])], axis=1)
        case('one', 'Gather', opset, [x], [longs(1).reshape(())])
        case('fed', 'Gather', opset, [x, np.array([3, 0], np.int32)], axis=3)
    case('behind', 'Gather', 13, [x], [longs(-1, -3)], axis=-2)
    for opset in [9, 20]:
        graph(f'ConstantOfShape-{opset}', opset, [
            node('ConstantOfShape', ['shape'], ['zeros']),
            node('ConstantOfShape', ['shape'], ['sevens'], value=helper.make_tensor('v', TensorProto.INT64, [1], [7])),
            node('Shape', ['x'], ['size']),
            node('ConstantOfShape', ['size'], ['ones'], value=helper.make_tensor('v', TensorProto.FLOAT, [1], [1.0])),
            node('Add', ['ones', 'x'], ['sum'])], {'x': x}, {'shape': longs(2, 3)}, open_sizes=True)
    for mode in ['constant', 'edge', 'reflect']:
        case(mode, 'Pad', 7, [x], mode=mode, pads=[0, 0, 1, 2, 0, 1 if mode == 'constant' else 0, 3, 0], value=0.5)
        for opset in [11, 13]:
            filler = [floats(0.5).reshape(())] if mode == 'constant' else []
            case(mode, 'Pad', opset, [x], [longs(0, 0, 1, 2, 0, 0, 3, 0)] + filler, mode=mode)
        case(mode, 'Pad', 18, [x], [longs(2, 1, 0, 1), None, longs(3, -2)], mode=mode)
    case('default', 'Pad', 19, [x], [longs(0, 0, 1, 0, 0, 0, 0, 1)])
    case('whole', 'Pad', 13, [longs(1, 2, 3)], [longs(1, 2), longs(9).reshape(())])
    for op in ['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd']:
        for opset in [7, 11, 13, 18]:
            taken = opset >= 18 or (op == 'ReduceSum' and opset >= 13)
            def reduce(name, axes, **attributes):
                if taken: case(name, op, opset, [x], [longs(*axes)] if axes else [], **attributes)
                else: case(name, op, opset, [x], **({'axes': axes} if axes else {}), **attributes)
            reduce('plane', [2, 3])
            reduce('dropped', [1], keepdims=0)
            reduce('all', [])
            if opset >= 11: reduce('behind', [-1, 0], keepdims=0)
    case('noop', 'ReduceSum', 13, [x], noop_with_empty_axes=1)
    for op in ['ArgMax', 'ArgMin']:
        for opset in [7, 11, 13]:
            case('default', op, opset, [x])
            case('channels', op, opset, [x], axis=1, keepdims=0)


def resizing():
    x = normal(1, 2, 5, 6)
    for mode in ['nearest', 'linear']:
        for name, scales in {'up': [1, 1, 2, 3], 'down': [1, 1, 0.6, 0.5]}.items():
            if name == 'up':
                case(f'{mode}_{name}', 'Upsample', 7, [x], mode=mode, scales=[float(s) for s in scales])
                case(f'{mode}_{name}', 'Upsample', 9, [x], [floats(*scales)], mode=mode)
            case(f'{mode}_{name}', 'Resize', 10, [x], [floats(*scales)], mode=mode)
    transforms = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric']
    for opset in [11, 13, 18, 19]:
        # Inputs before the last could not be left out at first.
        none = floats() if opset < 13 else None
        for mode in ['nearest', 'linear', 'cubic']:
            for transform in transforms + (['half_pixel_symmetric'] if opset >= 19 else []):
                case(f'{mode}_{transform}_scales', 'Resize', opset, [x], [floats(), floats(1, 1, 2.3, 0.7)], mode=mode,
                     coordinate_transformation_mode=transform)
            case(f'{mode}_sizes', 'Resize', opset, [x], [none, none, longs(1, 2, 7, 11)], mode=mode)
            if mode != 'nearest' or opset < 13:
                case(f'{mode}_crop', 'Resize', opset, [x],
                     [floats(0, 0, 0.2, -0.2, 1, 1, 0.9, 0.8), none, longs(1, 2, 4, 7)], mode=mode,
                     coordinate_transformation_mode='tf_crop_and_resize', extrapolation_value=7.5)
        for rounding in ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil']:
            case(f'{rounding}', 'Resize', opset, [x], [floats(), floats(1, 1, 2, 0.5)], nearest_mode=rounding)
        case('exclude', 'Resize', opset, [x], [floats(), floats(1, 1, 1.7, 0.8)], mode='cubic', exclude_outside=1,
             cubic_coeff_a=-0.5)
        case('one', 'Resize', opset, [x], [none, none, longs(1, 2, 1, 1)], mode='linear',
             coordinate_transformation_mode='pytorch_half_pixel')
    case('axes', 'Resize', 18, [x], [None, None, longs(8, 9)], mode='linear', axes=[-2, -1])
    for policy in ['not_larger', 'not_smaller']:
        case(policy, 'Resize', 18, [x], [None, None, longs(8, 13)], mode='linear', axes=[2, 3],
             keep_aspect_ratio_policy=policy)
    case('volume', 'Resize', 13, [normal(1, 1, 3, 4, 5)], [floats(), floats(1, 1, 2, 1.5, 0.8)], mode='linear')
    case('plane', 'Resize', 13, [normal(4, 5)], [floats(), floats(2, 1.5)], mode='linear')
    case('bytes', 'Resize', 13, [np.arange(12, dtype=np.uint8).reshape(1, 1, 3, 4)], [floats(), floats(1, 1, 2, 2)])
    x = normal(2, 3, 6, 7)
    grid = uniform(-1.4, 1.4, 2, 4, 5, 2)
    for opset in [16, 20, 22]:
        for mode in (['bilinear', 'nearest', 'bicubic'] if opset == 16 else ['linear', 'nearest', 'cubic']):
            for padding in ['zeros', 'border', 'reflection']:
                for aligned in [0, 1]:
                    case(f'{mode}_{padding}_{aligned}', 'GridSample', opset, [x, grid], mode=mode,
                         padding_mode=padding, align_corners=aligned)
    for mode in ['linear', 'nearest']:
        case(f'volume_{mode}', 'GridSample', 20, [normal(1, 2, 4, 5, 3), uniform(-1.2, 1.2, 1, 2, 3, 4, 3)], mode=mode)


def chains():
    """Arithmetic on shapes whose sizes the file does not know."""
    x = normal(2, 6, 4, 5)
    constant = lambda name, value: node('Constant', [], [name], value=numpy_helper.from_array(value))
    for opset in [11, 13, 19]:
        unsqueeze = ((lambda a, b: node('Unsqueeze', [a], [b], axes=[0])) if opset < 13 else
                     (lambda a, b: node('Unsqueeze', [a, 'zeroth'], [b])))
        graph(f'chain-{opset}-view', opset, [
            constant('first', longs(0).reshape(())), constant('second', longs(1).reshape(())),
            constant('zeroth', longs(0)), constant('rest', longs(-1)), constant('two', longs(2).reshape(())),
            node('Shape', ['x'], ['size']), node('Gather', ['size', 'first'], ['n']),
            node('Shape', ['x'], ['size2']), node('Gather', ['size2', 'second'], ['c']),
            node('Div', ['c', 'two'], ['half']), unsqueeze('n', 'n1'), unsqueeze('half', 'h1'),
            node('Concat', ['n1', 'h1', 'rest'], ['target'], axis=0), node('Relu', ['x'], ['r']),
            node('Reshape', ['r', 'target'], ['y'])], {'x': x}, open_sizes=True)
        graph(f'chain-{opset}-upsample', opset, [
            constant('front', longs(0)), constant('middle', longs(2)), constant('behind', longs(4)),
            constant('axis', longs(0)), constant('factor', longs(2, 3)),
            node('Shape', ['x'], ['size']), node('Slice', ['size', 'middle', 'behind', 'axis'], ['plane']),
            node('Slice', ['size', 'front', 'middle', 'axis'], ['head']), node('Mul', ['plane', 'factor'], ['larger']),
            node('Concat', ['head', 'larger'], ['sizes'], axis=0),
            node('Resize', ['x', 'roi', 'scales', 'sizes'], ['y'], mode='linear')],
            {'x': x}, {'roi': floats(), 'scales': floats()}, open_sizes=True)
        graph(f'chain-{opset}-expand', opset, [
            node('Shape', ['x'], ['size']), node('ConstantOfShape', ['four'], ['ones'],
                value=helper.make_tensor('v', TensorProto.INT64, [1], [1])),
            node('Equal', ['size', 'ones'], ['is_one']), node('Where', ['is_one', 'ones', 'size'], ['target']),
            node('Expand', ['weight', 'target'], ['wide']), node('Mul', ['x', 'wide'], ['y'])],
            {'x': x}, {'four': longs(4), 'weight': normal(6, 1, 1)}, open_sizes=True)
    graph('chain-13-pad', 13, [
        node('Shape', ['x'], ['size']), node('Gather', ['size', 'last'], ['w']), node('Cast', ['w'], ['wf'], to=1),
        node('Div', ['wf', 'four'], ['share']), node('Ceil', ['share'], ['blocks']), node('Mul', ['blocks', 'four'], ['even']),
        node('Cast', ['even'], ['target'], to=7), node('Sub', ['target', 'w'], ['missing']),
        node('Concat', ['zeros', 'missing'], ['pads'], axis=0), node('Pad', ['x', 'pads'], ['y'])],
        {'x': x}, {'last': longs(3), 'four': floats(4), 'zeros': longs(0, 0, 0, 0, 0, 0, 0)}, open_sizes=True)


def networks():
    """Small networks around a deformable layer, as exporters write them."""
    def weights(**shapes): return {key: (normal(*shape) / np.sqrt(max(1, np.prod(shape[1:])))).astype(np.float32) for key, shape in shapes.items()}
    x = normal(1, 3, 20, 24)
    nodes = [
        node('Conv', ['x', 'w1', 'b1'], ['c1'], pads=[1, 1, 1, 1], strides=[2, 2]), node('Relu', ['c1'], ['r1']),
        node('Conv', ['r1', 'wo', 'bo'], ['offset'], pads=[1, 1, 1, 1]),
        node('Conv', ['r1', 'wm', 'bm'], ['logit'], pads=[1, 1, 1, 1]), node('Sigmoid', ['logit'], ['mask']),
        node('DeformConv', ['r1', 'wd', 'offset', 'bd', 'mask'], ['d'], pads=[1, 1, 1, 1]),
        node('MaxPool', ['d'], ['p'], kernel_shape=[2, 2], strides=[2, 2]),
        node('GlobalAveragePool', ['p'], ['g']), node('Flatten', ['g'], ['f']),
        node('Gemm', ['f', 'wf', 'bf'], ['s'], transB=1), node('Softmax', ['s'], ['prob'], axis=-1)]
    for opset in [19, 22]:
        graph(f'network-{opset}', opset, nodes, {'x': x}, weights(
            w1=(8, 3, 3, 3), b1=(8,), wo=(18, 8, 3, 3), bo=(18,), wm=(9, 8, 3, 3), bm=(9,), wd=(10, 8, 3, 3), bd=(10,),
            wf=(5, 10), bf=(5,)), open_sizes=opset == 22)


def save(parts, path):
    for part in parts: part()
    np.savez_compressed(path, **arrays)
    print(f'{len(names)} cases, {os.path.getsize(path)} bytes')


if __name__ == '__main__':
    save([windows, pooling, regions, products, elementwise, arrangement, resizing, chains, networks],
         sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..', 'onnx', 'operators.npz'))
