// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.layers.DocumentPrograms;
import dev.lanewise.tensorboard.schema.EventProto.Event;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in docs/examples for this module compiles and does what is said of it. */
final class ExamplesTest {
  private static final int SIDE = 28;

  @TempDir Path folder;

  @Test
  void watchTraining() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    writeImages(data, "train", 60);
    writeImages(data, "t10k", 20);
    Path runs = folder.resolve("runs");
    DocumentPrograms programs = new DocumentPrograms(folder);
    String program = Files.readString(DocumentPrograms.file("docs/examples/WatchTraining.java"));
    programs.compile(List.of(program));

    assertEquals("", programs.run("WatchTraining", data.toString(), runs.toString(), "2"));
    for (String rate : List.of("0.01", "0.05")) {
      List<Event> events = Events.of(runs.resolve("rate-" + rate));
      assertEquals(List.of(50L, 100L), Events.steps(events, "accuracy/validation"));
      assertEquals(List.of(100L), Events.steps(events, "accuracy/test"));
      assertEquals(
          "The learning rate is **" + rate + "**.",
          Events.value(events, "notes").getTensor().getStringVal(0).toStringUtf8());
    }
  }

  /** Noise, of ten classes. */
  private static void writeImages(Path folder, String part, int count) throws IOException {
    byte[] pixels = new byte[count * SIDE * SIDE];
    new Random(1).nextBytes(pixels);
    ByteBuffer images = ByteBuffer.allocate(16 + pixels.length);
    images.putInt(0x803).putInt(count).putInt(SIDE).putInt(SIDE).put(pixels);
    ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
    for (int i = 0; i < count; i++) {
      labels.put((byte) (i % 10));
    }
    Files.write(folder.resolve(part + "-images-idx3-ubyte"), images.array());
    Files.write(folder.resolve(part + "-labels-idx1-ubyte"), labels.array());
  }
}
