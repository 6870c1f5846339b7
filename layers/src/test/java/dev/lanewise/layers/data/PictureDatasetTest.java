// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PictureDatasetTest {
  private static final Shape SHAPE = new Shape(4, 4, 3);

  @TempDir Path root;

  private Path write(String name, int height, int width, int rgb) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, rgb);
      }
    }
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    assertTrue(ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), file.toFile()));
    return file;
  }

  private Path write(String name, byte... content) throws IOException {
    Files.createDirectories(root.resolve(name).getParent());
    return Files.write(root.resolve(name), content);
  }

  /** Two classes with two pictures each. */
  private void writeClasses() throws IOException {
    write("dog/b.png", 4, 4, 0x0000FF);
    write("dog/a.bmp", 4, 4, 0x00FF00);
    write("cat/2.gif", 4, 4, 0xFF0000);
    write("cat/deep/1.png", 4, 4, 0xFFFFFF);
  }

  private PictureDataset find(Framing framing) throws IOException {
    return PictureDataset.ofFolder(root, SHAPE, framing);
  }

  @Test
  void foldersAreClasses() throws IOException {
    writeClasses();
    write("cat/.hidden.png", (byte) 1);
    write("cat/Thumbs.db", (byte) 1);
    write(".git/x.png", (byte) 1);
    write("notes.txt", (byte) 1);
    PictureDataset data = find(Framing.EXACT);
    assertEquals(List.of("cat", "dog"), data.classNames());
    assertEquals(2, data.classes());
    assertEquals(4, data.size());
    List<String> names = List.of("cat/2.gif", "cat/deep/1.png", "dog/a.bmp", "dog/b.png");
    for (int i = 0; i < 4; i++) {
      assertEquals(root.resolve(names.get(i)), data.file(i));
      assertEquals(i / 2, data.label(i));
    }
    assertArrayEquals(new int[] {2, 2}, data.classCounts());
    float[][] colours = {{1, 0, 0}, {1, 1, 1}, {0, 1, 0}, {0, 0, 1}};
    float[] x = new float[4 * SHAPE.size() + 5];
    int[] labels = new int[6];
    int[] order = {9, 3, 0, 2, 1};
    data.copy(order, 1, 4, x, 5, labels, 2);
    assertArrayEquals(new int[] {0, 0, 1, 0, 1, 0}, labels);
    for (int i = 0; i < 4 * SHAPE.size(); i++) {
      assertEquals(colours[order[1 + i / SHAPE.size()]][i % 3], x[5 + i]);
    }
    assertEquals(1, data.slice(2, 4).label(0));
    assertEquals(data.file(3), data.slice(2, 4).file(1));
    try (WorkerTeam team = new WorkerTeam(3)) {
      data.verify(team);
      ImageDataset loaded = data.load(team);
      assertEquals(data.classNames(), loaded.classNames());
      float[] y = new float[x.length];
      int[] loadedLabels = new int[6];
      loaded.copy(order, 1, 4, y, 5, loadedLabels, 2);
      assertArrayEquals(x, y);
      assertArrayEquals(labels, loadedLabels);
    }
  }

  @Test
  void greyPicturesAndOtherSizes() throws IOException {
    writeClasses();
    write("dog/c.jpg", 9, 20, 0x808080);
    PictureDataset data = PictureDataset.ofFolder(root, new Shape(4, 4, 1), Framing.CROP);
    float[] x = new float[16];
    data.copy(new int[] {4}, 0, 1, x, 0, new int[1], 0);
    for (float value : x) {
      assertEquals(128 / 255f, value, 1.5f / 255);
    }
    String message =
        fault(() -> find(Framing.EXACT).copy(new int[] {4}, 0, 1, x, 0, new int[1], 0));
    assertEquals(
        root.resolve("dog/c.jpg")
            + ": has a picture of 20x9, expected 4x4; a framing can stretch or crop it",
        message);
  }

  @Test
  void badFoldersAreNamed() throws IOException {
    Path none = root.resolve("none");
    String missing = ": no such folder; expected one with a folder for each class";
    assertEquals(none + missing, fault(() -> PictureDataset.ofFolder(none, SHAPE, Framing.EXACT)));
    assertEquals(
        root + ": has no folders, expected one for each class", fault(() -> find(Framing.EXACT)));
    Path lone = write("lone.png", 4, 4, 0);
    assertEquals(
        root
            + ": has no folders, expected one for each class; its pictures have no labels, unless a"
            + " CSV file has them",
        fault(() -> find(Framing.EXACT)));
    assertEquals(
        lone + ": not a folder; expected one with a folder for each class",
        fault(() -> PictureDataset.ofFolder(lone, SHAPE, Framing.EXACT)));
    write("cat/1.png", 4, 4, 0);
    assertEquals(
        root + ": has a folder of one class alone, 'cat', expected at least two classes",
        fault(() -> find(Framing.EXACT)));
    Files.createDirectories(root.resolve("dog"));
    assertEquals(
        root.resolve("dog")
            + ": has no pictures for its class, expected PNG, JPEG, BMP or GIF files",
        fault(() -> find(Framing.EXACT)));
    Path webp = write("dog/x.WebP", (byte) 1);
    assertEquals(
        webp
            + ": is a picture of a kind that is not read, expected a PNG, JPEG, BMP or GIF file:"
            + " convert it, for example by 'magick IN OUT.png'",
        fault(() -> find(Framing.EXACT)));
  }

  @Test
  void anotherLevelIsNamed() throws IOException {
    write("all/cat/1.png", 4, 4, 0);
    write("all/dog/1.png", 4, 4, 0);
    assertEquals(
        root
            + ": has a folder of one class alone, 'all', expected at least two classes: did you mean "
            + root.resolve("all")
            + "?",
        fault(() -> find(Framing.EXACT)));
    Files.move(root.resolve("all"), root.resolve("train"));
    write("test/cat/1.png", 4, 4, 0);
    assertEquals(
        root
            + ": has parts of a data set, not classes: name one of them, such as "
            + root.resolve("test"),
        fault(() -> find(Framing.EXACT)));
  }

  @Test
  void trainingAndTestHaveTheSameClasses() throws IOException {
    write("Train/cat/1.png", 4, 4, 0);
    write("Train/dog/1.png", 4, 4, 0);
    write("val/dog/1.png", 4, 4, 0);
    PictureFolder data = PictureFolder.read(root, SHAPE, Framing.EXACT);
    assertEquals(2, data.train().size());
    assertEquals(1, data.test().size());
    assertEquals(1, data.test().label(0));
    assertEquals(List.of("cat", "dog"), data.test().classNames());
    write("test/horse/1.png", 4, 4, 0);
    assertEquals(
        root.resolve("test/horse")
            + ": is the folder of a class that is unknown, expected one of cat, dog",
        fault(() -> PictureFolder.read(root, SHAPE, Framing.EXACT)));
    assertEquals(
        root.resolve("val") + ": missing folder; expected train",
        fault(() -> PictureFolder.read(root.resolve("val"), SHAPE, Framing.EXACT)));
  }

  @Test
  void aFolderOfClassesIsDividedByTheSeed() throws IOException {
    for (int i = 0; i < 12; i++) {
      write("cat/" + i + ".png", 4, 4, i);
      write("dog/" + i + ".png", 4, 4, i + 100);
    }
    PictureFolder data = PictureFolder.split(find(Framing.EXACT), 6, 7);
    assertArrayEquals(new int[] {9, 9}, data.train().classCounts());
    assertArrayEquals(new int[] {3, 3}, data.test().classCounts());
    Set<Path> files = new HashSet<>();
    for (int i = 0; i < 18; i++) {
      files.add(data.train().file(i));
    }
    for (int i = 0; i < 6; i++) {
      files.add(data.test().file(i));
      assertEquals(
          data.test().classNames().get(data.test().label(i)),
          data.test().file(i).getParent().getFileName().toString());
    }
    assertEquals(24, files.size());
    PictureFolder again = PictureFolder.split(find(Framing.STRETCH), 6, 7);
    PictureFolder other = PictureFolder.split(find(Framing.EXACT), 6, 8);
    List<Path> test = IntStream.range(0, 6).mapToObj(data.test()::file).toList();
    assertEquals(test, IntStream.range(0, 6).mapToObj(again.test()::file).toList());
    assertNotEquals(test, IntStream.range(0, 6).mapToObj(other.test()::file).toList());
  }

  @Test
  void foldersOfPicturesAreTold() throws IOException {
    assertFalse(PictureFolder.isIn(root.resolve("none")));
    write("train-images-idx3-ubyte", (byte) 0);
    write("a/b/c/deep.png", 4, 4, 0);
    assertFalse(PictureFolder.isIn(root));
    assertTrue(PictureFolder.isIn(root.resolve("a")));
    assertTrue(IdxFiles.isIn(root));
    assertFalse(IdxFiles.isIn(root.resolve("a")));
    write("train/cat/1.JPEG", (byte) 0);
    assertTrue(PictureFolder.isIn(root));
    assertFalse(PictureFolder.hasParts(root));
    write("Test/cat/1.png", 4, 4, 0);
    assertTrue(PictureFolder.hasParts(root));
    assertEquals(
        root.resolve("Test/cat/1.png"),
        PictureFolder.readTest(root, SHAPE, Framing.EXACT, List.of("ant", "cat")).file(0));
  }

  @Test
  void theShapeOfImagesSuitsThePictures() throws IOException {
    write("a/1.png", 20, 30, 0x404040);
    write("b/1.png", 20, 30, 0x101010);
    assertEquals(new Shape(20, 30, 1), PictureLook.shape(find(Framing.CROP)));
    write("b/2.jpg", 20, 30, 0x808080);
    assertEquals(new Shape(20, 30, 1), PictureLook.shape(find(Framing.CROP)));
    write("b/3.png", 20, 30, 0x4040FF);
    assertEquals(new Shape(20, 30, 3), PictureLook.shape(find(Framing.CROP)));
    write("a/0.png", 500, 400, 0x404040);
    assertEquals(new Shape(32, 32, 3), PictureLook.shape(find(Framing.CROP)));
  }

  @Test
  void tellsHowFarItHasRead() throws IOException {
    writeClasses();
    try (WorkerTeam team = new WorkerTeam(2)) {
      Set<Integer> seen = ConcurrentHashMap.newKeySet();
      find(Framing.EXACT).load(team, seen::add);
      assertEquals(Set.of(1, 2, 3, 4), seen);
      seen.clear();
      find(Framing.EXACT).as(new Shape(2, 2, 1), Framing.STRETCH).verify(team, seen::add);
      assertEquals(Set.of(1, 2, 3, 4), seen);
    }
  }

  /** Of several bad files the first one is named, whichever thread comes first. */
  @Test
  void badPicturesAreNamed() throws IOException {
    writeClasses();
    Path text = write("dog/c.png", "no picture".getBytes(StandardCharsets.UTF_8));
    Path huge =
        write(
            "dog/d.png",
            PngWriter.png(
                PngWriter.header(60_000, 60_000, 8, PngPixels.GREY, 0),
                PngWriter.data((byte) 0),
                PngWriter.end()));
    PictureDataset data = find(Framing.CROP);
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (int i = 0; i < 20; i++) {
        assertEquals(
            text + ": is text, expected a PNG, JPEG, BMP or GIF file",
            fault(() -> data.load(team)));
      }
      assertEquals(
          huge + ": has a picture of 60000x60000, expected at most 16777216 pixels",
          fault(() -> data.slice(5, 6).verify(team)));
    }
    assertEquals(
        text + ": is text, expected a PNG, JPEG, BMP or GIF file",
        assertThrows(
                UncheckedIOException.class,
                () -> data.copy(new int[] {4}, 0, 1, new float[48], 0, new int[1], 0))
            .getCause()
            .getMessage());
  }

  @Test
  void aListOfYourOwn() throws IOException {
    Path file = write("x.png", 4, 4, 0xFF);
    PictureDataset data =
        new PictureDataset(
            SHAPE, Framing.EXACT, List.of("a", "b"), List.of(file, file), new int[] {1, 0});
    assertEquals(0, data.label(1));
    assertEquals(
        "label 0 is 2, but must be from 0 to 1",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new PictureDataset(
                        SHAPE, Framing.EXACT, List.of("a", "b"), List.of(file), new int[] {2}))
            .getMessage());
    assertEquals(
        "there are 1 files, but 2 labels",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new PictureDataset(
                        SHAPE, Framing.EXACT, List.of("a", "b"), List.of(file), new int[2]))
            .getMessage());
  }

  private interface Call {
    void run() throws IOException;
  }

  private static String fault(Call call) {
    try {
      call.run();
    } catch (UncheckedIOException e) {
      return e.getCause().getMessage();
    } catch (IOException e) {
      return e.getMessage();
    }
    throw new AssertionError("nothing was refused");
  }
}
