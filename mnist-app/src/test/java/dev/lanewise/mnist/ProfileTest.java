// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProfileTest {
  private static final String LIST = "conv 4, relu, pool 2, dense 3";

  private static Run profile(String... options) {
    String[] args = new String[options.length + 7];
    String[] usual = {"profile", "--seconds", "0.02", "--model", LIST, "--image-shape", "12x12"};
    System.arraycopy(usual, 0, args, 0, usual.length);
    System.arraycopy(options, 0, args, usual.length, options.length);
    return Run.of((Object[]) args);
  }

  @Test
  void ofAPrediction() {
    Run run = profile("--threads", "1");

    assertEquals(0, run.code(), run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals("model     " + LIST + ", 475 parameters", lines.get(0));
    assertTrue(lines.get(1).matches("engine    .*, 1 thread"), lines.get(1));
    assertTrue(lines.get(2).matches("peak      [\\d,.]+ GFLOP/s of multiply-adds"), lines.get(2));
    assertTrue(
        lines.get(3).matches("predict   [\\d,.]+ us for a batch of 1, [\\d,]+ images/s"),
        lines.get(3));
    assertEquals("", lines.get(4));
    assertTrue(
        lines.get(5).matches("layer   kind +output +us +share +GFLOP/s +of peak"), lines.get(5));
    String figures = " +[\\d,.]+ +[\\d.]+ % +[\\d,.]+ +[\\d.]+ %";
    assertTrue(lines.get(6).matches("0       conv2d +\\[12, 12, 4\\]" + figures), lines.get(6));
    assertTrue(lines.get(7).matches("1       relu +\\[12, 12, 4\\] +- +- +- +-"), lines.get(7));
    assertTrue(lines.get(10).matches("4       dense +\\[1, 1, 3\\]" + figures), lines.get(10));
    assertTrue(lines.get(11).startsWith("others "), lines.get(11));
    assertTrue(lines.get(12).matches("total" + figures), lines.get(12));
    assertEquals(13, lines.size());
  }

  @Test
  void ofATraining() {
    List<String> lines = profile("--training").out().lines().toList();

    assertTrue(
        lines.get(3).matches("training  [\\d,.]+ us for a batch of 10, [\\d,]+ images/s"),
        lines.get(3));
    assertTrue(
        lines
            .get(5)
            .matches("layer   kind +output +forward us +backward us +share +GFLOP/s +of peak"),
        lines.get(5));
    assertTrue(
        lines.get(6).matches("0 +conv2d .*\\] +[\\d,.]+ +[\\d,.]+ +[\\d.]+ % +[\\d,.]+ +[\\d.]+ %"),
        lines.get(6));
  }

  @Test
  void asJson() throws IOException {
    Run run = profile("--json", "--training", "--batch-size", "4", "--threads", "1");
    JsonNode json = new ObjectMapper().readTree(run.out());

    assertEquals(LIST, json.get("model").textValue());
    assertEquals(4, json.get("batchSize").intValue());
    assertTrue(json.get("training").booleanValue());
    assertTrue(json.get("peak").doubleValue() > 0);
    assertTrue(json.get("microseconds").doubleValue() > 0);
    JsonNode convolution = json.get("layers").get(0);
    assertEquals("[12,12,4]", convolution.get("output").toString());
    // Forward, and the gradient of the weights: images need none.
    assertEquals(2 * 4 * 2 * 12 * 12 * 4 * 9, convolution.get("operations").longValue());
    assertTrue(convolution.get("backward").doubleValue() > 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --batch-size 0     | --batch-size must be from 1 to 65536, but is 0
          --seconds 0        | --seconds must be above 0 and at most 600, but is 0.0
          --seconds NaN      | --seconds must be above 0
          --model deep       | --model must be one of simple,
          --training --batch-size 1 --model dense,bn | --batch-size 1 does not go with this network: batch normalisation needs
          --epochs 3         | unknown option '--epochs'; it belongs to train
          """)
  void saysWhatIsWrong(String args, String message) {
    Run run = Run.of((Object[]) ("profile " + args).split(" "));

    assertEquals(2, run.code(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }
}
