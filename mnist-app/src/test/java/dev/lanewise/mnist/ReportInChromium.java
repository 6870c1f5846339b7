// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The report of a training in a real browser, and the training on a terminal: {@code mvn
 * -Pbrowser}. Takes the pictures of the documents on its way.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ReportInChromium {
  private static final int MOST_PICTURE = 150_000;
  private static final int COLUMNS = 96;
  private static final String TRAINING = "train --data procedural --epochs 12 --report ";

  /** The picture shows how it stands when this line is about to come. */
  private static final String NEXT_LINE = "epoch 10/12";

  private final Path pictures = Path.of(System.getProperty("pictures", "target/pictures"));
  private Chromium browser;
  private Path report;
  private String terminal;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    Path program = Chromium.find().orElseThrow();
    browser = new Chromium(program, Files.createDirectory(folder.resolve("profile")));
    Files.createDirectories(pictures);
    report = folder.resolve("report.html");
    terminal = onATerminal(folder, TRAINING + report);
  }

  @AfterAll
  void end() {
    browser.close();
  }

  /** What the program writes to a terminal, which {@code script} of Linux lends it. */
  private static String onATerminal(Path folder, String command) throws Exception {
    String java =
        Path.of(System.getProperty("java.home"), "bin", "java")
            + " --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp "
            + System.getProperty("java.class.path")
            + " "
            + Main.class.getName()
            + " ";
    Path written = folder.resolve("typescript");
    Process process =
        new ProcessBuilder(
                "script",
                "-qefc",
                "stty cols " + COLUMNS + " rows 24; exec " + java + command,
                written.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("script.log").toFile())
            .start();
    process.getOutputStream().close();
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), "never ended");
    String all = Files.readString(written);
    assertEquals(0, process.exitValue(), all);
    return all;
  }

  private void picture(String name) throws Exception {
    byte[] png = browser.picture();
    assertTrue(png.length < MOST_PICTURE, name + " has " + png.length + " bytes");
    Files.write(pictures.resolve(name + ".png"), png);
  }

  @Test
  void theReportIsReadByEverybody() throws Exception {
    for (boolean dark : new boolean[] {false, true}) {
      browser.dark(dark);
      for (boolean phone : new boolean[] {false, true}) {
        browser.size(phone ? 375 : 1280, phone ? 812 : 1000, phone);
        browser.open(report.toUri().toString());
        browser.await("document.body?.dataset.ready");
        assertEquals(5, browser.evaluate("document.querySelectorAll('canvas').length").asInt());
        browser.evaluate(
            "document.querySelectorAll('details').forEach((each) => each.open = true)");
        browser.loadAxe();
        browser.requireNoFault("dark %b, phone %b".formatted(dark, phone));
        browser.evaluate(
            "document.querySelectorAll('details').forEach((each) => each.open = false)");
        if (phone == dark) {
          picture(dark ? "report-phone" : "report");
        }
      }
    }
    browser.dark(true);
    String paper = "getComputedStyle(document.body).backgroundColor";
    String shown = browser.evaluate(paper).asText();
    browser.evaluate("dispatchEvent(new Event('beforeprint'))");
    assertTrue(!shown.equals(browser.evaluate(paper).asText()), "printed as dark as " + shown);
    assertEquals(
        0, browser.evaluate("document.querySelectorAll('details:not([open])').length").asInt());
    browser.evaluate("dispatchEvent(new Event('afterprint'))");
    assertEquals(shown, browser.evaluate(paper).asText());
    assertEquals(List.of(), browser.complaints());
  }

  @Test
  void theTerminalShowsCurvesAboveTheBar() throws Exception {
    // The last time that tells what is left, which one at the start of an epoch may not.
    int left = terminal.lastIndexOf(" left ", terminal.indexOf(NEXT_LINE));
    int end = terminal.indexOf("\u001b[A", left); // before the lines are cleared for the next
    List<String> lines =
        ShownText.of(terminal.substring(0, end)).stream()
            .filter(line -> !line.startsWith("Script started") && !line.startsWith("WARNING"))
            .toList();
    String text = String.join("\n", lines);
    assertTrue(lines.get(lines.size() - 2).matches(" loss █[▁-█]+   accuracy .*"), text);
    assertTrue(lines.getLast().matches(" +\\d+% \\[=+> +] .* left .*"), text);
    String page =
        """
        <!doctype html><meta charset="utf-8"><title>terminal</title>
        <style>body { margin: 0; background: #16181c; color: #d7dae0 }
        pre { margin: 0; padding: 20px 24px; font: 15px/1.45 "DejaVu Sans Mono", monospace }</style>
        <pre>$ mnist-app %s
        %s</pre>
        """
            .formatted(TRAINING.replaceAll("--report $", "--report report.html"), text);
    Path file = report.resolveSibling("terminal.html");
    Files.writeString(file, page, StandardCharsets.UTF_8);
    browser.size(COLUMNS * 9 + 60, 22 * (lines.size() + 1) + 40, false);
    browser.open(file.toUri().toString());
    browser.await("document.title === 'terminal'");
    picture("terminal");
  }
}
