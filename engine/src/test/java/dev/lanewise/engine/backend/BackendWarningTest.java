package dev.lanewise.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program on the class path hears on standard error, in a JVM of its own. */
final class BackendWarningTest {
  private static final String MODULE = "--add-modules=jdk.incubator.vector";

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
    assertSilent("Vector API, ", MODULE);
  }

  @Test
  void withoutTheModuleOneWarningWithTheCure() throws Exception {
    assertWarned("run Java with --add-modules jdk.incubator.vector");
    assertSilent("plain Java", "-Dlanewise.backend=reference");
  }

  @Test
  void withoutFusedMultiplyAddOneWarning() throws Exception {
    assertWarned("does not use a fused multiply-add", MODULE, "-XX:-UseFMA");
    assertSilent("plain Java", MODULE, "-XX:-UseFMA", "-Dlanewise.backend=reference");
    assertSilent("Vector API, ", MODULE, "-XX:-UseFMA", "-Dlanewise.backend=simd");
  }

  @Test
  void withoutVectorInstructionsOneWarning() throws Exception {
    String warning = "makes no vector instructions of the Vector API";
    assertWarned(warning, MODULE, "-XX:+UnlockExperimentalVMOptions", "-XX:-EnableVectorSupport");
    assertWarned(warning, MODULE, "-XX:TieredStopAtLevel=1");
    assertWarned(warning, MODULE, "-XX:TieredStopAtLevel=3");
    assertWarned(warning, MODULE, "-Xint");
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

  /** What is on standard error, but for the JVM's own lines. */
  private List<String> run(String backEnd, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().remove("JDK_JAVA_OPTIONS");
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(10, TimeUnit.MINUTES), "still running");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue());
    assertTrue(Files.readString(out).startsWith(backEnd), Files.readString(out));
    return Files.readAllLines(err).stream()
        .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
        .toList();
  }
}
