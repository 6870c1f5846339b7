// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;

class ScreenTest {
  /** A terminal of some columns. */
  static Terminal terminal(int columns) throws IOException {
    Terminal terminal =
        new DumbTerminal(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream());
    terminal.setSize(new Size(columns, 24));
    return terminal;
  }

  private static final String HEADER =
      "          50000 to train, 10000 to validate, 10000 to test; images of 28x28, 10 classes";

  @Test
  void linesAreWrappedAfterCommasAndGoOnBelowTheirValue() {
    assertEquals(List.of(HEADER), Screen.wrap(HEADER, HEADER.length()));
    assertEquals(
        List.of(
            "          50000 to train, 10000 to validate, 10000 to test; images of 28x28,",
            "          10 classes"),
        Screen.wrap(HEADER, 79));
    assertEquals(
        List.of(
            "          50000 to train, 10000 to validate, 10000 to test;",
            "          images of 28x28, 10 classes"),
        Screen.wrap(HEADER, 59));
    assertEquals(
        List.of("engine    a back end that", "          has no commas"),
        Screen.wrap("engine    a back end that has no commas", 28));
  }

  @Test
  void namesOfFilesStayWhole() {
    String name = "/a/".repeat(20);
    assertEquals(
        List.of("resumed   from", "          " + name + ",", "          after 1 epoch"),
        Screen.wrap("resumed   from " + name + ", after 1 epoch", 30));
    assertEquals(List.of("data      " + name), Screen.wrap("data      " + name, 30));
  }

  @Test
  void commandsCanBeCopied() {
    String command = "next      mnist-app evaluate --weights w --data '/a, b'";
    assertEquals(command, Screen.wrapCommand(command, 57));
    assertEquals(
        "next      mnist-app evaluate --weights w \\\n           --data '/a, b'",
        Screen.wrapCommand(command, 50));
    assertEquals(
        "next      mnist-app evaluate \\\n           --weights w \\\n           --data '/a, b'",
        Screen.wrapCommand(command, 30));
  }

  @Test
  void withoutATerminalLinesAreOfAnyLength() {
    List<String> lines = new ArrayList<>();
    Screen screen = new Screen(lines::add, null);
    screen.print("%s", HEADER);
    screen.command("mnist-app " + "--data x ".repeat(50));
    assertEquals(HEADER, lines.get(0));
    assertEquals(2, lines.size());
  }

  @Test
  void theBarIsClearedForWhateverIsPrintedAndDrawnAgain() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      Screen screen = new Screen(out, terminal(40));
      screen.print("first");
      screen.bar().accept("the bar");
      screen.aside(() -> out.println("aside"));
      screen.bar().clear();
      screen.print("last");
    }
    String all = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(all.matches("first\\R\rthe bar\r\r +\raside\\R\rthe bar\r\r +\rlast\\R"), all);
  }

  /** As terminals are that can do more than print. */
  private static Terminal xterm(int columns) throws IOException {
    Terminal terminal =
        new ExternalTerminal(
            "test",
            "xterm",
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            StandardCharsets.UTF_8);
    terminal.setSize(new Size(columns, 24));
    return terminal;
  }

  @Test
  void theLineAboveTheBarStaysWithItAndGoesWithIt() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Terminal terminal = xterm(40)) {
      String[] upper = {""};
      Screen screen = new Screen(out, terminal);
      screen.aboveBar(columns -> upper[0]);
      screen.print("first");
      screen.bar().accept("bar 1");
      assertEquals(List.of("first", "bar 1"), shown(bytes));
      upper[0] = "a long curve";
      screen.bar().accept("bar 2");
      assertEquals(List.of("first", "a long curve", "bar 2"), shown(bytes));
      upper[0] = "curve";
      screen.bar().accept("bar 3");
      assertEquals(List.of("first", "curve", "bar 3"), shown(bytes));
      screen.aside(() -> out.println("aside"));
      assertEquals(List.of("first", "aside", "curve", "bar 3"), shown(bytes));
      screen.print("second");
      assertEquals(List.of("first", "aside", "second", "curve", "bar 3"), shown(bytes));
      screen.bar().clear();
      assertEquals(List.of("first", "aside", "second", "", ""), shown(bytes));
      screen.print("third");
      screen.print("last");
      assertEquals(List.of("first", "aside", "second", "third", "last", ""), shown(bytes));
    }
  }

  @Test
  void whatCannotBeWrittenIsNotShown() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.ISO_8859_1);
        Terminal terminal = xterm(40)) {
      Screen screen = new Screen(out, terminal);
      screen.aboveBar(columns -> "curve");
      screen.bar().accept("bar");
      assertEquals("\rbar", bytes.toString(StandardCharsets.ISO_8859_1));
    }
  }

  private static List<String> shown(ByteArrayOutputStream bytes) {
    return ShownText.of(bytes.toString(StandardCharsets.UTF_8));
  }
}
