"""Writes Fixtures/onnx/torchvision.npz: networks around torchvision's deform_conv2d, exported by torch, and their values.

Two steps, for pythons that need not be one: `onnx_torchvision.py export FOLDER` with torch and torchvision writes the
files and what torch computes; `onnx_torchvision.py record FOLDER [NPZ]` with onnx and onnxruntime runs them. torch 1.13 has no ONNX form of `deform_conv2d`: a symbolic function
gives it ONNX's `DeformConv`, and the exported file then claims operator set 19. Arrays are named as by
`onnx_operators.py`, which see; every value is what ONNX Runtime computes, and the last one is within 1e-4 of torch's.
"""
import os
import sys

import numpy as np


def export(folder):
    import torch
    import torchvision
    from torch import nn
    from torch.onnx import register_custom_op_symbolic, symbolic_helper

    @symbolic_helper.parse_args('v', 'v', 'v', 'v', 'v', 'i', 'i', 'i', 'i', 'i', 'i', 'i', 'i', 'b')
    def deform_conv(g, x, weight, offset, mask, bias, sy, sx, py, px, dy, dx, groups, offset_groups, use_mask):
        inputs = [x, weight, offset, bias] + ([mask] if use_mask else [])
        return g.op('DeformConv', *inputs, strides_i=[sy, sx], pads_i=[py, px, py, px], dilations_i=[dy, dx], group_i=groups,
                    offset_group_i=offset_groups)


    register_custom_op_symbolic('torchvision::deform_conv2d', deform_conv, 16)


    class Deformable(nn.Module):
        """A layer that predicts its own offsets, and its masks where it has them."""
        def __init__(self, channels, filters, stride=1, dilation=1, offset_groups=1, masks=False):
            super().__init__()
            self.layer = torchvision.ops.DeformConv2d(
                channels, filters, 3, stride=stride, padding=dilation, dilation=dilation)
            count = 9 * offset_groups
            self.offset = nn.Conv2d(channels, 2 * count, 3, stride=stride, padding=dilation, dilation=dilation)
            self.mask = nn.Conv2d(channels, count, 3, stride=stride, padding=dilation, dilation=dilation) if masks else None

        def forward(self, x):
            return self.layer(x, self.offset(x), torch.sigmoid(self.mask(x)) if self.mask else None)


    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                                      nn.MaxPool2d(3, 2, 1))
            self.dcn = Deformable(8, 12, offset_groups=2)
            self.act = nn.Hardswish()
            self.head = nn.Linear(12, 5)

        def forward(self, x):
            x = self.act(self.dcn(self.stem(x)))
            x = nn.functional.adaptive_avg_pool2d(x, 1)
            return torch.softmax(self.head(x.view(x.shape[0], -1)), 1)


    class Segmenter(nn.Module):
        """Sizes of its own input, as in DeepLab and feature pyramids: shapes are computed in the graph."""
        def __init__(self):
            super().__init__()
            self.down = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.PReLU(6), nn.AvgPool2d(2, 2, ceil_mode=True))
            self.dcn = Deformable(6, 6, stride=2, dilation=2, masks=True)
            self.up = nn.ConvTranspose2d(6, 6, 4, stride=2, padding=1)
            self.classes = nn.Conv2d(6, 4, 1)

        def forward(self, x):
            y = self.down(x)
            z = self.up(nn.functional.relu6(self.dcn(y)))
            z = nn.functional.interpolate(z, size=y.shape[2:], mode='bilinear', align_corners=False) + y
            z = z.reshape(z.shape[0], 2, z.shape[1] // 2, z.shape[2], z.shape[3]).transpose(1, 2).flatten(1, 2)
            z = nn.functional.pad(self.classes(z), (0, 1, 1, 0))
            return nn.functional.interpolate(z, size=x.shape[2:], mode='bilinear', align_corners=True).softmax(1)

    torch.manual_seed(3)
    for name, network, size in [('classifier', Classifier(), (2, 3, 30, 38)), ('segmenter', Segmenter(), (1, 3, 28, 36))]:
        network.eval()
        x = torch.randn(size)
        with torch.no_grad():
            np.savez(os.path.join(folder, name + '.npz'), x=x.numpy(), y=network(x).numpy())
            try:
                torch.onnx.export(
                    network, x, os.path.join(folder, name + '.onnx'), opset_version=16, input_names=['x'],
                    output_names=['y'], dynamic_axes={'x': {0: 'n', 2: 'h', 3: 'w'}}, do_constant_folding=False)
            except torch.onnx.errors.CheckerError:
                pass  # It knows no DeformConv in this operator set; the file is written before it looks.


def record(folder, path):
    import onnx
    import onnxruntime as ort
    arrays = {}
    for name in ['classifier', 'segmenter']:
        torch = np.load(os.path.join(folder, name + '.npz'))
        model = onnx.load(os.path.join(folder, name + '.onnx'))
        del model.opset_import[:]
        model.opset_import.append(onnx.helper.make_opsetid('', 19))
        model.ir_version = 9
        computed = [output for node in model.graph.node for output in node.output if output]
        kinds = {value.name: value for value in onnx.shape_inference.infer_shapes(model).graph.value_info}
        for output in computed:
            if output != 'y':
                model.graph.output.append(kinds.get(output) or onnx.helper.make_empty_tensor_value_info(output))
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = ort.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])
        results = dict(zip(computed, session.run(computed, {'x': torch['x']})))
        assert np.abs(results['y'] - torch['y']).max() < 1e-4, np.abs(results['y'] - torch['y']).max()
        arrays[f'model/{name}'] = np.frombuffer(model.SerializeToString(), np.uint8)
        arrays[f'inputs/{name}/x'] = torch['x']
        for key, value in results.items():
            arrays[f'activations/{name}/{key.replace("%", "%25").replace("/", "%2F")}'] = value
    np.savez_compressed(path, **arrays)
    print(os.path.getsize(path), 'bytes')


if sys.argv[1] == 'export':
    export(sys.argv[2])
else:
    here = os.path.dirname(__file__)
    record(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else os.path.join(here, '..', 'onnx', 'torchvision.npz'))
