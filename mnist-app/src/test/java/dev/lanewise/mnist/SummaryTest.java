// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Views;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.models.LayerList;
import dev.lanewise.layers.models.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SummaryTest {
  private static final String LIST = "conv 4, relu, pool 2, dense 3";
  private static final Shape TINY = Shape.of(12, 12, 1);

  @TempDir Path folder;

  @Test
  void ofAListOfLayers() {
    Run run =
        Run.of("summary", "--model", " Conv  4,ReLU ,  pool 2, dense 3", "--image-shape", "12x12");

    assertEquals(0, run.code(), run.err());
    assertEquals("", run.err());
    assertEquals(
        "model     " + LIST + ", 475 parameters\n\n" + LayerList.network(LIST, TINY, 3).summary(),
        run.out());
  }

  @Test
  void ofANameOrARecipe() {
    String named = Run.of("summary", "--model", "lenet_wide").out();

    assertEquals(named, Run.of("summary", "--recipe", "fast").out());
    assertTrue(
        named.endsWith(Models.named("lenet_wide", Shape.of(28, 28, 1), 10).summary()), named);
    assertTrue(Run.of("summary", "--classes", 26).out().contains("features=26"));
  }

  @Test
  void whatAFileKeeps() throws IOException {
    Path file = save();

    List<String> lines = Run.of("summary", "--weights", file).out().lines().toList();

    assertEquals("model     " + LIST + ", 475 parameters", lines.get(0));
    assertTrue(lines.get(1).matches("file      .*w.safetensors, \\d\\.\\d KiB"), lines.get(1));
    assertEquals(
        "pictures  of any size, the shorter side resized to 16, 12x12 from the middle",
        lines.get(2));
    assertEquals("values    (x - [0.5]) / [0.25]", lines.get(3));
    assertEquals("views     3 of each image", lines.get(4));
    assertEquals("classes   cat, dog, newt", lines.get(5));
    assertEquals("note      lanewise.model = " + LIST, lines.get(6));
    assertEquals("", lines.get(7));
    assertTrue(lines.get(8).startsWith("layer"), lines.get(8));
  }

  @Test
  void asJson() throws IOException {
    JsonNode json =
        new ObjectMapper().readTree(Run.of("summary", "--weights", save(), "--json").out());

    assertEquals(LIST, json.get("model").textValue());
    assertEquals("[12,12,1]", json.get("input").toString());
    assertEquals("[1,1,3]", json.get("output").toString());
    assertEquals(475, json.get("parameters").longValue());
    assertEquals(12 * 12 * 4 * 9 + 144 * 3, json.get("multiplyAdds").longValue());
    assertEquals(5, json.get("layers").size());
    assertEquals("conv2d", json.get("layers").get(0).get("kind").textValue());
    assertEquals(40, json.get("layers").get(0).get("parameters").longValue());
    assertEquals("[\"cat\",\"dog\",\"newt\"]", json.get("classNames").toString());
    assertEquals("{\"lanewise.model\":\"" + LIST + "\"}", json.get("notes").toString());
  }

  private Path save() throws IOException {
    Network network =
        LayerList.network(LIST, TINY, 3)
            .with(
                new Preparation(
                    Framing.crop(16),
                    new Normalize(0.5f, 0.25f),
                    List.of("cat", "dog", "newt"),
                    new Views(false, 1)));
    Path file = folder.resolve("w.safetensors");
    ModelFile.save(network.graph(), network.preparation(), Map.of("lanewise.model", LIST), file);
    return file;
  }

  /** A file of PyTorch says neither what network it is of nor for which images. */
  @Test
  void ofWeightsThatMustBeNamed() throws IOException {
    Path file = folder.resolve("w.safetensors");
    Network network = LayerList.network(LIST, TINY, 3);
    new Safetensors(
            Map.of(
                "0.weight", Tensor.zeros(4, 1, 3, 3),
                "0.bias", Tensor.zeros(4),
                "4.weight", Tensor.zeros(3, 144),
                "4.bias", Tensor.zeros(3)),
            Map.of())
        .write(file);

    Run run = Run.of("summary", "--weights", file, "--model", LIST, "--image-shape", "12x12");
    assertTrue(run.out().endsWith(network.summary()), run.out() + run.err());

    Run large = Run.of("summary", "--weights", file, "--model", LIST);
    assertEquals(3, large.code());
    assertEquals(1, large.errLines().size(), large.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2 | --model large                        | --model must be one of simple, complex,
          2 | --model conv,pol                     | 'conv' at character 1: CHANNELS is missing, expected conv
          2 | --model relu,pol                     | --model 'relu, pol': 'pol' at character 7: there is no such layer
          2 | --model complex --image-shape 2x2    | --model complex does not go with images of 2x2, 10 classes:
          2 | --model complex --recipe fast        | both name a network: omit one
          2 | --weights w --classes 3              | are for networks without --weights
          2 | --classes 0                          | --classes must be from 1 to 1000000, but is 0
          4 | --weights missing                    | missing: no such file or folder
          """)
  void saysWhatIsWrong(int code, String args, String message) {
    Run run = Run.of((Object[]) ("summary " + args).split(" "));

    assertEquals(code, run.code(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().startsWith("mnist-app summary: "), run.err());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void aFileIsForItsOwnImages() throws IOException {
    Path file = save();

    assertEquals(0, Run.of("summary", "--weights", file, "--image-shape", "12x12").code());
    Run run = Run.of("summary", "--weights", file, "--image-shape", "28x28");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("is of a network for 12x12x1"), run.err());
  }
}
