// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static dev.lanewise.layers.DocumentPrograms.file;
import static dev.lanewise.layers.DocumentPrograms.javaBlocks;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.train.Evaluation;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs in the documents compile without a warning and do what is said of them: that in
 * README.md and in docs/training.md learn and save what they have learned, that in
 * docs/augmentation.md learns from changed images, and the layer in docs/architecture.md derives.
 */
final class ReadmeExampleTest {
  private static final int SIDE = 28;
  private static final int CLASSES = 10;

  @TempDir Path folder;

  private DocumentPrograms programs() {
    return new DocumentPrograms(folder);
  }

  @Test
  void theExampleCompilesAndRuns() throws Exception {
    programs().compile(javaBlocks(file("README.md")));
    writeImages("train", 100);
    writeImages("t10k", 20);
    Path weights = folder.resolve("weights.safetensors");

    String printed = programs().run("Example", folder.toString(), weights.toString());

    Network network = Network.load(weights);
    double accuracy =
        Evaluation.of(network, IdxFolder.read(folder).test(), WorkerTeam.single()).accuracy();
    List<String> lines = printed.lines().toList();
    assertEquals(network.summary().lines().toList(), lines.subList(0, lines.size() - 2));
    assertEquals(
        List.of("accuracy " + accuracy, "10 classes"),
        lines.subList(lines.size() - 2, lines.size()));
    assertTrue(accuracy > 0.9, () -> "accuracy " + accuracy);
  }

  @Test
  void theAugmentedTrainingCompilesAndRuns() throws Exception {
    programs().compile(javaBlocks(file("docs/augmentation.md")));
    writeImages("train", 1000);
    writeImages("t10k", 20);
    String printed = programs().run("Augmented", folder.toString());
    // The heights that tell the classes apart are shifted: more than a guess is enough.
    assertTrue(printed.startsWith("accuracy "), printed);
    assertTrue(Double.parseDouble(printed.strip().substring(9)) > 0.2, printed);
  }

  @Test
  void theTrainingWithEveryChoiceCompilesAndRuns() throws Exception {
    programs().compile(javaBlocks(file("docs/training.md")));
    writeImages("train", 300);
    writeImages("t10k", 50);
    Path weights = folder.resolve("digits.safetensors");
    String printed = programs().run("Digits", folder.toString(), "4", weights.toString());
    // The heights that tell the classes apart are shifted: more than a guess is enough.
    double accuracy = Double.parseDouble(printed.strip().substring("accuracy ".length()));
    assertTrue(accuracy > 0.2, printed);
    Network network = Network.load(weights);
    assertEquals(
        accuracy,
        Evaluation.of(network, IdxFolder.read(folder).test(), WorkerTeam.single()).accuracy(),
        "the file says how images are prepared");
  }

  /**
   * The layer passes the check beside it; with a mistake it does not, and the document shows how.
   */
  @Test
  void theLayerOfOnesOwnCompilesAndDerives() throws Exception {
    Path document = file("docs/architecture.md");
    List<String> blocks = javaBlocks(document);
    programs().compile(blocks);
    assertEquals("", programs().run("ScaleCheck"));
    try (URLClassLoader loader = programs().loader()) {
      Layer layer = (Layer) loader.loadClass("Scale").getConstructor().newInstance();
      Node node = Node.alone(layer, new RandomStream(1), Shape.of(2, 1, 3));
      assertEquals(1f, node.parameters().get(0).value().data[2]);
      assertEquals(Shape.of(2, 1, 3), node.shape());
    }

    String right = " * f.data[f.offset + i % f.size()];\n      }\n    }\n\n    /** {@code df";
    assertTrue(blocks.get(0).contains(right));
    programs()
        .compile(
            List.of(
                blocks.get(0).replace(right, right.substring(right.indexOf(';'))), blocks.get(1)));
    Throwable wrong =
        assertThrows(InvocationTargetException.class, () -> programs().run("ScaleCheck"))
            .getCause();
    assertTrue(
        Files.readString(document).contains("\n" + wrong.getMessage() + "\n"), wrong::toString);
  }

  /** Ten kinds of images, a bright bar each at a height of its own, in the files of MNIST. */
  private void writeImages(String name, int count) throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + count * SIDE * SIDE);
    images.putInt(0x0803).putInt(count).putInt(SIDE).putInt(SIDE);
    ByteBuffer labels = ByteBuffer.allocate(8 + count);
    labels.putInt(0x0801).putInt(count);
    for (int i = 0; i < count; i++) {
      int label = i % CLASSES;
      labels.put((byte) label);
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          boolean bright = y / 2 == label + 2 && x >= i / CLASSES;
          images.put((byte) (bright ? 255 : (x * y) % 7));
        }
      }
    }
    Files.write(folder.resolve(name + "-images-idx3-ubyte"), images.array());
    Files.write(folder.resolve(name + "-labels-idx1-ubyte"), labels.array());
  }
}
