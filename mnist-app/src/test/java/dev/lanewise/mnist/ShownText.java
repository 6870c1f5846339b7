// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.ArrayList;
import java.util.List;

/** What a terminal shows of the text that was written to it: knows lines, columns and going up. */
final class ShownText {
  private static final String UP = "\u001b[A";

  private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
  private int row;
  private int column;

  /** The lines, without blanks at their ends. */
  static List<String> of(String written) {
    ShownText shown = new ShownText();
    int at = 0;
    while (at < written.length()) {
      if (written.startsWith(UP, at)) {
        shown.row = Math.max(0, shown.row - 1);
        at += UP.length();
      } else {
        shown.write(written.charAt(at++));
      }
    }
    return shown.lines.stream().map(line -> line.toString().stripTrailing()).toList();
  }

  private void write(char c) {
    if (c == '\r') {
      column = 0;
    } else if (c == '\n') {
      row++;
      column = 0; // as a terminal is set
      if (row == lines.size()) {
        lines.add(new StringBuilder());
      }
    } else {
      StringBuilder line = lines.get(row);
      line.setLength(Math.max(line.length(), column + 1));
      line.setCharAt(column++, c);
    }
  }
}
