// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Backend;
import dev.lanewise.engine.testing.Jvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program on the class path hears on standard error, in a JVM of its own. */
final class BackendWarningTest {
  @TempDir Path folder;

  /** The program: whatever uses the engine. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      System.out.println(Backend.description());
      System.out.println(Backend.lanes());
    }
  }

  @Test
  void withTheModuleNothing() throws Exception {
    assertSilent("Vector API, ", Jvm.VECTOR_MODULE);
  }

  @Test
  void withoutTheModuleOneWarningWithTheCure() throws Exception {
    assertWarned("run Java with --add-modules jdk.incubator.vector");
    assertSilent("plain Java", "-Dlanewise.backend=reference");
  }

  @Test
  void withoutFusedMultiplyAddOneWarning() throws Exception {
    assertWarned("does not use a fused multiply-add", Jvm.VECTOR_MODULE, "-XX:-UseFMA");
    assertSilent("plain Java", Jvm.VECTOR_MODULE, "-XX:-UseFMA", "-Dlanewise.backend=reference");
    assertSilent("Vector API, ", Jvm.VECTOR_MODULE, "-XX:-UseFMA", "-Dlanewise.backend=simd");
  }

  @Test
  void withoutVectorInstructionsOneWarning() throws Exception {
    String warning = "makes no vector instructions of the Vector API";
    assertWarned(
        warning, Jvm.VECTOR_MODULE, "-XX:+UnlockExperimentalVMOptions", "-XX:-EnableVectorSupport");
    assertWarned(warning, Jvm.VECTOR_MODULE, "-XX:TieredStopAtLevel=1");
    assertWarned(warning, Jvm.VECTOR_MODULE, "-XX:TieredStopAtLevel=3");
    assertWarned(warning, Jvm.VECTOR_MODULE, "-Xint");
  }

  private void assertWarned(String cause, String... options) throws Exception {
    List<String> err = run("plain Java", options);
    List<String> warnings = err.stream().filter(line -> line.startsWith("WARNING: back")).toList();
    assertEquals(1, warnings.size(), () -> String.join("\n", err));
    assertTrue(warnings.getFirst().contains("plain Java, many times slower, since"));
    assertTrue(warnings.getFirst().contains(cause), warnings.getFirst());
  }

  private void assertSilent(String backEnd, String... options) throws Exception {
    assertEquals(List.of(), run(backEnd, options));
  }

  /** What is on standard error. */
  private List<String> run(String backEnd, String... options)
      throws IOException, InterruptedException {
    Jvm jvm = Jvm.run(folder, Program.class, options);
    assertEquals(0, jvm.exitCode());
    assertTrue(jvm.out().startsWith(backEnd), jvm.out());
    return jvm.err();
  }
}
