// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarConsumer;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.InfoCmp;

/**
 * Where a training prints its lines. On a terminal they are wrapped to its width, and the last line
 * belongs to a progress bar: whatever is printed scrolls up above it.
 */
final class Screen {
  /** Where the values begin in lines such as {@code model simple}. */
  private static final String INDENT = " ".repeat(10);

  private final Consumer<String> plain;
  private final BottomLine bottom; // null: no terminal

  /**
   * A place to print.
   *
   * @param plain prints a line where there is no terminal
   * @param terminal a stream to a terminal; or {@code null}
   */
  Screen(Consumer<String> plain, PrintStream terminal) {
    this.plain = plain;
    bottom = terminal == null ? null : new BottomLine(terminal, BottomLine.open());
  }

  /**
   * A terminal whose width is known from elsewhere.
   *
   * @param out a stream to it
   * @param terminal knows the width
   */
  Screen(PrintStream out, Terminal terminal) {
    plain = null;
    bottom = new BottomLine(out, terminal);
  }

  /** The user's terminal, or what standard output is instead. */
  static Screen of(CommonOptions common) {
    if (common.quiet) {
      return new Screen(line -> {}, (PrintStream) null);
    }
    return new Screen(line -> common.print("%s", line), onTerminal() ? System.out : null);
  }

  /** Whether standard output is a terminal that can do more than print lines. */
  static boolean onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
  }

  /** How long a line can be; without a terminal there is no limit. */
  int columns() {
    return bottom == null ? Integer.MAX_VALUE : bottom.getMaxRenderedLength();
  }

  /** Where a bar can be drawn; {@code null} without a terminal. */
  ProgressBarConsumer bar() {
    return bottom;
  }

  /**
   * Shows a line above the bar, where the terminal can.
   *
   * @param line makes it, of at most so many columns; may be empty
   */
  void aboveBar(IntFunction<String> line) {
    if (bottom != null) {
      bottom.above = line;
    }
  }

  /** Prints a line of results. */
  void print(String format, Object... values) {
    String line = String.format(Locale.ROOT, format, values);
    if (bottom == null) {
      plain.accept(line);
    } else {
      bottom.above(() -> line.lines().forEach(this::printWrapped));
    }
  }

  private void printWrapped(String line) {
    wrap(line, columns()).forEach(bottom.out::println);
  }

  /** Prints a command line; where it is wrapped it can still be copied into a shell. */
  void command(String line) {
    print("%s", wrapCommand(line, columns()));
  }

  /** Clears the bar for good; on its own it does not if it has come to its end at once. */
  void clearBar() {
    if (bottom != null) {
      bottom.clearUnlessBlank();
    }
  }

  /** Lets something else print lines, such as to standard error, without touching the bar. */
  void aside(Runnable printing) {
    if (bottom == null) {
      printing.run();
    } else {
      bottom.above(printing);
    }
  }

  /**
   * Breaks a line into lines of a width, after a comma or semicolon if there is one, else at a
   * space. Words that are longer stay whole, so that they can be copied.
   */
  static List<String> wrap(String line, int columns) {
    List<String> lines = new ArrayList<>();
    String rest = line;
    while (rest.length() > columns) {
      int end = Math.max(rest.lastIndexOf(", ", columns - 1), rest.lastIndexOf("; ", columns - 1));
      end = end < INDENT.length() ? rest.lastIndexOf(' ', columns) : end + 1;
      end = end < INDENT.length() ? rest.indexOf(' ', columns) : end;
      if (end < 0) {
        break;
      }
      lines.add(rest.substring(0, end));
      rest = INDENT + rest.substring(end).strip();
    }
    lines.add(rest);
    return lines;
  }

  /** Breaks a command line before an option, as a Unix shell allows. */
  static String wrapCommand(String line, int columns) {
    StringBuilder wrapped = new StringBuilder();
    int length = 0;
    int left = line.length();
    for (String part : line.split(" (?=--)")) {
      left -= part.length() + 1;
      int room = left > 0 ? columns - " \\".length() : columns;
      if (length > 0 && length + 1 + part.length() > room) {
        wrapped.append(" \\\n").append(INDENT);
        length = INDENT.length();
      }
      wrapped.append(length > 0 ? " " : "").append(part);
      length += 1 + part.length();
    }
    return wrapped.toString();
  }

  /** The last line of the terminal, where the bar is, and perhaps one above it. */
  private static final class BottomLine extends ConsoleProgressBarConsumer {
    private static final int DEFAULT_WIDTH = 80;
    private static final int LEAST_WIDTH = 10;
    private static final String UP = "\u001b[A";

    private final PrintStream out;
    private final Terminal terminal; // null: unknown
    private final boolean canGoUp;
    private volatile IntFunction<String> above = columns -> "";
    private String last = "";
    private boolean hasTwoLines;

    BottomLine(PrintStream out, Terminal terminal) {
      super(out);
      this.out = out;
      this.terminal = terminal;
      canGoUp =
          terminal != null
              && terminal.getStringCapability(InfoCmp.Capability.cursor_up) != null
              && out.charset().newEncoder().canEncode('█');
    }

    /**
     * Not the terminal of the superclass, which sets the answers to signals to those of the system
     * when it is opened, and back when it is closed: Ctrl-C would then save nothing.
     */
    static Terminal open() {
      try {
        return TerminalBuilder.builder().dumb(true).nativeSignals(false).build();
      } catch (IOException e) {
        return null;
      }
    }

    @Override
    public int getMaxRenderedLength() {
      int width = terminal == null ? 0 : terminal.getWidth();
      return (width < LEAST_WIDTH ? DEFAULT_WIDTH : width) - 1;
    }

    @Override
    public synchronized void accept(String line) {
      last = line;
      int columns = getMaxRenderedLength();
      String upper = canGoUp && !line.isBlank() ? above.apply(columns) : "";
      if (hasTwoLines || !upper.isEmpty()) {
        String blanks = " ".repeat(Math.max(0, columns - upper.length()));
        out.print((hasTwoLines ? UP : "") + "\r" + upper + blanks + "\r\n");
      }
      super.accept(line);
      if (hasTwoLines && line.isBlank()) { // whatever comes next begins in the upper one
        out.print(UP + "\r");
      }
      hasTwoLines = !line.isBlank() && (hasTwoLines || !upper.isEmpty());
      out.flush();
    }

    synchronized void above(Runnable printing) {
      String bar = last;
      if (bar.isBlank()) { // before the bar, or after it
        printing.run();
        return;
      }
      clear(); // accepts blanks
      printing.run();
      accept(bar);
    }

    synchronized void clearUnlessBlank() {
      if (!last.isBlank()) {
        clear();
      }
    }

    /** Without the line feed of the superclass: the bar has been cleared. */
    @Override
    public void close() {
      out.flush();
    }
  }
}
