// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.DocumentPrograms;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in docs/examples for this module compiles and does what is said of it. */
final class ExamplesTest {
  @TempDir Path folder;

  @Test
  void fineTuneOnnx() throws Exception {
    Network trained = Models.named("resnet20", Shape.of(12, 12, 3), 10);
    trained.initialize(1);
    Path model = folder.resolve("resnet20.onnx");
    Onnx.write(trained, model);
    for (int i = 0; i < 16; i++) {
      writePicture("dark", i, 40 + i);
      writePicture("light", i, 200 + i);
    }
    Path result = folder.resolve("tuned.onnx");
    DocumentPrograms programs = new DocumentPrograms(folder);
    String program = Files.readString(DocumentPrograms.file("docs/examples/FineTuneOnnx.java"));
    programs.compile(List.of(program));

    String printed =
        programs.run(
            "FineTuneOnnx",
            model.toString(),
            folder.resolve("pictures").toString(),
            result.toString());
    assertEquals("accuracy 1.0\n", printed);
    Network tuned = Onnx.read(result);
    assertEquals(List.of("dark", "light"), tuned.preparation().classNames());
    assertEquals(Shape.flat(2), tuned.outputShape());
  }

  /** A picture of its class alone: one brightness. */
  private void writePicture(String name, int number, int brightness) throws IOException {
    BufferedImage image = new BufferedImage(40, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 40 * 32; i++) {
      image.setRGB(i % 40, i / 40, brightness * 0x010101);
    }
    Path file = folder.resolve("pictures").resolve(name).resolve(number + ".png");
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }
}
