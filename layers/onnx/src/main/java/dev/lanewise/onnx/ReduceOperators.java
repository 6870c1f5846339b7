// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import java.util.Arrays;
import java.util.Map;

/** Operators that make one element of the elements of some axes. */
final class ReduceOperators {
  private ReduceOperators() {}

  static void addTo(Map<String, Operator> all) {
    reduction(all, "ReduceL1", ReduceOp.L1);
    reduction(all, "ReduceL2", ReduceOp.L2);
    reduction(all, "ReduceLogSum", ReduceOp.LOG_SUM);
    reduction(all, "ReduceLogSumExp", ReduceOp.LOG_SUM_EXP);
    reduction(all, "ReduceMax", ReduceOp.MAX);
    reduction(all, "ReduceMean", ReduceOp.MEAN);
    reduction(all, "ReduceMin", ReduceOp.MIN);
    reduction(all, "ReduceProd", ReduceOp.PROD);
    reduction(all, "ReduceSum", ReduceOp.SUM);
    reduction(all, "ReduceSumSquare", ReduceOp.SUM_SQUARE);
    all.put("ArgMax", Operator.one(call -> index(call, ReduceOp.ARG_MAX, ReduceOp.ARG_MAX_LAST)));
    all.put("ArgMin", Operator.one(call -> index(call, ReduceOp.ARG_MIN, ReduceOp.ARG_MIN_LAST)));
  }

  private static void reduction(Map<String, Operator> all, String name, ReduceOp op) {
    all.put(name, Operator.one(call -> reduce(call, op)));
  }

  private static Value reduce(Call call, ReduceOp op) {
    Value x = call.input(0);
    int rank = x.dims().length;
    int[] given = call.intsOrInput("axes", 1);
    boolean none = given == null || given.length == 0;
    if (none && call.flag("noop_with_empty_axes", false)) {
      return call.wiring().reductions().reduce(op, x, new boolean[rank], true);
    }
    boolean[] axes = Call.axes(none ? new int[0] : given, rank);
    if (none) {
      Arrays.fill(axes, true);
    }
    return call.wiring().reductions().reduce(op, x, axes, call.flag("keepdims", true));
  }

  private static Value index(Call call, ReduceOp first, ReduceOp last) {
    Value x = call.input(0);
    boolean[] axes = Call.axes(new int[] {call.integer("axis", 0)}, x.dims().length);
    ReduceOp op = call.flag("select_last_index", false) ? last : first;
    return call.wiring().reductions().reduce(op, x, axes, call.flag("keepdims", true));
  }
}
