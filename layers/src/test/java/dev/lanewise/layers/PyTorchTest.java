// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.cases.PyTorchWindow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lanewise against PyTorch: logits, losses, every gradient, and the weights after ten steps of SGD.
 *
 * <p>An ordinary build compares small random architectures that were recorded. The profile {@code
 * pytorch} lets a Python that has PyTorch compute 200 larger ones and the two networks of the
 * application, and writes {@code target/pytorch.md}.
 */
final class PyTorchTest {
  private static final String PYTHON = System.getProperty("lanewise.python", "");
  private static final Path SCRIPT = Path.of("src", "test", "python", "pytorch_cases.py");
  private static final Path RECORDED = Path.of("src", "test", "resources", "pytorch");
  private static final List<PyTorchCase> CASES = new ArrayList<>();
  private static final List<String> REPORT = new ArrayList<>();

  static List<PyTorchCase> cases() throws Exception {
    if (CASES.isEmpty()) {
      try (Stream<Path> files = Files.list(PYTHON.isEmpty() ? RECORDED : computed())) {
        for (Path file : files.sorted().toList()) {
          CASES.add(PyTorchCase.read(file));
        }
      }
    }
    return CASES;
  }

  /** Has PyTorch compute. */
  private static Path computed() throws Exception {
    Path folder = Path.of("target", "pytorch");
    Process process =
        new ProcessBuilder(PYTHON, SCRIPT.toString(), folder.toString(), "--models")
            .inheritIO()
            .start();
    assertEquals(0, process.waitFor(), () -> PYTHON + " " + SCRIPT + " failed");
    return folder;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyResultIsPyTorchsWithinRounding(PyTorchCase network) throws IOException {
    Map<String, Double> errors;
    try (WorkerTeam team = new WorkerTeam(2)) {
      errors = network.errors(team);
    }
    List<String> tooFar = new ArrayList<>();
    double share = 0;
    double ours = 0;
    double theirs = 0;
    for (Map.Entry<String, Double> entry : errors.entrySet()) {
      String result = entry.getKey();
      double error = entry.getValue();
      double bound = network.bound(result);
      share = Math.max(share, error / bound);
      ours = Math.max(ours, error / network.largest(result));
      theirs = Math.max(theirs, network.errorOfFloat32(result) / network.largest(result));
      if (!(error <= bound)) {
        tooFar.add(result + " is off by " + error + " > " + bound);
      }
    }
    REPORT.add(String.format("| %s | %.3f | %.1e | %.1e |", network, share, ours, theirs));
    assertTrue(tooFar.isEmpty(), () -> String.join("\n", tooFar));
  }

  @AfterAll
  static void report() throws Exception {
    if (!PYTHON.isEmpty()) {
      kinds().forEach((kind, is) -> REPORT.add(kind + ": " + CASES.stream().filter(is).count()));
      Files.write(Path.of("target", "pytorch.md"), REPORT);
    }
  }

  /** Else the cases would say less than they seem to. */
  @Test
  void theCasesCoverWhatTheLayersOffer() throws Exception {
    List<PyTorchCase> cases = cases();
    kinds().forEach((kind, is) -> assertTrue(cases.stream().anyMatch(is), kind));
  }

  private static Map<String, Predicate<PyTorchCase>> kinds() {
    Map<String, Predicate<PyTorchCase>> kinds = new LinkedHashMap<>();
    kinds.put("a rectifier", has("relu"));
    kinds.put("no convolution", has("conv .*").negate());
    kinds.put("convolution, direct by name", has("conv .* DIRECT"));
    kinds.put(
        "convolution with Winograd",
        has("conv \\d+ \\d+ 3 3 1 1 1 1 .* AUTO").and(has("conv (16|32|48) (16|32|48) .*")));
    for (String layer : List.of("conv", "pool")) {
      kinds.put(layer + " with a stride", window(layer, w -> w.strideH() > 1 || w.strideW() > 1));
      kinds.put(layer + " with dilation", window(layer, w -> w.dilationH() > 1));
      kinds.put(layer + ", kernel not square", window(layer, w -> w.kernelH() != w.kernelW()));
      kinds.put(layer + " with same padding", window(layer, Window::same));
      kinds.put(
          layer + ", padding not symmetric",
          window(layer, w -> w.padTop() != w.padBottom() || w.padLeft() != w.padRight()));
    }
    kinds.put("overlapping pools", window("pool", w -> w.kernelH() > w.strideH()));
    kinds.put("gaps between pools", window("pool", w -> w.kernelH() < w.strideH()));
    return kinds;
  }

  private static Predicate<PyTorchCase> has(String line) {
    Predicate<String> is = Pattern.compile(line).asMatchPredicate();
    return network -> network.layers().stream().anyMatch(is);
  }

  private static Predicate<PyTorchCase> window(String layer, Predicate<Window> is) {
    return network ->
        network.layers().stream()
            .filter(line -> line.startsWith(layer))
            .anyMatch(line -> is.test(PyTorchWindow.of(line.split(" "))));
  }
}
