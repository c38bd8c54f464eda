"""Writes Fixtures/onnx/rare_operators.npz: forms of ONNX operators that few networks have, in ONNX Runtime.

Its layout is that of operators.npz, which onnx_operators.py writes. Where the operator set leaves a meaning open (masks of
`Dropout` before 12, pads below zero, reversed bounds), what ONNX Runtime computes is the reading that is taken.
"""
import os
import sys

import numpy as np

import onnx_operators
from onnx_operators import case, floats, longs, normal, save

onnx_operators.random = np.random.default_rng(20261)


def smoothed():
    x = normal(1, 2, 12, 15)
    for opset in [18, 19]:
        for mode in ['linear', 'cubic']:
            for transform in ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'] + (
                    ['half_pixel_symmetric'] if opset >= 19 else []):
                case(f'{mode}_{transform}_antialias', 'Resize', opset, [x], [None, floats(1, 1, 0.4, 0.31)], mode=mode,
                     coordinate_transformation_mode=transform, antialias=1)
            case(f'{mode}_antialias_sizes', 'Resize', opset, [x], [None, None, longs(1, 2, 5, 4)], mode=mode, antialias=1)
            case(f'{mode}_antialias_mixed', 'Resize', opset, [x], [None, None, longs(1, 2, 5, 33)], mode=mode, antialias=1)
            case(f'{mode}_antialias_exclude', 'Resize', opset, [x], [None, None, longs(1, 2, 5, 4)], mode=mode,
                 antialias=1, exclude_outside=1)
            case(f'{mode}_antialias_axis', 'Resize', opset, [x], [None, None, longs(1, 2, 12, 6)], mode=mode, antialias=1)
    case('antialias_one', 'Resize', 18, [x], [None, None, longs(1, 2, 1, 1)], mode='linear', antialias=1)
    case('antialias_coefficient', 'Resize', 18, [x], [None, None, longs(1, 2, 5, 6)], mode='cubic', antialias=1,
         cubic_coeff_a=-0.5)
    case('antialias_policy', 'Resize', 18, [x], [None, None, longs(8, 6)], mode='linear', axes=[2, 3], antialias=1,
         keep_aspect_ratio_policy='not_larger')
    case('antialias_plane', 'Resize', 18, [normal(9, 10)], [None, None, longs(4, 3)], mode='linear', antialias=1)
    case('antialias_volume', 'Resize', 18, [normal(1, 2, 6, 7, 8)], [None, None, longs(1, 2, 3, 4, 3)], mode='linear',
         antialias=1)


def padded():
    x = normal(2, 3, 4, 5)
    for opset in [19, 21, 23, 25]:
        case('wrap', 'Pad', opset, [x], [longs(0, 1, 2, 3, 0, 0, 4, 1)], mode='wrap')
    case('wrap_axes', 'Pad', 19, [x], [longs(3, 1, 0, 2), None, longs(-1, 1)], mode='wrap')
    case('wrap_twice', 'Pad', 19, [normal(2, 3)], [longs(0, 7, 0, 8)], mode='wrap')
    for mode in ['constant', 'edge', 'reflect'] + ['wrap']:
        for opset in ([7, 11, 13, 18] if mode != 'wrap' else [19]):
            pads = [0, -1, -1, 2, 0, 0, 2, -2]
            if opset < 11: case(f'{mode}_cut', 'Pad', opset, [x], mode=mode, pads=pads, value=0.5)
            else: case(f'{mode}_cut', 'Pad', opset, [x], [longs(*pads)], mode=mode)
        case(f'{mode}_cropped', 'Pad', 19, [x], [longs(0, 0, -1, -1, -1, -2, 0, -3)], mode=mode)
    case('constant_gone', 'Pad', 13, [x], [longs(0, 0, 0, -5, 0, 0, 0, 2)])
    case('whole_wrap', 'Pad', 19, [longs(1, 2, 3)], [longs(2, 3)], mode='wrap')


def indices():
    x = normal(2, 3, 9, 10)
    for opset in [8, 10, 11, 12, 22]:
        case('indices', 'MaxPool', opset, [x], outputs=2, kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])
        case('indices_columns', 'MaxPool', opset, [x], outputs=2, kernel_shape=[3, 3], storage_order=1)
    for opset in [10, 12, 22]:
        case('indices_ceil', 'MaxPool', opset, [x], outputs=2, kernel_shape=[3, 3], strides=[2, 3], ceil_mode=1)
        case('indices_dilated', 'MaxPool', opset, [x], outputs=2, kernel_shape=[2, 3], dilations=[3, 2], pads=[1, 1, 1, 1])
    case('indices_SAME', 'MaxPool', 11, [x], outputs=2, kernel_shape=[3, 3], strides=[2, 2], auto_pad='SAME_UPPER')
    case('indices_line', 'MaxPool', 12, [normal(2, 2, 11)], outputs=2, kernel_shape=[3], strides=[2])
    case('indices_volume', 'MaxPool', 12, [normal(2, 2, 5, 6, 4)], outputs=2, kernel_shape=[2, 3, 2], strides=[1, 2, 1])
    case('indices_volume_columns', 'MaxPool', 12, [normal(2, 2, 5, 6, 4)], outputs=2, kernel_shape=[2, 3, 2],
         strides=[1, 2, 1], storage_order=1)
    ties = onnx_operators.random.integers(-2, 2, (1, 2, 6, 7)).astype(np.float32)
    case('indices_ties', 'MaxPool', 12, [ties], outputs=2, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    for name, kind in [('bytes', np.int8), ('unsigned', np.uint8)]:
        whole = onnx_operators.random.integers(0 if name == 'unsigned' else -128, 127, (1, 2, 6, 7)).astype(kind)
        for opset in [12, 22]:
            case(name, 'MaxPool', opset, [whole], kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1])
            case(f'{name}_indices', 'MaxPool', opset, [whole], outputs=2, kernel_shape=[3, 2], strides=[2, 1])


def wholes():
    random = onnx_operators.random
    for kind in [np.int32, np.int64, np.uint32, np.uint64]:
        low = 0 if kind in (np.uint32, np.uint64) else -9
        some = lambda *shape: random.integers(low, 9, shape).astype(kind)
        for opset in [9, 13]:
            case(f'{kind.__name__}', 'MatMul', opset, [some(2, 3, 4), some(2, 4, 5)])
            case(f'{kind.__name__}_weight', 'MatMul', opset, [some(3, 4)], [some(4, 5)])
    case('wide', 'MatMul', 13, [random.integers(-2 ** 31, 2 ** 31 - 1, (3, 4)).astype(np.int32)],
         [random.integers(-2 ** 31, 2 ** 31 - 1, (4, 2)).astype(np.int32)])
    case('vector', 'MatMul', 13, [longs(1, 2, 3), longs(4, 5, 6)])
    signed = lambda *shape: random.integers(-9, 9, shape)
    case('whole', 'Relu', 14, [signed(2, 3, 4).astype(np.int32)])
    case('bytes', 'Relu', 14, [signed(2, 3, 4).astype(np.int8)])


def rest():
    x = 3 * normal(2, 3, 4, 5)
    for opset in [7, 9, 16]:
        case('last', 'PRelu', opset, [x], [normal(5)])
        case('last_square', 'PRelu', opset, [normal(2, 4, 4, 4)], [normal(4)])
        case('rows', 'PRelu', opset, [x], [normal(4, 5)])
        case('line', 'PRelu', opset, [normal(6)], [normal(6)])
    for opset in [7, 10]: case('mask', 'Dropout', opset, [x], outputs=2)
    for opset in [14, 19, 25]:
        empty = normal(2, 0, 3)
        case('zero', 'Reshape', opset, [empty], [longs(3, 0, 7)], allowzero=1)
        case('zero_first', 'Reshape', opset, [empty], [longs(0, 5)], allowzero=1)
        case('allowed', 'Reshape', opset, [x], [longs(6, -1, 5)], allowzero=1)
    for opset in [11, 12, 13]:
        case('reversed', 'Clip', opset, [x], [floats(2).reshape(()), floats(-1).reshape(())])
    case('reversed_whole', 'Clip', 12, [longs(-5, 0, 5, 9)], [longs(6).reshape(()), longs(-1).reshape(())])


if __name__ == '__main__':
    save([smoothed, padded, indices, wholes, rest],
         sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..', 'onnx', 'rare_operators.npz'))
