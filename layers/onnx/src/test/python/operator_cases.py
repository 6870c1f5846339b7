"""Records ONNX's own tests of the operators that Lanewise imports, as far as they are in scope.

    python3 operator_cases.py DIRECTORY|FILE.gz [BYTES]

Needs onnx. A case is a model whose first input of floats stays an input, while all others become
constants; where several are floats, a second case computes all of them from one input. Each
output is a case of its own. Cases larger than BYTES are left out. Prints what else was left out,
and why.
"""

import collections
import sys
import warnings

import numpy as np
import onnx
from onnx import helper, numpy_helper

import recording

warnings.filterwarnings("ignore")
from onnx.backend.test.case.node import collect_testcases  # noqa: E402

OPERATORS = set(
    """
    Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Cast
    CastLike Ceil Celu Clip Concat Constant Conv ConvTranspose Cos Cosh DepthToSpace
    DequantizeLinear Div Dropout Elu Equal Erf Exp Expand Flatten Floor Gather Gelu Gemm
    GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish
    Identity InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Less LessOrEqual Log
    LogSoftmax MatMul Max MaxPool Mean Min Mish Mod Mul Neg Not Or PRelu Pad Pow QuantizeLinear
    Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin
    ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize Round Selu Shrink Sigmoid Sign Sin Sinh
    Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tan Tanh
    ThresholdedRelu Tile Transpose Unsqueeze Upsample Where Xor ConstantOfShape Shape Size
    """.split()
)
TYPES = ("float32", "int32", "int64", "bool", "int8", "uint8")

# Why a case is out of scope, by a part of its name.
OUT = {
    "training": "statistics of the batch, or random numbers, of a training",
    "mask": "the mask of a dropout",
    "argmax_2d": "the indices of a pooling",
    "blocked": "quantization in blocks",
    "antialias": "antialias",
    "tf_crop_and_resize": "tf_crop_and_resize",
    "empty_set": "no elements",
    "zero_size": "no elements",
    "start_out_of_bounds": "no elements",
    "allowzero": "no elements",
    "constantofshape": "constants that depend on the input",
    "test_shape": "the shape as an output",
    "test_size": "the shape as an output",
    "test_range": "constants that depend on the input",
    "test_not_": "operators of version 1",
}


def is_float(array):
    return array.dtype == np.float32 and array.size > 0


def arrays(values):
    return [np.asarray(v) if isinstance(v, (np.generic, float, int, bool)) else v for v in values]


def reason(case, inputs, outputs):
    """Why a case is left out; None if it is not."""
    operators = {node.op_type for node in case.model.graph.node}
    if case.name.endswith("_expanded") or "_expanded_" in case.name:
        return "expanded into functions"
    if not operators <= OPERATORS:
        return "operator"
    if not all(isinstance(a, np.ndarray) for a in inputs + outputs):
        return "no tensors"
    if not all(a.dtype.name in TYPES for a in inputs + outputs):
        return "type"
    if any(a.ndim > 4 for a in inputs + outputs):
        return "rank"
    for part, why in OUT.items():
        # The values of a pooling with indices are in scope, and so is a dropout's.
        if part in case.name and part not in ("mask", "argmax_2d"):
            return why
    if not any(a.size > 0 for a in inputs):
        return "no input"
    return None


def cases():
    left_out = collections.Counter()
    for case in collect_testcases(None):
        if case.model is None:
            continue
        inputs, outputs = (arrays(values) for values in list(case.data_sets)[0])
        why = reason(case, inputs, outputs)
        if why:
            left_out[why] += 1
            continue
        floats = [i for i, a in enumerate(inputs) if is_float(a)]
        node = case.model.graph.node[0].op_type
        chosen = floats or [i for i, a in enumerate(inputs) if a.size > 0]
        first = 0 if node == "DequantizeLinear" else chosen[0]
        # Operators whose other inputs have to be constants.
        fixed = "Norm" in node or node in (
            "Conv ConvTranspose PRelu Resize QuantizeLinear DequantizeLinear Clip Pad Dropout".split()
        ) or node.startswith("Reduce")
        for packed in (False, True):
            if packed and (fixed or len(chosen) < 2 or case.model.opset_import[0].version < 10):
                continue
            for o, output in enumerate(outputs):
                if o > 0 and ("mask" in case.name or "argmax_2d" in case.name):
                    left_out[OUT["mask" if "mask" in case.name else "argmax_2d"]] += 1
                    continue
                model, x = one_input(case.model, inputs, chosen if packed else [first], packed)
                keep = [model.graph.output[o]]
                del model.graph.output[:]
                model.graph.output.extend(keep)
                name = case.name[5:] + ("-packed" if packed else "") + (f"-{o}" if o else "")
                yield name, model, x, output, case.rtol, case.atol
    print("left out:", dict(left_out))


def one_input(original, inputs, computed, packed):
    """A model of one input, and its value."""
    model = onnx.ModelProto()
    model.CopyFrom(original)
    graph = model.graph
    names = [value.name for value in graph.input]
    for i, array in enumerate(inputs):
        if i not in computed:
            graph.initializer.append(numpy_helper.from_array(array, names[i]))
    if not packed:
        keep = graph.input[computed[0]]
        del graph.input[:]
        graph.input.append(keep)
        return model, inputs[computed[0]]
    nodes = list(graph.node)
    del graph.node[:]
    del graph.input[:]
    total = sum(inputs[i].size for i in computed)
    kind = helper.np_dtype_to_tensor_dtype(inputs[computed[0]].dtype)
    graph.input.append(helper.make_tensor_value_info("packed", kind, [total]))
    at = 0
    for i in computed:
        size = inputs[i].size
        for name, value in (("s", [at]), ("e", [at + size]), ("d", list(inputs[i].shape))):
            graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), f"{name}{i}"))
        graph.node.append(helper.make_node("Slice", ["packed", f"s{i}", f"e{i}"], [f"p{i}"]))
        graph.node.append(helper.make_node("Reshape", [f"p{i}", f"d{i}"], [names[i]]))
        at += size
    graph.node.extend(nodes)
    return model, np.concatenate([inputs[i].reshape(-1) for i in computed])


def main():
    largest = int(sys.argv[2]) if len(sys.argv) > 2 else 1 << 30
    recorded = {}
    large = 0
    for name, model, x, y, relative, absolute in cases():
        case = recording.case(model.SerializeToString(), x, y, f"{relative}\n{absolute}\n")
        if sum(map(len, case)) > largest:
            large += 1
        else:
            recorded[name] = case
    recording.write(sys.argv[1], recorded)
    print(len(recorded), "cases,", large, "too large")


main()
