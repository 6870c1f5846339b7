"""How cases are kept for RecordedCasesTest."""

import gzip
import io
import os
import struct

SUFFIXES = (".onnx", ".in", ".out", ".txt")


def case(model, x, y, tolerance):
    """A model, its input and its output, and what is said of them."""
    dims = [" ".join(map(str, a.shape)) for a in (x, y)]
    text = "\n".join([*dims, tolerance])
    return model, x.astype("<f4").tobytes(), y.astype("<f4").tobytes(), text.encode()


def write(target, cases):
    """Writes cases to a file: name, then each part with its length; or to a directory."""
    if not target.endswith(".gz"):
        os.makedirs(target, exist_ok=True)
        for name, parts in cases.items():
            for suffix, data in zip(SUFFIXES, parts):
                with open(os.path.join(target, name + suffix), "wb") as out:
                    out.write(data)
        return
    plain = io.BytesIO()
    for name, parts in sorted(cases.items()):
        plain.write(struct.pack(">H", len(name)) + name.encode())
        for data in parts:
            plain.write(struct.pack(">i", len(data)) + data)
    with open(target, "wb") as out:
        out.write(gzip.compress(plain.getvalue(), 9, mtime=0))
