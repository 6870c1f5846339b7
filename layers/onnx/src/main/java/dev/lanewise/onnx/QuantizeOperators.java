// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import java.util.Arrays;
import java.util.Map;

/** Numbers as whole numbers of 8 bits, and back. Weights kept so become floats when read. */
final class QuantizeOperators {
  private QuantizeOperators() {}

  static void addTo(Map<String, Operator> all) {
    all.put("DequantizeLinear", Operator.one(QuantizeOperators::dequantize));
    all.put("QuantizeLinear", Operator.one(QuantizeOperators::quantize));
  }

  /** {@code (x - zero) * scale}. */
  private static Value dequantize(Call call) {
    Value x = call.input(0);
    Value real = x instanceof Constant c ? c.as(Type.FLOAT) : ((Activation) x).with(Type.FLOAT);
    Constant zero = call.optionalConstant(2);
    if (zero != null && !isZero(zero)) {
      Constant spread = along(call, x, zero.as(Type.FLOAT));
      real = ElementOperators.pointwise(call.wiring(), PointOp.SUB, real, spread);
    }
    Constant scale = along(call, x, call.constant(1));
    return ElementOperators.pointwise(call.wiring(), PointOp.MUL, real, scale);
  }

  private static boolean isZero(Constant constant) {
    for (int i = 0; i < constant.size(); i++) {
      if (constant.real(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** {@code round(x / scale) + zero}, as far as that fits. */
  private static Value quantize(Call call) {
    Value x = call.input(0);
    Constant zero = call.optionalConstant(2);
    Type type = zero == null ? Type.UINT8 : zero.type();
    boolean other = call.longOf("output_dtype", 0) != 0 && zero == null;
    if (type != Type.INT8 && type != Type.UINT8 || other) {
      throw new ImportFault("it makes other numbers than INT8 and UINT8");
    }
    Wiring wiring = call.wiring();
    Value y = ElementOperators.pointwise(wiring, PointOp.DIV, x, along(call, x, call.constant(1)));
    y = ElementOperators.pointwise(wiring, PointOp.ROUND, y);
    if (zero != null && !isZero(zero)) {
      Constant spread = along(call, x, zero.as(Type.FLOAT));
      y = ElementOperators.pointwise(wiring, PointOp.ADD, y, spread);
    }
    boolean signed = type == Type.INT8;
    y =
        wiring
            .elements()
            .pointwise(PointOp.CLIP, signed ? Byte.MIN_VALUE : 0, signed ? Byte.MAX_VALUE : 255, y);
    return y instanceof Constant c ? c.as(type) : ((Activation) y).with(type);
  }

  /** One number, or one for each index of an axis. */
  private static Constant along(Call call, Value x, Constant numbers) {
    if (call.integer("block_size", 0) != 0) {
      throw new ImportFault("it has numbers for blocks, which is not supported");
    }
    Constant plain = numbers.as(Type.FLOAT);
    int rank = x.dims().length;
    if (plain.size() == 1) {
      return Constant.of(new int[0], plain.reals());
    }
    int axis = Call.axis(call.integer("axis", 1), rank);
    int[] dims = new int[rank];
    Arrays.fill(dims, 1);
    dims[axis] = plain.size();
    return Constant.of(dims, plain.reals());
  }
}
