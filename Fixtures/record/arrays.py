"""Writes traces/arrays.npz: an array of every type, scalars, empty ones, a text, stored and deflated.

Run with numpy alone: python3 Fixtures/record/arrays.py
"""
import io
import json
import os
import zipfile

import numpy

TARGET = os.path.join(os.path.dirname(__file__), "..", "traces", "arrays.npz")
WHEN = (1980, 1, 1, 0, 0, 0)

arrays = {f"types/{name}": numpy.arange(6).reshape(2, 3).astype(name) for name in (
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool")}
arrays["scalar"] = numpy.float32(2.5)
arrays["empty"] = numpy.zeros((0, 4), numpy.float32)
arrays["activations/a%2Fb"] = numpy.linspace(-1, 1, 5, dtype=numpy.float32)
arrays["meta"] = numpy.array(json.dumps({"framework": "MXNet", "version": "1.9.1", "flushToZero": False, "seed": 7}))

os.makedirs(os.path.dirname(TARGET), exist_ok=True)
with zipfile.ZipFile(TARGET, "w") as archive:
    for index, (name, array) in enumerate(arrays.items()):
        data = io.BytesIO()
        numpy.lib.format.write_array(data, numpy.asanyarray(array), allow_pickle=False)
        info = zipfile.ZipInfo(name + ".npy", WHEN)
        info.compress_type = zipfile.ZIP_DEFLATED if index % 2 else zipfile.ZIP_STORED
        archive.writestr(info, data.getvalue())
