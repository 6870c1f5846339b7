// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.data.ImageDataset;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataCommandTest {
  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void writeData() throws IOException {
    data = TinyImages.write(folder.resolve("data"));
  }

  @Test
  void showsWhatIsThere() {
    Run run = Run.of("data", "show", "--data", data);

    assertEquals(0, run.code(), run.err());
    assertEquals("", run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals("data      " + data, lines.get(0));
    assertEquals("          images of 12x12, 10 classes", lines.get(1));
    assertEquals("          300 to train, 60 to test", lines.get(2));
    // Noise from 0 to 99, and a row of 12 that is brighter by 120.
    assertTrue(lines.get(3).matches("mean      0\\.23\\d\\d"), lines.get(3));
    assertTrue(lines.get(4).matches("deviation 0\\.1\\d\\d\\d"), lines.get(4));
    assertEquals("", lines.get(5));
    assertEquals("class  train  test", lines.get(6));
    assertEquals("    0     30     6", lines.get(7));
    assertEquals("    9     30     6", lines.get(16));
    assertEquals(17, lines.size());
  }

  @Test
  void showsItToPrograms() throws IOException {
    JsonNode json =
        new ObjectMapper().readTree(Run.of("data", "show", "--data", data, "--json").out());

    assertEquals("[12,12,1]", json.get("image").toString());
    assertEquals(300, json.get("train").intValue());
    assertEquals(60, json.get("test").intValue());
    assertEquals(0.23, json.get("mean").get(0).doubleValue(), 0.01);
    assertEquals(
        "{\"class\":9,\"name\":null,\"train\":30,\"test\":6}",
        json.get("classes").get(9).toString());
  }

  @Test
  void checksAFolder() throws IOException {
    Run right = Run.of("data", "verify", "--data", data);
    assertEquals(
        "right     " + data + ": 300 to train, 60 to test; images of 12x12, 10 classes",
        right.out().strip());
    assertEquals(0, right.code());

    Path file = data.resolve("t10k-images-idx3-ubyte");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    Run wrong = Run.of("data", "verify", "--data", data);
    assertEquals(3, wrong.code());
    assertEquals("", wrong.out());
    assertEquals(1, wrong.errLines().size(), wrong.err());
    assertTrue(wrong.err().startsWith("mnist-app data verify: " + file), wrong.err());
  }

  @Test
  void drawsASheet() throws IOException {
    Path file = folder.resolve("sheet.png");
    Run run =
        Run.of("data", "sheet", "--data", data, "--part", "test", "--per-class", 3, "--save", file);

    assertEquals(0, run.code(), run.err());
    assertEquals(
        List.of("data      " + data, "saved     30 of 60 images to " + file),
        run.out().lines().toList());
    BufferedImage sheet = ImageIO.read(file.toFile());
    assertEquals(4 + 10 * (60 + 4), sheet.getHeight()); // enlarged five times
    ImageDataset test = (ImageDataset) IdxFolder.read(data).test();
    float[] image = new float[TinyImages.SIDE * TinyImages.SIDE];
    test.copy(new int[] {17}, 0, 1, image, 0, new int[1], 0); // the second 7
    int left = sheet.getWidth() - 2 * 64;
    int grey = Math.round(255 * image[8 * TinyImages.SIDE]); // its bright row
    assertEquals(grey * 0x10101, sheet.getRGB(left + 2, 4 + 7 * 64 + 8 * 5 + 2) & 0xFFFFFF);
  }

  @Test
  void classesOfPicturesHaveNames() throws IOException {
    Path pictures = folder.resolve("pictures");
    for (String name : List.of("cat", "dog")) {
      Path place = Files.createDirectories(pictures.resolve(name));
      for (int i = 0; i < 6; i++) {
        PngFile.grey(place.resolve(i + ".png"), 2, (byte) i, (byte) 9, (byte) 9, (byte) 9);
      }
    }

    Run shown = Run.of("data", "show", "--data", pictures, "--image-shape", "2x2", "--quiet");
    assertEquals("", shown.err());
    assertTrue(shown.out().contains("          10 to train, 2 to test\n"), shown.out());
    assertTrue(shown.out().matches("(?s).*\n0 cat +5 +1\n1 dog +5 +1\n"), shown.out());
    Run sheet =
        Run.of("data", "sheet", "--data", pictures, "--save", folder.resolve("s.png"), "--quiet");
    assertTrue(sheet.out().endsWith("\n      0   cat\n      1   dog\n"), sheet.out());

    Path broken = Files.write(pictures.resolve("dog").resolve("3.png"), new byte[9]);
    Run wrong = Run.of("data", "verify", "--data", pictures, "--quiet");
    assertEquals(3, wrong.code());
    assertTrue(wrong.err().contains(broken.toString()), wrong.err());
    assertEquals(1, wrong.errLines().size(), wrong.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          data                                        | 2 | mnist-app data: a command is missing, expected one of show, download, verify, sheet
          data shew                                   | 2 | mnist-app data: unknown command 'shew'; did you mean 'show'?
          data sheet                                  | 2 | mnist-app data sheet: Missing required option: '--save=<file>'
          data sheet --save s.png --part all          | 2 | --part must be one of [train, test], but is 'all'
          data sheet --save s.png --per-class 0       | 2 | --per-class must be from 1 to 1000, but is 0
          data sheet --save missing/s.png             | 4 | missing/s.png: cannot be written
          data show --data missing                    | 4 | missing: no such folder
          data verify --data procedural               | 2 | is drawn, not read: nothing to check
          data show --white 0 --data d                | 2 | --white must be a finite number above 0
          """)
  void saysWhatIsWrong(String args, int code, String message) {
    Run run = Run.of((Object[]) args.split(" "));

    assertEquals(code, run.code(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }
}
