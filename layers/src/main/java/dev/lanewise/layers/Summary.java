// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table of the layers of a network, for people. */
final class Summary {
  private static final List<String> HEAD =
      List.of("layer", "kind", "output", "parameters", "multiply-adds", "memory");
  private static final int LEFT = 3; // columns aligned on the left

  private Summary() {}

  /** Memory is that of an output of one image; parameters that are shared count once. */
  static String of(Graph graph) {
    List<List<String>> rows = new ArrayList<>(List.of(HEAD));
    long parameters = 0;
    long work = 0;
    long floats = graph.input().shape().size();
    rows.add(
        List.of(
            graph.input().name(), "", graph.input().shape().toString(), "0", "0", bytes(floats)));
    for (Node node : graph.nodes()) {
      long own = node.owner() == node ? count(node.parameters()) : 0;
      long multiplyAdds = node.layer().multiplyAdds(node.in());
      rows.add(
          List.of(
              node.name(),
              node.layer().description().toString(),
              node.shape().toString(),
              number(own),
              number(multiplyAdds),
              bytes(node.shape().size())));
      parameters += own;
      work += multiplyAdds;
      floats += node.shape().size();
    }
    rows.add(
        List.of(
            "total",
            "",
            graph.output().shape().toString(),
            number(parameters),
            number(work),
            bytes(floats)));
    return table(rows) + "memory of the parameters: " + bytes(parameters) + "\n";
  }

  private static long count(List<Parameter> parameters) {
    return parameters.stream().mapToLong(p -> p.value().size()).sum();
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String bytes(long floats) {
    return String.format(Locale.ROOT, "%,.1f KiB", floats * Float.BYTES / 1024.0);
  }

  private static String table(List<List<String>> rows) {
    int[] widths = new int[HEAD.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String blank = " ".repeat(widths[i] - row.get(i).length());
        line.append(i < LEFT ? row.get(i) + blank : blank + row.get(i)).append("  ");
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
