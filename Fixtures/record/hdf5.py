"""Writes traces/arrays.h5 and arrays-1.10.h5, tensors of every kind that is read in the oldest layout and in that of
HDF5 1.10, and traces/hostile_hdf5.npz, files that must be refused, each as an array of its bytes.

Run with numpy and h5py alone: python3 Fixtures/record/hdf5.py
"""
import os
import tempfile
import zlib

import h5py
import numpy

TARGET = os.path.join(os.path.dirname(__file__), "..", "traces")
EXACT = dict(track_times=False)


def arrays(file):
    six = numpy.arange(6).reshape(2, 3)
    for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
                 "uint64", "bool"):
        file.create_dataset(f"types/{name}", data=six.astype(name), **EXACT)
    file.create_dataset("types/big_endian", data=six.astype(">f4"), **EXACT)
    brain = h5py.h5t.IEEE_F32LE.copy()
    brain.set_fields(15, 7, 8, 0, 7)
    brain.set_size(2)
    brain.set_ebias(127)
    dataset = h5py.h5d.create(file["types"].id, b"bfloat16", brain, h5py.h5s.create_simple((2, 3)),
                              dcpl=plain())
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, (six.astype("float32").view("uint32") >> 16).astype("uint16"), brain)
    file.create_dataset("scalar", data=numpy.float32(2.5), **EXACT)
    file.create_dataset("empty", data=numpy.zeros((0, 4), "float32"), **EXACT)
    file.create_dataset("activations/a%2Fb", data=numpy.linspace(-1, 1, 5, dtype="float32"), **EXACT)
    ramp = numpy.arange(7 * 11, dtype="float32").reshape(7, 11)
    for name, options in dict(
            cut=dict(chunks=(3, 4)), deflated=dict(chunks=(3, 4), compression="gzip"),
            shuffled=dict(chunks=(3, 4), compression="gzip", shuffle=True),
            summed=dict(chunks=(3, 4), compression="gzip", shuffle=True, fletcher32=True),
            sums=dict(chunks=(3, 4), fletcher32=True)).items():
        file.create_dataset(f"pieces/{name}", data=ramp, **options, **EXACT)
    file.create_dataset("note", data="a text is no tensor", **EXACT)
    file.attrs.update(framework="MXNet", version=numpy.bytes_("1.9.1"), flushToZero=False, seed=7, scale=0.5)


def plain():
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_obj_track_times(False)
    return settings


def data(file, name="x"):
    return file.create_dataset(name, data=numpy.arange(4, dtype="float32"), **EXACT)


def external_link(file): file["x"] = h5py.ExternalLink("/etc/passwd.h5", "/x")
def soft_link(file): data(file); file["y"] = h5py.SoftLink("/x")
def soft_loop(file): file["a"] = h5py.SoftLink("/b"); file["b"] = h5py.SoftLink("/a")
def group_loop(file): group = file.create_group("g"); data(group); group["again"] = group
def root_loop(file): data(file); file["again"] = file["/"]
def compound(file): file.create_dataset("x", data=numpy.zeros(2, "f4,i4"), **EXACT)
def lengths(file): file.create_dataset("x", (2,), h5py.vlen_dtype("f4"), **EXACT)
def opaque(file): file.create_dataset("x", data=numpy.zeros(2, "V3"), **EXACT)
def no_space(file): file["x"] = h5py.Empty("f4")
def lzf(file): file.create_dataset("x", data=numpy.zeros(64, "f4"), compression="lzf", **EXACT)
def scale_offset(file): file.create_dataset("x", data=numpy.zeros(64, "i4"), scaleoffset=0, chunks=(64,), **EXACT)
def unwritten(file): file.create_dataset("x", (1 << 20, 1 << 18), "f4", **EXACT)
def unwritten_pieces(file): file.create_dataset("x", (1 << 20, 1 << 18), "f4", chunks=(1 << 10, 1 << 10), **EXACT)


def external_storage(file):
    file.create_dataset("x", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def virtual(file):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def deep(file):
    group = file
    for _ in range(100):
        group = group.create_group("g")
    data(group)


def piece(file, stored, mask=0, **options):
    dataset = file.create_dataset("x", (1024,), "u1", chunks=(1024,), **options, **EXACT)
    dataset.id.write_direct_chunk((0,), stored, mask)


def bomb(file): piece(file, zlib.compress(bytes(256 << 10)), compression="gzip")
def short_piece(file): piece(file, zlib.compress(bytes(1000)), compression="gzip")
def cut_piece(file): piece(file, zlib.compress(numpy.random.RandomState(1).bytes(1024))[:900], compression="gzip")
def skipped_filter(file): piece(file, bytes(1024), 1, compression="gzip")
def short_sum(file): piece(file, bytes(8), fletcher32=True)


HOSTILE = [external_link, soft_link, soft_loop, group_loop, root_loop, compound, lengths, opaque, no_space, lzf,
           scale_offset, unwritten, unwritten_pieces, external_storage, virtual, deep, bomb, short_piece, cut_piece,
           skipped_filter, short_sum]


def contents(write, version="earliest"):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.h5")
        with h5py.File(path, "w", libver=(version, "v110")) as file:
            write(file)
        with open(path, "rb") as file:
            return file.read()


if __name__ == "__main__":
    for name, version in (("arrays.h5", "earliest"), ("arrays-1.10.h5", "v110")):
        with open(os.path.join(TARGET, name), "wb") as target:
            target.write(contents(arrays, version))
    numpy.savez_compressed(os.path.join(TARGET, "hostile_hdf5.npz"),
                **{write.__name__: numpy.frombuffer(contents(write), "u1") for write in HOSTILE})
