"""Looks at the models that WriteTest writes: ONNX's checker, and ONNX Runtime.

    mvn -pl layers/onnx -am test -Dtest=WriteTest -Dsurefire.failIfNoSpecifiedTests=false \
        -DargLine="--add-modules jdk.incubator.vector -Dlanewise.written=FOLDER"
    python check_written.py FOLDER

Beside each model are its input and what Lanewise makes of it, as floats with channels first.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

CLOSE = 1e-4  # of the largest output


def dims(value, floats):
    """Dimensions, the batch among them."""
    rest = [dim.dim_value for dim in value.type.tensor_type.shape.dim][1:]
    return [floats.size // int(np.prod(rest))] + rest


def check(file):
    """What the model is off by, relative to the largest output."""
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    x, y = (np.fromfile(f"{file}{end}", "<f4") for end in (".in", ".out"))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    (out,) = session.run(["output"], {"input": x.reshape(dims(model.graph.input[0], x))})
    assert list(out.shape) == dims(model.graph.output[0], y), f"{out.shape}"
    y = y.reshape(out.shape)
    assert ((out == y) | np.isfinite(out - y) | np.isnan(out) & np.isnan(y)).all(), "not finite"
    differ = (out != y) & ~np.isnan(y)
    if not differ.any():
        return 0.0
    return float(np.abs(out - y)[differ].max() / max(np.abs(y[np.isfinite(y)]).max(), 1e-3))


def main():
    files = sorted(Path(sys.argv[1]).glob("*.onnx"), key=lambda file: int(file.stem))
    worst, bad, versions = 0.0, 0, set()
    for file in files:
        versions.add(onnx.load(file).opset_import[0].version)
        try:
            off = check(file)
            worst = max(worst, off)
            if off > CLOSE:
                raise AssertionError(f"is off by {off:.1e}")
        except Exception as fault:  # whatever the checker or the runtime says
            bad += 1
            print(f"{file.name}: {str(fault).splitlines()[0]}")
    print(f"{len(files)} models of versions {sorted(versions)}: {bad} bad, at most {worst:.1e} off")


main()
