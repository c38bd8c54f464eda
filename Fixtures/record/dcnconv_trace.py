"""Writes traces of dcnconv (Schemas/trace.md): npz with numpy alone, HDF5 with h5py. The recorders share it."""

import argparse
import fnmatch
import json
import os
import sys
import zipfile

import numpy as np


def encoded(name):
    """A value's name as a trace spells it: %, / and control characters percent-encoded."""
    return "".join(
        "".join("%%%02X" % byte for byte in c.encode()) if c in "%/" or ord(c) < 32 or ord(c) == 127 else c
        for c in name)


class Trace:
    """A trace that is written as it goes; the file appears under its name when all is in it."""

    def __init__(self, path, **meta):
        self.path = path
        self.part = path + ".part"
        self.meta = {key: value for key, value in meta.items() if value is not None}
        self.names = set()
        if path.endswith((".h5", ".hdf5")):
            import h5py
            self.file = h5py.File(self.part, "w")
            self.is_hdf5 = True
        elif path.endswith(".npz"):
            self.file = zipfile.ZipFile(self.part, "w", zipfile.ZIP_STORED, allowZip64=True)
            self.is_hdf5 = False
        else:
            raise SystemExit("%s: a trace is called .npz or .h5" % path)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, place):
        if kind is None:
            if self.is_hdf5:
                self.file.attrs.update(self.meta)
            else:
                self._store("meta", np.array(json.dumps(self.meta)))
        self.file.close()
        if kind is None:
            os.replace(self.part, self.path)
        else:
            os.remove(self.part)

    def _store(self, name, array):
        if self.is_hdf5:
            self.file.create_dataset(name, data=array)
        else:
            with self.file.open(name + ".npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)

    def _add(self, group, name, array):
        full = group + "/" + encoded(name)
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        if array.dtype.hasobject:
            raise SystemExit("%s holds objects, not numbers" % name)
        if full in self.names:
            raise SystemExit("%s is recorded twice" % full)
        self.names.add(full)
        self._store(full, array)

    def input(self, name, array):
        self._add("inputs", name, array)

    def activation(self, name, array):
        self._add("activations", name, array)


def parser(description):
    """The options that every recorder takes."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("-o", "--output", required=True, metavar="TRACE", help="the trace to write, .npz or .h5")
    options.add_argument("--input", action="append", default=[], metavar="NAME=FILE.npy|FILE.npz|FILE.h5",
                         help="an input's array, or one file with all of them")
    options.add_argument("--shape", action="append", default=[], metavar="NAME=1,3,600,1000",
                         help="the shape of an input that is made up")
    options.add_argument("--random-inputs", type=int, metavar="SEED", help="make inputs up, from this seed")
    options.add_argument("--values", action="append", default=[], metavar="GLOB",
                         help="record these values only; may be repeated")
    return options


def is_chosen(name, options):
    return not options.values or any(fnmatch.fnmatchcase(name, pattern) for pattern in options.values)


def _arrays(path):
    if path.endswith(".npy"):
        return {"": np.load(path, allow_pickle=False)}
    if path.endswith(".npz"):
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files if name != "meta"}
    if path.endswith((".h5", ".hdf5")):
        import h5py
        found = {}
        with h5py.File(path, "r") as file:
            file.visititems(lambda name, node: found.update({name: node[()]}) if hasattr(node, "shape") else None)
        return found
    raise SystemExit("%s: inputs are .npy, .npz or .h5" % path)


def inputs(wanted, options):
    """Arrays for the inputs of a model.

    wanted: name -> (shape with None where free, dtype).
    """
    arrays = {}
    for argument in options.input:
        name, equals, path = argument.partition("=")
        if not equals:
            found = _arrays(argument)
            arrays.update({key: found.get("inputs/" + encoded(key), found.get(key))
                           for key in wanted if "inputs/" + encoded(key) in found or key in found})
        else:
            found = _arrays(path)
            array = found.get("", found.get("inputs/" + encoded(name), found.get(name)))
            if array is None:
                raise SystemExit("%s: no array '%s'" % (path, name))
            arrays[name] = array
    unknown = sorted(set(arrays) - set(wanted))
    if unknown:
        raise SystemExit("no input %s: there are %s" % (unknown, sorted(wanted)))
    shapes = {}
    for argument in options.shape:
        name, _, text = argument.rpartition("=")
        shapes[name] = tuple(int(part) for part in text.split(",") if part)
    random = np.random.RandomState(options.random_inputs or 0)
    for name, (shape, dtype) in wanted.items():
        if name in arrays:
            arrays[name] = np.asarray(arrays[name]).astype(dtype, copy=False)
            continue
        if options.random_inputs is None:
            raise SystemExit("input '%s' is not given: --input %s=FILE, or --random-inputs SEED" % (name, name))
        shape = shapes.get(name, shape)
        if shape is None or any(size is None for size in shape):
            raise SystemExit("the shape of '%s' is %s: say it with --shape %s=…" % (name, shape, name))
        arrays[name] = _made_up(name, shape, dtype, arrays, shapes, wanted, random)
    return arrays


def _made_up(name, shape, dtype, arrays, shapes, wanted, random):
    """Any numbers will do, but for what a detector is told of its picture: height, width and scale, or regions."""
    data = arrays["data"].shape if "data" in arrays else shapes.get("data", wanted.get("data", (None,))[0])
    if name == "im_info" and shape[-1] == 3:
        return np.tile(np.array([data[2], data[3], 1], dtype), shape[:-1] + (1,)).reshape(shape)
    if name == "rois" and shape[-1] == 5 and data:
        # The number of the image, 0, and two corners in whole pixels.
        corners = np.sort(random.uniform(size=shape[:-1] + (2, 2)), axis=-2) * [data[3] - 1, data[2] - 1]
        images = np.zeros(shape[:-1] + (1,))
        return np.concatenate([images, corners.round().reshape(shape[:-1] + (4,))], axis=-1).astype(dtype)
    if np.issubdtype(np.dtype(dtype), np.floating):
        return random.standard_normal(shape).astype(dtype)
    return random.randint(0, 2, shape).astype(dtype)


def say(trace, options):
    count = sum(name.startswith("activations/") for name in trace.names)
    print("%s: %d values recorded" % (options.output, count), file=sys.stderr)
