"""Tries small ONNX graphs in the programs that `dcnconv lint` has rules for, and keeps what they refuse or compute otherwise.

    lint_consumers.py forms                        writes Fixtures/lint/forms.npz: files of versions, types and domains
    lint_consumers.py ort|openvino|opencv          tries them, and the recorded graphs of Fixtures/onnx, in the version
                                                   that is installed; its outcome joins Fixtures/lint/consumers.json

Each graph is tried in a process of its own, for some end it. What differs by more than a thousandth of the recorded values'
largest is kept as `differs`.
"""
import json
import os
import sys
import warnings

warnings.filterwarnings('ignore')
import numpy as np
import onnx
from onnx import TensorProto, helper

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, '..')
KIND = sys.argv[1]


def form(op, opset, inputs, output, ir=10, domain='', kind=TensorProto.FLOAT, **attributes):
    declared = [helper.make_tensor_value_info(name, TensorProto.INT64 if name == 'batch' else kind, shape)
                for name, shape in inputs.items()]
    node = helper.make_node(op, list(inputs), ['y'], domain=domain, **attributes)
    opsets = [helper.make_opsetid('', opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(
        helper.make_graph([node], 'form', declared, [helper.make_tensor_value_info('y', kind, output)]),
        opset_imports=opsets, ir_version=ir).SerializeToString()


def forms():
    """Files that differ in what a consumer may not know: operator sets, IR versions, element types, domains."""
    found = {}
    for opset in range(20, 28): found[f'opset-{opset}'] = form('Relu', opset, {'x': [1, 2]}, [1, 2])
    for ir in range(9, 15): found[f'ir-{ir}'] = form('Relu', 19, {'x': [1, 2]}, [1, 2], ir)
    map = [1, 4, 5, 5]
    layer = {'x': [1, 4, 7, 7], 'w': [4, 4, 3, 3], 'o': [1, 18, 5, 5]}
    for opset in [19, 22, 25]: found[f'deform-{opset}'] = form('DeformConv', opset, layer, map, kernel_shape=[3, 3])
    for name, kind in [('half', TensorProto.FLOAT16), ('double', TensorProto.DOUBLE), ('bfloat', TensorProto.BFLOAT16)]:
        found[f'deform-{name}'] = form('DeformConv', 22, layer, map, kind=kind)
    for opset in [16, 21, 22, 25]:
        found[f'align-{opset}'] = form('RoiAlign', opset, {'x': [1, 4, 7, 7], 'r': [2, 4], 'batch': [2]}, [2, 4, 2, 2],
                                       output_height=2, output_width=2)
        found[f'pool-{opset}'] = form('MaxRoiPool', opset, {'x': [1, 4, 7, 7], 'r': [2, 5]}, [2, 4, 2, 2], pooled_shape=[2, 2])
    plain = {'x': [1, 4, 7, 7], 'o': [1, 18, 5, 5], 'w': [4, 4, 3, 3]}
    masked = {'x': [1, 4, 7, 7], 'o': [1, 18, 5, 5], 'm': [1, 9, 5, 5], 'w': [4, 4, 3, 3]}
    plugin = dict(stride=[1, 1], padding=[0, 0], dilation=[1, 1], groups=1, deform_groups=1)
    found['mmcv'] = form('MMCVDeformConv2d', 17, plain, map, domain='mmcv', **plugin)
    found['mmdeploy'] = form('MMCVModulatedDeformConv2d', 17, masked, map, domain='mmdeploy', **plugin)
    found['trt'] = form('ModulatedDeformConv2d', 17, masked, map, stride=[1, 1], padding=[0, 0], dilation=[1, 1], group=1,
                        deformable_group=1)
    found['toolkit'] = form('DeformableConv2D', 17, plain, map, domain='org.openvinotoolkit', strides=[1, 1],
                            pads=[0, 0, 0, 0], dilations=[1, 1], deformable_groups=1)
    for kind, opset in [(TensorProto.INT32, 13), (TensorProto.INT64, 13)]:
        found[f'gemm-{kind}'] = form('Gemm', opset, {'a': [2, 3], 'b': [3, 4]}, [2, 4], kind=kind)
    found['clip-old'] = form('Clip', 7, {'x': [1, 2]}, [1, 2], ir=7, min=2.0, max=-1.0)
    return found


def runtime():
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.log_severity_level = 4
    def run(model, inputs, outputs):
        session = ort.InferenceSession(model, options, providers=['CPUExecutionProvider'])
        return session.run(outputs, inputs)
    return ort.__version__, run


def openvino():
    import openvino as ov
    def run(model, inputs, outputs):
        core = ov.Core()
        compiled = core.compile_model(core.read_model(model), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
        result = compiled(inputs)
        return [result[compiled.output(place)] for place in range(len(outputs))]
    return ov.__version__.split('-')[0], run


def opencv():
    import cv2
    def run(model, inputs, outputs):
        net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
        for name, value in inputs.items(): net.setInput(value, name)
        return net.forward(outputs)
    return cv2.__version__, run


def shaped(model, values):
    """OpenCV wants to know the outputs' shapes."""
    if not values: return model
    model = onnx.load_from_string(model)
    for output in model.graph.output:
        value = values[output.name]
        output.CopyFrom(helper.make_tensor_value_info(
            output.name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape))
    return model.SerializeToString()


def zeros(model):
    """Inputs of a graph that has no recorded ones."""
    types = {value.name: value.type.tensor_type for value in onnx.load_from_string(model).graph.input}
    return {name: np.zeros([size.dim_value for size in kind.shape.dim], helper.tensor_dtype_to_np_dtype(kind.elem_type))
            for name, kind in types.items()}


def attempt(run, model, inputs, values):
    try: results = run(shaped(model, values), inputs or zeros(model), list(values) or ['y'])
    except Exception: return 'refused'
    for expected, found in zip(values.values(), results or []):
        found = np.asarray(found)
        if found.shape != expected.shape: return 'differs'
        if not found.size: continue
        wide = expected.astype(np.float64)
        if not np.abs(found.astype(np.float64) - wide).max() <= 1e-3 * max(np.abs(wide).max(), 1e-3): return 'differs'
    return 'holds'


def apart(run, *arguments):
    """The attempt's outcome from a process that may end."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.write(writing, attempt(run, *arguments).encode())
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    outcome = os.read(reading, 100).decode()
    os.close(reading)
    return outcome if status == 0 else 'refused'


def record():
    version, run = {'ort': runtime, 'openvino': openvino, 'opencv': opencv}[KIND]()
    outcome = {'refused': [], 'differs': []}
    for file in ['lint/forms', 'onnx/operators', 'onnx/rare_operators']:
        with np.load(os.path.join(FIXTURES, file + '.npz')) as archive: arrays = dict(archive)
        for key, model in arrays.items():
            if not key.startswith('model/'): continue
            name = key[6:]
            part = lambda kind: {k.split('/', 2)[2]: v for k, v in arrays.items() if k.startswith(f'{kind}/{name}/')}
            result = apart(run, model.tobytes(), part('inputs'), part('activations'))
            if result != 'holds': outcome[result].append(name)
    path = os.path.join(FIXTURES, 'lint', 'consumers.json')
    known = json.load(open(path)) if os.path.exists(path) else {}
    known[f'{KIND}@{version}'] = outcome
    with open(path, 'w') as file: json.dump(known, file, indent=1, sort_keys=True); file.write('\n')
    print(KIND, version, {key: len(value) for key, value in outcome.items()})


if __name__ == '__main__':
    if KIND == 'forms':
        os.makedirs(os.path.join(FIXTURES, 'lint'), exist_ok=True)
        np.savez_compressed(os.path.join(FIXTURES, 'lint', 'forms.npz'),
                            **{f'model/{name}': np.frombuffer(model, np.uint8) for name, model in forms().items()})
    else: record()
