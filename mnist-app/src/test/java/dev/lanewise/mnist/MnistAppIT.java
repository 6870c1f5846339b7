// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged jar, in JVMs of its own. */
class MnistAppIT {
  private static final String JAR = System.getProperty("mnist-app.jar");
  private static final String FLAG = "--add-modules=jdk.incubator.vector";
  private static final String RELAUNCHED =
      "-Ddev.lanewise.relaunched=" + ProcessHandle.current().pid();

  @TempDir static Path data;
  @TempDir Path folder;

  @BeforeAll
  static void writeData() throws IOException {
    TinyImages.write(data);
  }

  @Test
  void theLauncherAloneIsForJava8() throws IOException {
    assertEquals(52, classFileVersion("Launcher"));
    assertEquals(69, classFileVersion("Main"));
  }

  @Test
  void theJarIsNoModuleAndCarriesTheLicences() throws IOException {
    try (JarFile jar = new JarFile(JAR)) {
      assertTrue(jar.stream().noneMatch(entry -> entry.getName().endsWith("module-info.class")));
      for (String file : new String[] {"LICENSE", "NOTICE", "THIRD-PARTY"}) {
        assertEquals(
            1, jar.stream().filter(e -> e.getName().equals("META-INF/" + file)).count(), file);
      }
    }
  }

  @Test
  void withoutTheFlagItStartsAgainWithIt() throws Exception {
    Result with = run(thisJava(), List.of(FLAG), "train", "--data", data, "--epochs", 1);
    Result without = run(thisJava(), List.of(), "train", "--data", data, "--epochs", 1);

    assertEquals(0, without.code, without.err);
    assertEquals(1, without.err.split("jdk\\.incubator\\.vector", -1).length - 1, without.err);
    assertTrue(with.engine().contains("Vector"), with.out);
    assertEquals(with.engine(), without.engine());
  }

  @Test
  void jvmOptionsAreHandedOn() throws Exception {
    Result result =
        run(
            thisJava(),
            List.of("-Dlanewise.backend=reference"),
            "train",
            "--data",
            data,
            "--epochs",
            1);

    assertEquals(0, result.code, result.err);
    assertFalse(result.engine().contains("Vector"), result.out);
  }

  @Test
  void withoutTheVectorModuleTheWeightsAreTheSame() throws Exception {
    Path simd = folder.resolve("simd");
    Path plain = folder.resolve("plain");
    run(thisJava(), List.of(FLAG), "train", "--data", data, "--epochs", 1, "--save", simd);
    // As in a Java that lacks the module: nothing is started again.
    Result result =
        run(
            thisJava(),
            List.of(RELAUNCHED),
            "train",
            "--data",
            data,
            "--epochs",
            1,
            "--save",
            plain);

    assertEquals(0, result.code, result.err);
    assertEquals(2, result.err.lines().count(), result.err); // a log record: when, then what
    assertTrue(result.err.contains("WARNING: back end: plain Java, many times slower"), result.err);
    assertFalse(result.engine().contains("Vector"), result.out);
    assertEquals(-1, Files.mismatch(simd, plain));
  }

  /** Its file is read from within the archive. */
  @Test
  void theNetworkThatComesWithTheProgramPredicts() throws Exception {
    int side = DigitPainter.SIDE;
    byte[] pixels = ProceduralDigits.pixels(7, "test", 1);
    Path digit = PngFile.grey(folder.resolve("digit"), side, pixels);
    Result result = run(thisJava(), List.of(FLAG), "predict", "--json", digit);
    assertEquals(0, result.code, result.err);
    byte label = ProceduralDigits.labels(7, "test", 1)[0];
    assertTrue(result.out.contains("\"class\":" + label + ","), result.out);
  }

  @Test
  void exitCodesAreHandedOn() throws Exception {
    Path missing = folder.resolve("missing");
    Path text = Files.writeString(folder.resolve("text"), "no weights at all");
    for (List<String> options : List.of(List.of(FLAG), List.<String>of())) {
      assertFails(2, options, "train", "--epochs", 0);
      assertFails(3, options, "evaluate", "--weights", text, "--data", data);
      assertFails(4, options, "train", "--data", missing);
    }
  }

  @Test
  void anUnknownBackEndIsWrongUsage() throws Exception {
    List<String> options = List.of(FLAG, "-Dlanewise.backend=other");
    Result train = assertFails(2, options, "train", "--data", data);
    Result evaluate = assertFails(2, options, "evaluate", "--data", data, "--weights", data);
    for (Result result : List.of(train, evaluate)) {
      assertTrue(result.err.contains("lanewise.backend must be simd or reference"), result.err);
    }
  }

  @Test
  void withTooLittleMemoryOneLineSaysSo() throws Exception {
    List<String> options = List.of(FLAG, "-Xmx24m");
    Result result =
        assertFails(1, options, "train", "--model", "complex", "--data", data, "--batch-size", 300);
    assertTrue(result.err.contains("out of memory"), result.err);
  }

  @Test
  void anOldJavaFindsANewOne() throws Exception {
    Result result = run(oldJava(), List.of(), "train", "--data", data, "--epochs", 1);

    assertEquals(0, result.code, result.err);
    assertTrue(result.engine().contains("Vector"), result.out);
    assertFails(oldJava(), 2, List.of(), "train", "--epochs", 0);
  }

  /** Java 17 fails to name such a folder before it can start another Java. */
  @Test
  void anOldJavaInAFolderThatItCannotNameSaysSo() throws Exception {
    assumeTrue(System.getProperty("sun.jnu.encoding").startsWith("UTF"), "needs a UTF-8 locale");
    Path strange = Files.createDirectory(folder.resolve("\u0131"));
    Path err = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(oldJava().toString(), "-jar", JAR, "--version");
    builder.environment().put("LC_ALL", "POSIX");
    Process process = builder.directory(strange.toFile()).redirectError(err.toFile()).start();
    int code = process.waitFor();
    // Or it can, as Java 8 and 21 may.
    assertTrue(code == 0 || code == 4 && Files.readAllLines(err).size() == 1, code + ": " + err);
  }

  @Test
  void anOldJavaAloneSaysWhatIsMissing() throws Exception {
    Result result = assertFails(oldJava(), 2, List.of(RELAUNCHED), "train");

    assertTrue(result.err.contains("Java 25 or later is needed, but this is Java "), result.err);
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129", "KILL, 137"})
  void endingTheFirstJvmEndsTheSecond(String signal, int code) throws Exception {
    Kill.assumeHeard(signal);
    Process first = trainEndlessly();
    try {
      ProcessHandle second = first.children().findFirst().orElseThrow();

      Kill.send(signal, first.pid());

      assertEnds(second);
      assertTrue(first.waitFor(60, TimeUnit.SECONDS));
      assertEquals(code, first.exitValue());
    } finally {
      end(first);
    }
  }

  @Test
  void theFirstJvmTellsWhatTheSecondSaid() throws Exception {
    Path checkpoints = folder.resolve("checkpoints");
    Process first = trainEndlessly("--checkpoint=" + checkpoints, "--epochs=20000");
    try {
      Files.move(checkpoints, folder.resolve("elsewhere"));
      first.destroy();
      assertTrue(first.waitFor(60, TimeUnit.SECONDS));
      assertEquals(4, first.exitValue(), "a signal, but no checkpoint could be saved");
    } finally {
      end(first);
    }
  }

  /** The second JVM is stopped, so that it cannot answer the first signal. */
  @Test
  void aSecondSignalToTheFirstJvmEndsBothAtOnce() throws Exception {
    Process first = trainEndlessly("--checkpoint=" + folder.resolve("c"), "--epochs=20000");
    try {
      ProcessHandle second = first.children().findFirst().orElseThrow();
      Kill.send("STOP", second.pid());
      first.destroy();
      assertTrue(!first.waitFor(1, TimeUnit.SECONDS), "does not wait for the second JVM");

      first.destroy();

      assertTrue(first.waitFor(60, TimeUnit.SECONDS));
      assertEquals(128 + 15, first.exitValue());
      Kill.send("CONT", second.pid());
      assertEnds(second);
    } finally {
      end(first);
    }
  }

  /** Starts a training in a second JVM; returns the first one, when an epoch has ended. */
  private static Process trainEndlessly(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(thisJava().toString(), Jvm.QUICK, "-jar", JAR, "--data=" + data));
    command.addAll(options.length == 0 ? List.of("--epochs=1000000000") : List.of(options));
    Process first =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    BufferedReader out = first.inputReader();
    while (!out.readLine().startsWith("epoch")) {}
    // Or the second JVM could not go on printing.
    Thread.ofVirtual().start(() -> readToTheEnd(out));
    return first;
  }

  private static void readToTheEnd(BufferedReader out) {
    try {
      while (out.readLine() != null) {}
    } catch (IOException e) {
      // Whoever ends a process closes its streams.
    }
  }

  private static void assertEnds(ProcessHandle process) throws Exception {
    try {
      process.onExit().get(60, TimeUnit.SECONDS);
    } finally {
      process.destroyForcibly();
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private record Result(int code, String out, String err) {
    String engine() {
      return out.lines().filter(line -> line.startsWith("engine ")).findFirst().orElse(out);
    }
  }

  private static Result assertFails(int code, List<String> options, Object... args)
      throws Exception {
    return assertFails(thisJava(), code, options, args);
  }

  private static Result assertFails(Path java, int code, List<String> options, Object... args)
      throws Exception {
    Result result = run(java, options, args);
    assertEquals(code, result.code, result.err);
    List<String> own =
        result
            .err
            .lines()
            .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
            .toList();
    assertEquals(1, own.size(), result.err);
    return result;
  }

  private static Result run(Path java, List<String> options, Object... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(options);
    command.add("-jar");
    command.add(JAR);
    for (Object arg : args) {
      command.add(arg.toString());
    }
    Path out = Files.createTempFile(data, "out", "");
    Path err = Files.createTempFile(data, "err", "");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .redirectInput(
                ProcessBuilder.Redirect.from(Files.createTempFile(data, "in", "").toFile()))
            .start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Result(process.waitFor(), Files.readString(out), Files.readString(err));
  }

  private static Path thisJava() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /** A Java below 25 from the PATH. There need not be one: then what it does cannot be seen. */
  private static Path oldJava() throws Exception {
    for (String entry : System.getenv("PATH").split(File.pathSeparator)) {
      Path java = Path.of(entry, "java");
      if (Files.isExecutable(java)) {
        Process process = new ProcessBuilder(java.toString(), "-version").start();
        String version = new String(process.getErrorStream().readAllBytes());
        String[] parts = version.split("\""); // such as 17.0.15, 26-ea or 1.8.0_402
        if (parts.length > 1 && Integer.parseInt(parts[1].split("\\D")[0]) < 25) {
          return java;
        }
      }
    }
    assumeTrue(false, "no Java below 25 on the PATH");
    return null;
  }

  private static int classFileVersion(String name) throws IOException {
    try (JarFile jar = new JarFile(JAR);
        InputStream in =
            jar.getInputStream(jar.getEntry("dev/lanewise/mnist/" + name + ".class"))) {
      DataInputStream bytes = new DataInputStream(in);
      assertEquals(0xCAFEBABE, bytes.readInt());
      bytes.readUnsignedShort();
      return bytes.readUnsignedShort();
    }
  }
}
