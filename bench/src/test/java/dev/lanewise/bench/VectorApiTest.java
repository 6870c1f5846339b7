// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A benchmark of plain Java would measure nothing that anybody wants to know. */
final class VectorApiTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        Throughput.class,
        FmaPeak.class,
        Division.class,
        LayerCost.class,
        ConvolutionShapes.class
      })
  void withoutTheFlagOneLineSaysWhatIsMissing(Class<?> program)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                program.getName(),
                "--help")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor(), output);
    assertEquals(VectorApi.MISSING, output.strip());
  }
}
