// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Products {@code a * b} that add up to one number of a pass, laid out as the patch that they come
 * from: {@code [rows, columns, channels]}. A product that is never set lies in the padding.
 */
final class Terms {
  private final int rows;
  private final int columns;
  private final int channels;
  private final float[] a;
  private final float[] b;
  private final boolean[] inside;

  Terms(int rows, int columns, int channels) {
    this.rows = rows;
    this.columns = columns;
    this.channels = channels;
    int size = Math.multiplyExact(rows * columns, channels);
    a = new float[size];
    b = new float[size];
    inside = new boolean[size];
  }

  void set(int row, int column, int channel, float a, float b) {
    int at = (row * columns + column) * channels + channel;
    this.a[at] = a;
    this.b[at] = b;
    inside[at] = true;
  }

  /** A factor of a product in the padding, which is 0 on the other side. */
  void setOutside(int row, int column, int channel, float b) {
    this.b[(row * columns + column) * channels + channel] = b;
  }

  double sum() {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /**
   * As JSON.
   *
   * @param rule what is done with them: {@code sum} or {@code max}
   * @param a what the first factors are called
   * @param b what the second factors are called
   */
  ObjectNode json(String rule, String a, String b) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("rule", rule).put("rows", rows).put("columns", columns).put("channels", channels);
    factors(json.putObject("a"), a, this.a);
    factors(json.putObject("b"), b, this.b);
    ArrayNode outside = json.putArray("outside");
    for (int i = 0; i < inside.length; i++) {
      if (!inside[i]) {
        outside.add(i);
      }
    }
    return json;
  }

  private static void factors(ObjectNode json, String name, float[] values) {
    json.put("name", name);
    ArrayNode array = json.putArray("values");
    for (float value : values) {
      array.add(value);
    }
  }
}
