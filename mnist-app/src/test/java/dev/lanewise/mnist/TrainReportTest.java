// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.io.WeightsHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --report}. */
class TrainReportTest {
  private static final int MOST_BYTES = 2_000_000;

  @TempDir static Path data;
  @TempDir Path folder;

  @BeforeAll
  static void writeData() throws IOException {
    TinyImages.write(data);
  }

  private String report(Path images, Object... options) throws IOException {
    Path file = folder.resolve("report.html");
    List<Object> args = new ArrayList<>(List.of("train", "--data", images, "--report", file));
    args.addAll(Arrays.asList(options));
    Run run = Run.of(args.toArray());
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().contains("\nreport    in " + file + "\n"), run.out());
    String html = Files.readString(file);
    Tags.requireWhole(html);
    return html;
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  private static String section(String html, String id) {
    int from = html.indexOf("<section id=\"" + id + "\">");
    return html.substring(from, html.indexOf("</section>", from));
  }

  @Test
  void theFiguresAreThoseOfTheTrainingAndItsWeightsAreTheSame() throws IOException {
    Path plain = folder.resolve("plain");
    Path reported = folder.resolve("reported");
    Path metrics = folder.resolve("metrics");
    Object[] options = {"--epochs", 4, "--validation", 50, "--threads", 2, "--save", reported};
    Run.of("train", "--data", data, "--epochs", 4, "--validation", 50, "--save", plain);

    List<Object> all = new ArrayList<>(Arrays.asList(options));
    all.addAll(List.of("--metrics", metrics));
    String html = report(data, all.toArray());

    assertEquals(-1, Files.mismatch(plain, reported), "the report has changed the weights");
    assertTrue(html.contains("<h1>simple on " + data + "</h1>"));
    String hash = WeightsHash.of(Network.load(reported).state());
    assertTrue(section(html, "repeat").contains("<code>" + hash + "</code>"));
    String last = Files.readAllLines(metrics).getLast();
    Matcher accuracy = Pattern.compile("\"testAccuracy\":([0-9.]+)").matcher(last);
    assertTrue(accuracy.find());
    String percent = "%.2f %%".formatted(100 * Double.parseDouble(accuracy.group(1)));
    assertTrue(html.contains("<dt>Test accuracy</dt><dd>" + percent + "</dd>"), percent);

    String learning = section(html, "learning");
    assertEquals(4 + 4, count(learning, "<tr><th scope=\"row\">"), "epochs and parameters");
    assertTrue(learning.contains("<th scope=\"row\">0.weight</th><td>72</td><td>0."), learning);
    String test = section(html, "test");
    Matcher cell = Pattern.compile("<td class=\"(?:right|wrong)\"[^>]*>(\\d+)</td>").matcher(test);
    int images = 0;
    while (cell.find()) {
      images += Integer.parseInt(cell.group(1));
    }
    assertEquals(TinyImages.TEST, images);
    assertTrue(section(html, "look").contains("The 8 filters of 3x3 of layer 0"));
    assertTrue(section(html, "network").contains("conv2d(channels=8"), section(html, "network"));
    assertTrue(section(html, "network").matches("(?s).*class=\"bar\".* %</td>.*"));
    String command =
        "mnist-app train --model simple --batch-size 10 --learning-rate 0.05 --validation 50"
            + " --split last --seed 1 --data "
            + data
            + " --epochs 4</pre>";
    assertTrue(section(html, "repeat").contains(command), section(html, "repeat"));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(4, files.count(), "a file too many");
    }
  }

  @Test
  void mistakesAreShownWithTheirProbabilities() throws IOException {
    String html = report(data, "--epochs", 1, "--validation", 0, "--learning-rate", 0.01);

    String test = section(html, "test");
    Matcher mistake =
        Pattern.compile(
                "alt=\"Test image (\\d+): (\\d), taken for (\\d)\" width=\"84\">.*?"
                    + "<span>\\3: [0-9.]+ %<br>\\2: [0-9.e-]+ ?%?<br>image \\1</span>")
            .matcher(test);
    int found = 0;
    while (mistake.find()) {
      assertEquals(Integer.parseInt(mistake.group(1)) % 10, Integer.parseInt(mistake.group(2)));
      found++;
    }
    assertTrue(found >= 10, found + " in " + test);
    assertEquals(found, count(test, "<li>"));
    assertFalse(section(html, "learning").contains("validation from"), "there is none");
  }

  @Test
  void coloursAndResidualsAndARecipe() throws IOException {
    Path images = TinyCifar.write(folder.resolve("cifar"));
    String html = report(images, "--recipe", "resnet20", "--epochs", 1, "--batch-size", 20);

    assertTrue(html.contains("<h1>resnet20 on "));
    assertTrue(section(html, "look").contains(", as colours."));
    String network = section(html, "network");
    assertTrue(network.contains("add</td><td>"), network);
    assertTrue(count(network, "C") > 9, "no line leads around a layer");
    assertTrue(section(html, "repeat").contains("--recipe resnet20 "));
  }

  @Test
  void aResumedTrainingKeepsItsEarlierEpochs() throws IOException {
    Path checkpoints = folder.resolve("checkpoints");
    Object[] options = {"--data", data, "--validation", 50, "--checkpoint", checkpoints};
    List<Object> first = new ArrayList<>(List.of("train", "--epochs", 2));
    first.addAll(Arrays.asList(options));
    assertEquals(0, Run.of(first.toArray()).code());
    Path file = folder.resolve("report.html");

    Run run = Run.of("train", "--resume", checkpoints, "--epochs", 5, "--report", file);

    assertEquals(0, run.code(), run.err());
    String html = Files.readString(file);
    Tags.requireWhole(html);
    String learning = section(html, "learning");
    assertTrue(learning.contains("was resumed after epoch 2."), learning);
    for (int epoch = 1; epoch <= 5; epoch++) {
      Matcher row =
          Pattern.compile("<tr><th scope=\"row\">" + epoch + "</th>(.*)</tr>").matcher(learning);
      assertTrue(row.find());
      // Neither the accuracy on training images nor anything else is missing later.
      assertEquals(epoch <= 2 ? 1 : 0, count(row.group(1), "<td>–</td>"), row.group());
      assertTrue(row.group(1).contains("<td>0.0500</td>"), row.group());
    }
  }

  @Test
  void thirtyEpochsAreASmallPage() throws IOException {
    String html = report(data, "--model", "complex", "--epochs", 30, "--limit", 40);

    assertTrue(html.length() < MOST_BYTES / 2, html.length() + " characters");
  }

  @Test
  void whereItCannotBeWrittenIsSaidBeforeTheTraining() throws IOException {
    Run nowhere = Run.of("train", "--data", data, "--report", folder.resolve("no/report.html"));
    assertEquals(4, nowhere.code());
    assertEquals("", nowhere.out());
    assertTrue(nowhere.err().contains("is not a folder"), nowhere.err());

    Path file = folder.resolve("file");
    Run same = Run.of("train", "--data", data, "--report", file, "--metrics", file);
    assertEquals(2, same.code());
    assertTrue(
        same.err().contains("--metrics and --report are the same file: " + file), same.err());
    assertFalse(Files.exists(file));
  }
}
