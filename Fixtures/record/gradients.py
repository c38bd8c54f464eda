"""Writes Fixtures/gradients/FRAMEWORK.npz: gradients of the deformable operators by a framework's own backward pass.

    python gradients.py mxnet        needs mxnet 1.9.1: deformable convolution, PS-RoI pooling, plain and deformable
    python gradients.py torchvision  needs torch and torchvision: modulated deformable convolution

For each case K there are `K/case` (JSON: operator and attributes as MXNet spells them, the inputs' order and shapes),
`K/in/NAME`, `K/head` (the gradient of the output) and `K/grad/NAME`. Samples stand on the map's borders, at whole and
half positions and around them; torchvision's stay away from exactly -1, where it alone differs.
"""
import json, os, sys

import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'gradients')
F = np.float32


def offsets(random, shape, size, kernel, stride, pad, dilate, near, at_minus_one):
    """Offsets [N, 2*dg*kh*kw, Ho, Wo]: half of the samples on critical places of their axis, the others anywhere near."""
    images, channels, *out = shape
    taps = kernel[0] * kernel[1]
    result = (random.standard_normal(shape) * near).astype(F).reshape(images, -1, taps, 2, *out)
    for axis in range(2):
        last = size[axis] - 1
        places = [-1.5, -0.5, -1e-3, 0, 0.5, last - 0.5, last - 1e-3, last, last + 0.5, last + 1 - 1e-3, last + 1, last + 1.5]
        if at_minus_one: places.append(-1)
        for tap in range(taps):
            step = (tap // kernel[1] if axis == 0 else tap % kernel[1]) * dilate[axis] - pad[axis]
            base = np.arange(out[axis]) * stride[axis] + step
            base = base[:, None] if axis == 0 else base[None, :]
            target = np.array(places, F)[random.randint(0, len(places), result[:, :, tap, axis].shape)]
            moved = (target - base).astype(F)
            chosen = random.uniform(size=moved.shape) < 0.5
            result[:, :, tap, axis] = np.where(chosen, moved, result[:, :, tap, axis])
    return result.reshape(shape)


def convolution(random, *, images=1, channels=4, size=(5, 6), filters=4, kernel=(3, 3), stride=(1, 1), pad=(1, 1),
                dilate=(1, 1), groups=1, deformable=1, bias=False, mask=False, near=0.7, at_minus_one=True):
    out = [(size[a] + 2 * pad[a] - dilate[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in range(2)]
    taps = kernel[0] * kernel[1]
    normal = lambda *shape: random.standard_normal(shape).astype(F)
    inputs = {'data': normal(images, channels, *size),
              'offset': offsets(random, (images, 2 * deformable * taps, *out), size, kernel, stride, pad, dilate, near, at_minus_one)}
    if mask: inputs['mask'] = random.uniform(0, 1, (images, deformable * taps, *out)).astype(F)
    inputs['weight'] = normal(filters, channels // groups, *kernel)
    if bias: inputs['bias'] = normal(filters)
    attributes = {'kernel': kernel, 'stride': stride, 'pad': pad, 'dilate': dilate, 'num_filter': filters, 'num_group': groups,
                  'num_deformable_group': deformable, 'no_bias': not bias}
    op = '_contrib_ModulatedDeformableConvolution' if mask else '_contrib_DeformableConvolution'
    return op, attributes, inputs, normal(images, filters, *out)


def pooling(random, *, images=1, dim=4, group=2, size=(6, 7), pooled=4, part=2, samples=3, std=0.5, scale=0.25, classes=1,
            corners=None, regions=6):
    rois = np.empty((regions, 5), F)
    rois[:, 0] = random.randint(0, images, regions)
    extent = np.array([size[1], size[0]]) / scale
    first = random.uniform(-0.1, 0.7, (regions, 2)) * extent
    rois[:, 1:3], rois[:, 3:5] = first, first + random.uniform(0.0, 0.6, (regions, 2)) * extent
    if corners == 'whole':
        # Samples at whole places: regions of whole elements, shifted by the half that the rule subtracts.
        rois[:, 1:5] = np.round(rois[:, 1:5] * scale) / scale + np.array([0.5, 0.5, 0.5, 0.5], F) / scale - [0, 0, 1, 1]
    inputs = {'data': random.standard_normal((images, dim * group * group, *size)).astype(F), 'rois': rois}
    if classes:
        inputs['trans'] = (random.standard_normal((regions, 2 * classes, part, part)) * (0.25 if corners != 'whole' else 0)).astype(F)
    attributes = {'spatial_scale': scale, 'output_dim': dim, 'group_size': group, 'pooled_size': pooled, 'part_size': part,
                  'sample_per_part': samples, 'trans_std': std, 'no_trans': not classes}
    return '_contrib_DeformablePSROIPooling', attributes, inputs, random.standard_normal((regions, dim, pooled, pooled)).astype(F)


def plain_pooling(random, *, images=1, dim=4, group=2, size=(6, 7), pooled=4, scale=0.25, regions=6):
    _, _, inputs, head = pooling(random, images=images, dim=dim, group=group, size=size, pooled=pooled, scale=scale,
                                 classes=0, regions=regions)
    attributes = {'spatial_scale': scale, 'output_dim': dim, 'pooled_size': pooled, 'group_size': group}
    return '_contrib_PSROIPooling', attributes, inputs, head


def cases(framework):
    random = np.random.RandomState(1703)
    if framework == 'mxnet':
        yield convolution(random)
        yield convolution(random, images=2, bias=True, stride=(2, 1), pad=(2, 0), dilate=(2, 1), kernel=(2, 3))
        yield convolution(random, channels=8, filters=8, groups=4, deformable=2, near=2)
        yield convolution(random, channels=8, filters=6, groups=2, deformable=8, bias=True)
        yield convolution(random, images=8, channels=3, size=(1, 1), filters=2)
        # More channels than a vector, more positions than a block.
        yield convolution(random, channels=40, filters=36, size=(9, 13), kernel=(1, 2), pad=(0, 1), near=3)
        yield pooling(random)
        yield pooling(random, images=2, classes=2, part=4, std=0.1)
        yield pooling(random, group=1, pooled=2, part=1, dim=3, classes=3, samples=2)
        yield pooling(random, classes=0)
        yield pooling(random, corners='whole', group=1, pooled=2, samples=2, scale=0.5, size=(8, 8))
        yield plain_pooling(random)
        yield plain_pooling(random, images=2, dim=17, pooled=3, regions=9)
        yield plain_pooling(random, group=3, pooled=2, dim=2, scale=0.5)
    else:
        away = {'mask': True, 'at_minus_one': False}
        yield convolution(random, **away)
        yield convolution(random, images=2, bias=True, stride=(2, 1), pad=(2, 0), dilate=(2, 1), kernel=(2, 3), **away)
        yield convolution(random, channels=8, filters=8, groups=4, deformable=2, near=2, **away)
        yield convolution(random, channels=40, filters=36, size=(9, 13), kernel=(1, 2), pad=(0, 1), near=3, **away)


def mxnet(op, attributes, inputs, head):
    import mxnet as mx
    arrays = {name: mx.nd.array(value, dtype=F) for name, value in inputs.items()}
    for array in arrays.values(): array.attach_grad()
    operator = getattr(mx.nd.contrib, op[len('_contrib_'):])
    with mx.autograd.record(): output = operator(**arrays, **attributes)
    output = output[0] if isinstance(output, list) else output
    output.backward(mx.nd.array(head, dtype=F))
    return {name: array.grad.asnumpy() for name, array in arrays.items() if name != 'rois'}


def torchvision(op, attributes, inputs, head):
    import torch
    from torchvision.ops import deform_conv2d
    arrays = {name: torch.tensor(value, requires_grad=True) for name, value in inputs.items()}
    output = deform_conv2d(arrays['data'], arrays['offset'], arrays['weight'], arrays.get('bias'), stride=attributes['stride'],
                           padding=attributes['pad'], dilation=attributes['dilate'], mask=arrays['mask'])
    output.backward(torch.tensor(head))
    return {name: array.grad.numpy() for name, array in arrays.items()}


def main():
    framework = sys.argv[1]
    arrays = {}
    for index, (op, attributes, inputs, head) in enumerate(cases(framework)):
        gradients = {'mxnet': mxnet, 'torchvision': torchvision}[framework](op, attributes, inputs, head)
        name = f'c{index:02}'
        case = {'op': op, 'case': name, 'attrs': {key: str(value) for key, value in attributes.items()}, 'input_order': list(inputs),
                'inputs': {key: value.shape for key, value in inputs.items()}, 'outputs': [head.shape], 'grads': list(gradients)}
        arrays[f'{name}/case'] = np.frombuffer(json.dumps(case).encode(), np.uint8)
        arrays[f'{name}/head'] = head
        arrays.update({f'{name}/in/{key}': value for key, value in inputs.items()})
        arrays.update({f'{name}/grad/{key}': value for key, value in gradients.items()})
    os.makedirs(FOLDER, exist_ok=True)
    np.savez(os.path.join(FOLDER, f'{framework}.npz'), **arrays)


main()
