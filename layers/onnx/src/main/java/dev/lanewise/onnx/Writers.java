// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** How layers are written, by their kinds. */
final class Writers {
  static final Map<String, Writer> ALL;

  static {
    Map<String, Writer> all = new TreeMap<>();
    ElementWriters.addTo(all);
    ImportedWriters.addTo(all);
    NormWriters.addTo(all);
    ShapeWriters.addTo(all);
    WindowWriters.addTo(all);
    ALL = Collections.unmodifiableMap(all);
  }

  private Writers() {}
}
