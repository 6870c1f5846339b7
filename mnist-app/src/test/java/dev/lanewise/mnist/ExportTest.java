// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.Safetensors;
import dev.lanewise.layers.models.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks of and for other programs. */
class ExportTest {
  @TempDir Path folder;

  private Path file(String name) {
    return folder.resolve(name);
  }

  private Path network() throws IOException {
    Network network = Models.simple(Shape.of(12, 12, 1), 10);
    network.initialize(7);
    network
        .with(Preparation.NONE.normalize(new Normalize(0.25f, 0.5f)))
        .save(file("network.safetensors"));
    return file("network.safetensors");
  }

  private static String evaluated(Path data, Path weights) {
    Run run = Run.of("evaluate", "--data", data, "--weights", weights);
    assertEquals("", run.err());
    assertEquals(0, run.code());
    return run.out().substring(run.out().indexOf("test      accuracy"));
  }

  /** What is exported and imported gives the same results, as an ONNX model, too. */
  @Test
  void thereAndBack() throws IOException {
    Path data = Files.createDirectory(file("data"));
    TinyImages.write(data);
    Path saved = network();
    Path onnx = file("network.ONNX");

    Run run = Run.of("export", "--weights", saved, onnx);
    assertEquals("", run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals("model     that of the file, 2,970 parameters", lines.get(0));
    assertEquals("images    12x12x1, 10 outputs", lines.get(1));
    assertTrue(lines.get(2).startsWith("file      " + onnx + ", 1"), lines.get(2));

    Path again = file("again.safetensors");
    assertEquals(0, Run.of("import", onnx, again).code());
    Network network = Network.load(again);
    assertEquals(new Normalize(0.25f, 0.5f), network.preparation().normalize());
    assertEquals(Network.load(saved).state().keySet(), network.state().keySet());

    String expected = evaluated(data, saved);
    assertEquals(expected, evaluated(data, onnx));
    assertEquals(expected, evaluated(data, again));
    assertTrue(Run.of("summary", "--weights", onnx).out().contains("conv2d(channels=8"));
  }

  /** Weights alone become a file that says which network they are of. */
  @Test
  void weightsOfPyTorch() throws IOException {
    Network network = Models.named("resnet20", Shape.of(8, 8, 3), 4);
    network.initialize(1);
    Path weights = file("weights.safetensors");
    new Safetensors(Safetensors.read(saved(network)).tensors(), Map.of()).write(weights);
    Path model = file("model.safetensors");

    Run run = Run.of("import", "--model", "resnet20", "--image-shape", "8x8x3", weights, model);
    assertEquals("", run.err());
    assertEquals(Shape.of(8, 8, 3), Network.load(model).inputShape());
    assertEquals(Shape.flat(4), Network.load(model).outputShape());
    Path copy = file("copy.safetensors");
    assertEquals(0, Run.of("export", "--weights", model, copy).code());
    assertEquals(-1, Files.mismatch(model, copy));
  }

  /** Without a name it is the network that comes with the program, prepared as that one is. */
  @Test
  void theNetworkOfTheProgram() throws IOException {
    Path model = file("digits.safetensors");
    assertEquals(0, Run.of("export", model).code());
    assertEquals(0, Run.of("export", file("digits.onnx")).code());
    Network shipped = Network.load(ShippedNetwork.file());
    assertEquals(shipped.preparation(), Network.load(model).preparation());
    Path digit = PngFile.grey(file("digit.png"), 28, ProceduralDigits.pixels(7, "test", 1));
    String expected = Run.of("predict", "--json", digit).out();
    for (String weights : List.of("digits.safetensors", "digits.onnx")) {
      assertEquals(expected, Run.of("predict", "--json", "--weights", file(weights), digit).out());
    }
  }

  private Path saved(Network network) throws IOException {
    network.save(file("whole.safetensors"));
    return file("whole.safetensors");
  }

  @Test
  void wrongUse() throws IOException {
    Path saved = network();
    refuses("unknown option", "export", "--recipe", "fast", file("a.onnx"));
    refuses("must end in .onnx or .safetensors", "export", "--weights", saved, file("a.pt"));
    refuses("17 to 25, not 16", "export", "--weights", saved, "--opset", 16, file("a.onnx"));
    refuses("must end in .safetensors", "import", saved, file("a.onnx"));
    refuses("are the same", "import", saved, saved);
    refuses("--output is for ONNX models", "import", "--output", "y", saved, file("a.safetensors"));
    Path bad = Files.writeString(file("bad.onnx"), "no model");
    refuses("--model is for weights", "import", "--model", "simple", bad, file("a.safetensors"));
    Run run = Run.of("import", bad, file("a.safetensors"));
    assertEquals(3, run.code());
    assertTrue(run.err().contains("is not an ONNX model"), run.err());
    assertFalse(Files.exists(file("a.safetensors")));
    assertFalse(Files.exists(file("a.onnx")));
  }

  private static void refuses(String expected, Object... line) {
    Run run = Run.of(line);
    assertEquals(2, run.code());
    assertTrue(run.err().contains(expected), run.err());
  }
}
