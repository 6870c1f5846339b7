// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Photos of digits on paper, and what the network that comes with the program makes of them. */
class PhotosTest {
  private static final int PHOTOS = 30;

  @TempDir Path folder;

  @Test
  void photosOfDigitsAreRead() throws IOException {
    DigitPhotos photos = new DigitPhotos(2026);
    byte[] images = ProceduralDigits.pixels(99, "photos", PHOTOS / 2);
    byte[] labels = ProceduralDigits.labels(99, "photos", PHOTOS / 2);
    int pixels = images.length / labels.length;
    List<Object> line = new ArrayList<>(List.of("predict", "--json"));
    List<Integer> digits = new ArrayList<>();
    for (int i = 0; i < PHOTOS; i++) {
      int k = i / 2;
      boolean strokes = i % 2 == 0;
      digits.add(strokes ? k % 10 : (int) labels[k]);
      BufferedImage photo =
          strokes
              ? photos.ofStrokes(k % 10)
              : photos.ofImage(Arrays.copyOfRange(images, k * pixels, (k + 1) * pixels));
      String kind = i % 3 == 0 ? "png" : "jpg";
      Path file = folder.resolve(i + "." + kind);
      assertTrue(ImageIO.write(photo, kind, file.toFile()));
      line.add(file);
    }

    Run run = Run.of(line.toArray());

    assertEquals(0, run.code(), run.err());
    assertEquals(PHOTOS, run.errLines().size(), run.err());
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < PHOTOS; i++) {
      JsonNode prediction = new ObjectMapper().readTree(run.out().lines().toList().get(i));
      if (prediction.get("class").asInt() != digits.get(i)) {
        wrong.add(digits.get(i) + " read as " + prediction.get("class") + run.errLines().get(i));
      }
    }
    assertTrue(wrong.size() <= PHOTOS / 10, String.join("\n", wrong));
  }
}
