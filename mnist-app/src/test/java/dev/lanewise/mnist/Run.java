// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** One command line, run within the test. */
record Run(int code, String out, String err) {
  static Run of(Object... args) {
    String[] line = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      line[i] = args[i].toString();
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), line);
    return new Run(code, out.toString(), err.toString());
  }

  List<String> errLines() {
    return err.lines().toList();
  }
}
