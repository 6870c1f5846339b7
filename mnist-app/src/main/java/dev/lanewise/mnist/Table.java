// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A table in plain text, whose columns are as wide as they need to be. */
final class Table {
  private final int left;
  private final List<String[]> rows = new ArrayList<>();

  /**
   * A table.
   *
   * @param left how many columns are aligned on the left; the others are on the right
   * @param head the words above the columns
   */
  Table(int left, String... head) {
    this.left = left;
    rows.add(head);
  }

  void row(String... cells) {
    rows.add(cells);
  }

  /** The lines, without line feeds. */
  List<String> lines() {
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String blank = " ".repeat(widths[i] - row[i].length());
        line.append(i < left ? row[i] + blank : blank + row[i]).append("  ");
      }
      lines.add(line.toString().stripTrailing());
    }
    return Collections.unmodifiableList(lines);
  }
}
