#!/usr/bin/env python3
"""Reads a native pack, by dcnpack.md alone: numpy, protobuf, and `protoc --python_out=DIR dcnpack.proto`.

    read_dcnpack.py DIR PACK [TENSOR]    lists the tensors as JSON, or writes one tensor's bytes
"""
import hashlib
import json
import mmap
import sys

import numpy

MAGIC = bytes.fromhex("89 44 43 4E 50 0D 0A 1A")
# Numbers of ElementType that numpy knows; a bfloat16 comes as the upper half of its float32.
NUMPY = {1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8",
         12: "<u4", 13: "<u8", 14: "<c8", 15: "<c16", 16: "<u2"}


def read(path, schema):
    """The header and the tensors of a pack, each checked against its digest."""
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    length = int.from_bytes(data[12:16], "little")
    encoded = data[48:48 + length]
    if data[:8] != MAGIC or int.from_bytes(data[8:12], "little") != 1 or length > 1 << 28:
        raise ValueError("no pack of version 1")
    if len(encoded) != length or hashlib.sha256(encoded).digest() != data[16:48]:
        raise ValueError("the header is damaged")
    header = schema.Header.FromString(encoded)
    if header.SerializeToString(deterministic=True) != encoded:
        raise ValueError("the header is not in canonical form")
    end, start = 48 + length, (48 + length + 63) // 64 * 64
    payload, tensors, names = start, {}, [tensor.name for tensor in header.tensors]
    if any(a >= b for a, b in zip(names, names[1:])):
        raise ValueError("names do not ascend")
    for tensor in header.tensors:
        start = payload + tensor.offset
        if start != (end + 63) // 64 * 64 or data[end:start].strip(b"\0"):
            raise ValueError("a hole, an overlap, or padding that is not zero")
        end = start + tensor.byte_count
        view = memoryview(data)[start:end]
        if len(view) != tensor.byte_count or hashlib.sha256(view).digest() != tensor.sha256:
            raise ValueError(f"tensor {tensor.name!r} is damaged")
        kind = NUMPY.get(tensor.element_type)
        array = numpy.frombuffer(view, kind or "u1")
        tensors[tensor.name.decode()] = array.reshape(tensor.shape) if kind else array
    if len(data) != max(end, payload):
        raise ValueError("bytes behind the last tensor")
    return header, tensors


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    import dcnpack_pb2

    header, tensors = read(sys.argv[2], dcnpack_pb2)
    if len(sys.argv) > 3:
        sys.stdout.buffer.write(tensors[sys.argv[3]].tobytes())
    else:
        rows = [{"name": t.name.decode(), "type": dcnpack_pb2.ElementType.Name(t.element_type).lower(),
                 "shape": list(t.shape), "sha256": hashlib.sha256(tensors[t.name.decode()].tobytes()).hexdigest()}
                for t in header.tensors]
        json.dump(rows, sys.stdout)
