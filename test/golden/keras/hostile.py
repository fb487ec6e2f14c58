"""HDF5 files that no honest program writes, and Keras configs that would run code or open files: each is refused.

    python3 hostile.py test/golden/keras/hostile
"""

import json
import sys
import zipfile

import h5py
import numpy as np

OUT = sys.argv[1]
NUMBERS = np.arange(6, dtype=np.float32).reshape(2, 3)


def h5(name, write, **options):
    with h5py.File(f"{OUT}/{name}", "w", **options) as file:
        write(file)


def soft(file):
    file["numbers"] = NUMBERS
    file["again"] = h5py.SoftLink("/numbers")


def external_link(file):
    file["numbers"] = h5py.ExternalLink("/etc/hostname", "/x")


def external_storage(file):
    file.create_dataset("numbers", (2, 3), "f4", external=[("/etc/hostname", 0, 24)])


def virtual(file):
    layout = h5py.VirtualLayout((2, 3), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "numbers", (2, 3))
    file.create_virtual_dataset("numbers", layout)


def bomb(file):
    file.create_dataset("numbers", (2**30,), "f4", chunks=(2**12,), compression="gzip")[0] = 1


def stored_bomb(file):
    # A place for all of it is in the file alone where something was written.
    file.create_dataset("numbers", (2**31,), "f4")


def checked(file):
    file.create_dataset("numbers", data=NUMBERS, chunks=(1, 3), fletcher32=True)


def lzf(file):
    file.create_dataset("numbers", data=NUMBERS, chunks=(1, 3), compression="lzf")


def cycle(file):
    group = file.create_group("a/b")
    group["again"] = file["a"]


def twice(file):
    file["numbers"] = NUMBERS
    file["again"] = file["numbers"]


def reference(file):
    file["numbers"] = NUMBERS
    file.attrs["where"] = file["numbers"].ref


def compound(file):
    file.attrs["both"] = np.zeros(1, dtype=[("a", "f4"), ("b", "i4")])


def texts(file):
    file["texts"] = "a text"
    file["whether"] = np.array([True])
    file["numbers"] = NUMBERS
    file["__proto__"] = NUMBERS


for write in (soft, external_link, external_storage, virtual, bomb, stored_bomb, checked, lzf, cycle, twice, reference, compound, texts):
    h5(f"{write.__name__}.h5", write)


def model(name, *layers, **entries):
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": list(layers)}}
    h5("weights.tmp", lambda file: file.create_group("layers"))
    with zipfile.ZipFile(f"{OUT}/{name}.keras", "w") as z:
        z.writestr(zipfile.ZipInfo("metadata.json"), json.dumps({"keras_version": "3.6.0"}))
        z.writestr(zipfile.ZipInfo("config.json"), json.dumps(config))
        z.write(f"{OUT}/weights.tmp", "model.weights.h5")


model("lambda", {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "run", "function": {"class_name": "__lambda__", "config": {"code": "4wEAAA=="}}}})
model("own_module", {"module": "os", "class_name": "system", "config": {"name": "run"}, "registered_name": "system"})
model("prototype", {"module": "keras.layers", "class_name": "__proto__", "config": {"name": "p"}}, {"module": "keras.layers", "class_name": "constructor", "config": {"name": "c"}})
model("path", {"module": "keras.layers", "class_name": "StringLookup", "config": {"name": "look", "vocabulary": "/etc/passwd"}})

import os

os.remove(f"{OUT}/weights.tmp")
