// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The operators that can be imported, by their names in the standard domain. */
final class Operators {
  static final Map<String, Operator> ALL;

  static {
    Map<String, Operator> all = new TreeMap<>();
    ElementOperators.addTo(all);
    LinearOperators.addTo(all);
    NormOperators.addTo(all);
    QuantizeOperators.addTo(all);
    ReduceOperators.addTo(all);
    ResizeOperators.addTo(all);
    ShapeOperators.addTo(all);
    WindowOperators.addTo(all);
    ALL = Collections.unmodifiableMap(all);
  }

  private Operators() {}
}
