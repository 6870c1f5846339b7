// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program where names, languages and standard output are not as usual. */
class SurroundingsIT {
  private static final String PLAIN = "exec \"$@\"";

  private static final Map<String, String> POSIX = Map.of("LC_ALL", "POSIX");

  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void writeData() throws IOException {
    data = TinyImages.write(folder.resolve("data"));
  }

  private Jvm train(String shell, Map<String, String> environment, List<String> options, Path data)
      throws Exception {
    Object[] args = {
      "train",
      "--data",
      data,
      "--epochs",
      2,
      "--save",
      data.resolve("w"),
      "--metrics",
      data.resolve("m")
    };
    List<String> all = new ArrayList<>(Jvm.SHORT);
    all.addAll(options);
    return Jvm.run(folder, shell, environment, all, args);
  }

  /** All that a training leaves behind, but for times and the name of the folder. */
  private List<Object> trained(Map<String, String> environment, List<String> options, Path data)
      throws Exception {
    Jvm result = train(PLAIN, environment, options, data);
    assertEquals(0, result.code(), result.err());
    assertEquals(List.of(), result.errLines());
    String metrics = Files.readString(data.resolve("m"));
    byte[] weights = Files.readAllBytes(data.resolve("w"));
    return List.of(
        new String(weights, java.nio.charset.StandardCharsets.ISO_8859_1),
        metrics.replaceAll("(\"\\w*[sS]econds?\"|\"imagesPerSecond\"):[^,}]*", "$1"),
        result
            .out()
            .replaceAll("data      .*", "data")
            .replaceAll("saved     to .*", "saved")
            .replaceAll("--weights .*", "--weights")
            .replaceAll("[0-9,]+ images/s|[0-9.]+ s\\b", "#"));
  }

  @Test
  void languagesAndNamesChangeNothing() throws Exception {
    List<Object> usual = trained(Map.of(), List.of(), data);
    assertTrue(usual.get(2).toString().contains("test      accuracy"), usual.get(2).toString());

    List<String> turkish = List.of("-Duser.language=tr", "-Duser.country=TR");
    assertEquals(usual, trained(Map.of(), turkish, data));
    List<String> arabic = // with Arabic digits
        List.of("-Duser.language=ar", "-Duser.country=EG", "-Duser.extensions=u-nu-arab");
    assertEquals(usual, trained(Map.of(), arabic, data));
    assertEquals(usual, trained(POSIX, List.of(), data));

    // This JVM has to write such names itself.
    assumeTrue(System.getProperty("sun.jnu.encoding").startsWith("UTF"), "needs a UTF-8 locale");
    Path strange = TinyImages.write(folder.resolve("b\u00fcy\u00fck \u0130I\u0131i \u0645 \u4e2d"));
    assertEquals(usual, trained(Map.of("LC_ALL", "C.UTF-8"), List.of(), strange));
    assertEquals(usual, trained(POSIX, List.of(), strange));

    // The folder that the program is in has such a name, and no argument.
    String there = "cd '" + strange + "' && exec \"$@\"";
    Object[] args = {"evaluate", "--data", ".", "--weights", "w", "--json"};
    Jvm here = Jvm.run(folder, there, Map.of("LC_ALL", "C.UTF-8"), List.of(), args);
    assertEquals(0, here.code(), here.err());
    assertEquals(here.out(), Jvm.run(folder, there, POSIX, List.of(), args).out());

    // As where there is no such locale: the JVM that is to know these letters does not.
    List<String> noOther = List.of("-Ddev.lanewise.relaunched=" + ProcessHandle.current().pid());
    Jvm unnamed = train(PLAIN, POSIX, noOther, strange);
    assertEquals(2, unnamed.code(), unnamed.err());
    assertEquals(1, unnamed.errLines().size(), unnamed.err());
    assertTrue(unnamed.err().contains("LC_ALL"), unnamed.err());
  }

  /** Nothing hangs, the weights are there all the same, and one line says what went wrong. */
  @Test
  void standardOutputThatCannotBeWritten() throws Exception {
    for (String shell :
        List.of("\"$@\" >/dev/full", "set -o pipefail; \"$@\" | true", "\"$@\" >&-")) {
      Jvm result = train(shell, Map.of(), List.of(), data);
      assertEquals(4, result.code(), shell + ": " + result.err());
      assertEquals(
          List.of("mnist-app: standard output cannot be written"), result.errLines(), shell);
      Files.move(data.resolve("w"), data.resolve("weights"), REPLACE_EXISTING);
    }
    Jvm classified =
        Jvm.run(
            folder,
            "\"$@\" >/dev/full",
            Map.of(),
            List.of(),
            "predict",
            "--weights",
            data.resolve("weights"),
            PngFile.grey(folder.resolve("p"), TinyImages.SIDE, new byte[144]));
    assertEquals(4, classified.code(), classified.err());
    assertEquals(1, classified.errLines().size(), classified.err());
    Jvm both = train("\"$@\" >/dev/full 2>/dev/full", Map.of(), List.of(), data);
    assertEquals(4, both.code());
  }
}
