// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.graph.Shape;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of pictures of each class, from training to prediction. */
class PictureFolderTest {
  private static final List<String> KINDS = List.of("png", "jpg", "bmp", "gif");
  private static final int OF_CLASS = 24;

  @TempDir Path folder;
  private Path data;

  /** Pictures of many sizes: of one class the upper half is light, of the other the lower one. */
  @BeforeEach
  void write() throws IOException {
    data = folder.resolve("data");
    Random random = new Random(1);
    for (int i = 0; i < OF_CLASS; i++) {
      for (String name : List.of("hills", "lakes")) {
        write(data.resolve(name).resolve(i + "." + KINDS.get(i % 4)), name, random, false);
      }
    }
  }

  private static void write(Path file, String name, Random random, boolean coloured)
      throws IOException {
    Files.createDirectories(file.getParent());
    int width = 20 + random.nextInt(60);
    int height = 20 + random.nextInt(60);
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = picture.createGraphics();
    int light = 150 + random.nextInt(100);
    g.setColor(coloured ? new Color(light, 0, 40) : new Color(light, light, light));
    g.fillRect(0, name.equals("hills") ? 0 : height / 2, width, height / 2);
    g.dispose();
    String kind = file.toString().substring(file.toString().lastIndexOf('.') + 1);
    assertTrue(ImageIO.write(picture, kind, file.toFile()));
  }

  private static Run run(Object... args) {
    Run run = Run.of(args);
    assertEquals(0, run.code(), run.err());
    return run;
  }

  private static void fails(int code, String message, Object... args) {
    Run run = Run.of(args);
    assertEquals(code, run.code(), run.err());
    assertTrue(run.errLines().getLast().contains(message), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }

  private Path train(Object... options) {
    Path weights = folder.resolve("weights");
    List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--save", weights));
    args.addAll(List.of("--epochs", 5));
    args.addAll(List.of(options));
    run(args.toArray());
    return weights;
  }

  @Test
  void aFolderOfClassesIsTrainedTestedAndPredictedWith() throws IOException {
    Path weights = folder.resolve("weights");
    Run run = run("train", "--data", data, "--epochs", 5, "--save", weights);
    assertEquals(
        List.of(
            "note: reading 40 pictures to train with from " + data,
            "note: reading 8 pictures to test with from " + data),
        run.errLines());
    assertTrue(
        run.out().contains("34 to train, 6 to validate, 8 to test; images of 32x32, 2 classes"),
        run.out());
    Network network = Network.load(weights);
    assertEquals(new Shape(32, 32, 1), network.inputShape());
    assertEquals(List.of("hills", "lakes"), network.preparation().classNames());
    assertEquals(Framing.CROP, network.preparation().framing());
    String accuracy = run.out().lines().filter(line -> line.startsWith("test ")).findFirst().get();
    assertTrue(accuracy.startsWith("test      accuracy 100.00 %"), accuracy);

    Run evaluated = run("evaluate", "--data", data, "--weights", weights);
    assertTrue(
        evaluated.out().startsWith("data      " + data + ": the 8 of 48 pictures that training"));
    assertTrue(evaluated.out().contains("    0 4 0  hills"), evaluated.out());
    assertTrue(accuracy.startsWith(evaluated.out().lines().toList().get(4)), evaluated.out());
    JsonNode all =
        new ObjectMapper()
            .readTree(
                run("evaluate", "--json", "--all", "--data", data, "--weights", weights).out());
    assertEquals(48, all.get("images").asInt());
    assertEquals("lakes", all.get("classes").get(1).get("name").asText());

    Path picture = data.resolve("lakes/3.gif");
    Run predicted = run("predict", "--weights", weights, picture);
    assertTrue(predicted.out().startsWith(picture + ": lakes ("), predicted.out());
    assertTrue(predicted.err().startsWith("note: " + picture + ": A picture of "));
    assertTrue(predicted.err().strip().endsWith(", scaled and cut to 32 x 32."), predicted.err());
    JsonNode json =
        new ObjectMapper().readTree(run("predict", "--json", "--weights", weights, picture).out());
    assertEquals("lakes", json.get("name").asText());
    assertEquals(1, json.get("class").asInt());
  }

  @Test
  void theSameSeedDividesAlike() throws IOException {
    Path first = Files.move(train("--seed", 3), folder.resolve("first"));
    assertEquals(-1, Files.mismatch(first, train("--seed", 3, "--threads", 1)));
    Run train = run("train", "--data", data, "--seed", 3, "--save", first, "--epochs", 1);
    String next = train.out().substring(train.out().indexOf("next "));
    assertTrue(next.contains(" --data " + data + " --seed 3"), next);
  }

  @Test
  void foldersForTrainingAndTestAreTakenAsTheyAre() throws IOException {
    Path parts = folder.resolve("parts");
    Files.createDirectories(parts);
    Files.move(data, parts.resolve("train"));
    Random random = new Random(2);
    write(parts.resolve("test/lakes/a.png"), "lakes", random, false);
    data = parts;
    Path weights = train("--framing", "stretch", "--image-shape", "16x20x3", "--split", "last");
    assertEquals(new Shape(16, 20, 3), Network.load(weights).inputShape());
    assertEquals(Framing.STRETCH, Network.load(weights).preparation().framing());
    Run evaluated = run("evaluate", "--data", parts, "--weights", weights);
    assertTrue(evaluated.out().contains("1 to test; images of 16x20x3, 2 classes"));
    write(parts.resolve("test/seas/a.png"), "lakes", random, false);
    fails(
        3,
        "test/seas: is the folder of a class that is unknown, expected one of hills, lakes",
        "evaluate",
        "--data",
        parts,
        "--weights",
        weights);
  }

  /** One coloured picture among those to train with is enough. */
  @Test
  void coloursAreSeen() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < 6; i++) {
      write(data.resolve("hills/red" + i + ".png"), "hills", random, true);
    }
    Path weights = train();
    assertEquals(new Shape(32, 32, 3), Network.load(weights).inputShape());
  }

  @Test
  void badFoldersAreNamed() throws IOException {
    Path text = Files.writeString(data.resolve("lakes/text.png"), "no picture");
    fails(3, text + ": is text, expected a PNG, JPEG, BMP or GIF file", "train", "--data", data);
    Files.delete(text);
    Path huge = data.resolve("lakes/huge.gif");
    byte[] gif = Files.readAllBytes(data.resolve("lakes/3.gif"));
    gif[7] = (byte) 0xFF; // 65,000 wide and high, in the header
    gif[9] = (byte) 0xFF;
    Files.write(huge, gif);
    fails(3, "huge.gif: ", "train", "--data", data);
    Files.delete(huge);
    Files.createDirectory(data.resolve("seas"));
    fails(3, "seas: has no pictures for its class", "train", "--data", data);
    Files.delete(data.resolve("seas"));
    fails(3, "omit --white and --transpose", "train", "--data", data, "--transpose");
    fails(3, "images of 1 or 3 channels", "train", "--data", data, "--image-shape", "8x8x2");
    fails(
        3,
        "digits become images of 1 channel",
        "train",
        "--data",
        data,
        "--framing=digit",
        "--image-shape",
        "8x8x3");
    fails(2, "expected one of [crop, stretch, digit]", "train", "--data", data, "--framing", "x");
    fails(2, "are for a folder in --data", "train", "--data", "mnist", "--framing", "crop");
    Path one = folder.resolve("one");
    Files.createDirectories(one);
    Files.move(data.resolve("lakes"), one.resolve("lakes"));
    fails(3, "one: has a folder of one class alone, 'lakes'", "train", "--data", one);
    fails(
        3,
        "lakes: has no folders, expected one for each class",
        "train",
        "--data",
        one.resolve("lakes"));
  }

  /** Of other data sets --framing says nothing. */
  @Test
  void framingIsForPictures() throws IOException {
    Path tiny = TinyImages.write(folder.resolve("tiny"));
    fails(3, "has no pictures for --framing", "train", "--data", tiny, "--framing", "crop");
  }

  /** Digits that are found in their pictures are found in those of a prediction, too. */
  @Test
  void digitsAreFoundInTheirPictures() throws IOException {
    Path digits = folder.resolve("digits");
    DigitPhotos photos = new DigitPhotos(4);
    for (int digit = 0; digit < 2; digit++) {
      Path of = Files.createDirectories(digits.resolve("" + digit));
      for (int i = 0; i < 12; i++) {
        assertTrue(ImageIO.write(photos.ofStrokes(digit), "jpg", of.resolve(i + ".jpg").toFile()));
      }
    }
    data = digits;
    Path weights = train("--framing", "digit");
    assertEquals(new Shape(28, 28, 1), Network.load(weights).inputShape());
    Path photo = folder.resolve("one.png");
    assertTrue(ImageIO.write(photos.ofStrokes(1), "png", photo.toFile()));
    Run run = run("predict", "--weights", weights, photo);
    assertTrue(run.out().startsWith(photo + ": 1 ("), run.out() + run.err());
    assertTrue(run.err().contains("centre of mass moved to the middle of 28 x 28."), run.err());
  }
}
