// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.ModelFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders as people have them, and what the commands make of them. */
class DataFolderTest {
  private static final List<String> MNIST =
      List.of(
          "train-images-idx3-ubyte",
          "train-labels-idx1-ubyte",
          "t10k-images-idx3-ubyte",
          "t10k-labels-idx1-ubyte");

  private static final int PIXELS = TinyImages.SIDE * TinyImages.SIDE;

  @TempDir Path folder;
  private Path plain;
  private Path weights;

  @BeforeEach
  void train() throws IOException {
    plain = TinyImages.write(folder.resolve("plain"));
    weights = folder.resolve("weights");
    assertEquals("", train(plain, weights).err());
  }

  private Run train(Path data, Path save, Object... options) {
    List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--save", save));
    args.addAll(List.of(options));
    if (!args.contains("--epochs")) {
      args.addAll(List.of("--epochs", 1));
    }
    Run run = Run.of(args.toArray());
    assertEquals(0, run.code(), run.err());
    return run;
  }

  /** Trains on a folder; the weights must be those of the plain folder, to the last bit. */
  private Run trainAlike(Path data, Object... options) throws IOException {
    Path other = folder.resolve("other weights");
    Run run = train(data, other, options);
    assertEquals(-1, Files.mismatch(weights, other));
    return run;
  }

  private interface Conversion {
    byte[] of(byte[] pixels, int count);
  }

  /** Copies the plain folder; the images become what {@code images} makes of them. */
  private Path convert(String prefix, Conversion images) throws IOException {
    Path target = Files.createDirectories(folder.resolve("converted"));
    for (String name : MNIST) {
      byte[] content = Files.readAllBytes(plain.resolve(name));
      if (name.contains("images")) {
        byte[] pixels = Arrays.copyOfRange(content, 16, content.length);
        content = images.of(pixels, pixels.length / PIXELS);
      }
      Files.write(target.resolve(prefix + name), content);
    }
    return target;
  }

  private static ByteBuffer header(int bytes, int magic, int... dims) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * dims.length + bytes).putInt(magic);
    for (int dim : dims) {
      buffer.putInt(dim);
    }
    return buffer;
  }

  private static byte[] floats(byte[] pixels, int count, float white) {
    ByteBuffer out = header(4 * pixels.length, 0xD03, count, TinyImages.SIDE, TinyImages.SIDE);
    for (byte pixel : pixels) {
      out.putFloat((pixel & 0xFF) / white);
    }
    return out.array();
  }

  private static byte[] rows(byte[] pixels, int count) {
    return header(pixels.length, 0x802, count, PIXELS).put(pixels).array();
  }

  private static byte[] transposed(byte[] pixels, int count) {
    ByteBuffer out = header(pixels.length, 0x803, count, TinyImages.SIDE, TinyImages.SIDE);
    for (int i = 0; i < pixels.length; i++) {
      int x = i % PIXELS / TinyImages.SIDE;
      int y = i % TinyImages.SIDE;
      out.put(pixels[i / PIXELS * PIXELS + y * TinyImages.SIDE + x]);
    }
    return out.array();
  }

  @Test
  void otherPlacesAndNamesAreSaid() throws IOException {
    Path raw = Files.createDirectories(folder.resolve("root").resolve("MNIST")).resolve("raw");
    Files.move(plain, raw);
    Run run = trainAlike(folder.resolve("root"));
    assertEquals(
        List.of("note: taken from " + raw + ": " + String.join(", ", MNIST)), run.errLines());
  }

  @Test
  void filesInFoldersOfTheirOwnAreSaid() throws IOException {
    List<String> names = new ArrayList<>();
    for (String name : MNIST) {
      Path own = Files.createDirectories(folder.resolve("root").resolve(name));
      names.add(name + "/" + Files.move(plain.resolve(name), own.resolve(name)).getFileName());
    }
    Run run = trainAlike(folder.resolve("root"));
    assertEquals(
        List.of("note: taken from " + folder.resolve("root") + ": " + String.join(", ", names)),
        run.errLines());
  }

  @Test
  void emnistIsTurnedOnRequest() throws IOException {
    Path emnist = convert("emnist-digits-", DataFolderTest::transposed);
    Run run = train(emnist, folder.resolve("turned"));
    assertEquals(2, run.errLines().size(), run.err());
    assertTrue(run.errLines().get(0).contains(": emnist-digits-train-images-idx3-ubyte, "));
    assertEquals(
        "note: the images of EMNIST are stored transposed: --transpose turns them upright, as"
            + " 'predict' expects them",
        run.errLines().get(1));
    assertEquals(1, trainAlike(emnist, "--transpose").errLines().size());
    assertEquals(1, trainAlike(emnist.resolve("emnist-digits"), "--transpose").errLines().size());
  }

  @Test
  void floatingPointIsTakenAsItIs() throws IOException {
    assertEquals("", trainAlike(convert("", (p, n) -> floats(p, n, 255))).err());
  }

  @Test
  void pixelsOutOfRangeAreSaidAndScaledOnRequest() throws IOException {
    Path data = convert("", (p, n) -> floats(p, n, 1));
    Run run = train(data, folder.resolve("far too bright"), "--learning-rate", 1e-6);
    assertTrue(run.err().startsWith("note: pixels are from 0.0 to 219.0, where"), run.err());
    assertEquals(2, run.errLines().size(), run.err());
    assertTrue(run.errLines().get(1).startsWith("warning: loss above that of "), run.err());
    assertEquals("", trainAlike(data, "--white", 255).err());
  }

  @Test
  void bitsAreSaidAndScaledOnRequest() throws IOException {
    Path data =
        convert(
            "",
            (p, n) -> {
              ByteBuffer out = header(p.length, 0x803, n, TinyImages.SIDE, TinyImages.SIDE);
              for (byte pixel : p) {
                out.put((byte) ((pixel & 0xFF) > 110 ? 1 : 0));
              }
              return out.array();
            });
    Run run = train(data, folder.resolve("dark"));
    assertTrue(run.err().startsWith("note: pixels are from 0.0 to 0.003921569, where"), run.err());
    assertEquals("", train(data, folder.resolve("bright"), "--white", 1).err());
  }

  @Test
  void rowsHaveTheShapeOfASquareOrTheOneGiven() throws IOException {
    Path data = convert("", DataFolderTest::rows);
    assertEquals("", trainAlike(data).err());
    trainAlike(data, "--image-shape", "12x12");
    Run run = train(data, folder.resolve("flat"), "--image-shape", "6x8x3");
    assertTrue(run.out().contains("images of 6x8x3, 10 classes"), run.out());
  }

  @Test
  void channelsThatComeFirstAreSaid() throws IOException {
    Path data =
        convert(
            "",
            (p, n) ->
                header(p.length, 0x804, n, 1, TinyImages.SIDE, TinyImages.SIDE).put(p).array());
    Run run = Run.of("train", "--data", data);
    assertEquals(2, run.code());
    assertEquals(2, run.errLines().size(), run.err());
    assertEquals(
        "note: images are read as height x width x channels = 1x12x12; if the file has channels"
            + " first, add --image-shape 12x12",
        run.errLines().get(0));
    assertEquals("", trainAlike(data, "--image-shape", "12x12x1").err());
  }

  @Test
  void howImagesAreReadIsKeptByACheckpoint() throws IOException {
    Path emnist = convert("emnist-digits-", DataFolderTest::transposed);
    Path checkpoints = folder.resolve("checkpoints");
    Path once = folder.resolve("once");
    train(emnist, once, "--epochs", 2, "--transpose", "--white", 200, "--image-shape", "12x12");
    train(
        emnist,
        folder.resolve("first half"),
        "--transpose",
        "--white",
        200,
        "--image-shape",
        "12x12",
        "--checkpoint",
        checkpoints);
    Path twice = folder.resolve("twice");
    Run run = Run.of("train", "--resume", checkpoints, "--epochs", 2, "--save", twice);
    assertEquals(0, run.code(), run.err());
    assertEquals(-1, Files.mismatch(once, twice));
    run = Run.of("train", "--resume", checkpoints, "--epochs", 3, "--white", 255);
    assertEquals(2, run.code());
    assertTrue(run.err().contains("--white is 255.0, but the training in"), run.err());
  }

  private Run evaluate(int code, Path data) {
    Run run = Run.of("evaluate", "--weights", weights, "--data", data);
    assertEquals(code, run.code(), run.err());
    assertEquals(code == 0 ? 0 : 1, run.errLines().size(), run.err());
    return run;
  }

  @Test
  void evaluateNeedsNoTrainingFiles() throws IOException {
    String whole = evaluate(0, plain).out();
    Files.delete(plain.resolve("train-images-idx3-ubyte"));
    assertEquals(whole, evaluate(0, plain).out());
    Files.delete(plain.resolve("train-labels-idx1-ubyte"));
    assertEquals(whole, evaluate(0, plain).out());
    assertTrue(whole.contains("60 to test; images of 12x12, 10 classes"), whole);
  }

  /** As many classes as the network has, whichever of them occur. */
  @Test
  void evaluateTakesTheClassesOfTheNetwork() throws IOException {
    for (int last : new int[] {0, 1, 8}) {
      ByteBuffer labels = header(60, 0x801, 60);
      for (int i = 0; i < 60; i++) {
        labels.put((byte) Math.min(last, i % 10));
      }
      Files.write(plain.resolve("t10k-labels-idx1-ubyte"), labels.array());
      assertTrue(evaluate(0, plain).out().contains("images of 12x12, 10 classes"));
    }
    ByteBuffer labels = header(60, 0x801, 60).put(8 + 7, (byte) 10);
    Files.write(plain.resolve("t10k-labels-idx1-ubyte"), labels.array());
    assertTrue(
        evaluate(3, plain)
            .err()
            .contains("t10k-labels-idx1-ubyte: label 7 is 10, but must be from 0 to 9"));
  }

  @Test
  void imagesOfAnotherSizeThanTheNetworks() throws IOException {
    TinyImages.write(plain, "t10k", 20, 14, new Random(1));
    assertTrue(
        evaluate(3, plain)
            .err()
            .endsWith("is of a network for images of 12x12x1, but these are 14x14x1\n"));
  }

  @Test
  void moreClassesThanTheNetworkHas() throws IOException {
    Network network = Model.SIMPLE.build(new Shape(28, 28, 1), 2);
    network.initialize(1);
    ModelFile.save(network.graph(), SavedNetwork.metadata("simple", network.inputShape()), weights);
    assertTrue(
        evaluate(3, Path.of("procedural"))
            .err()
            .endsWith("is of a network of 2 classes, but the images are of 10\n"));
  }

  @Test
  void aFormatThatIsNotReadIsNamed() throws IOException {
    Path data = Files.createDirectories(folder.resolve("kaggle"));
    Files.writeString(data.resolve("train.csv"), "label,pixel0,pixel1\n");
    assertTrue(
        evaluate(3, data)
            .err()
            .endsWith(
                ": has no IDX files; train.csv is a table of text (CSV): docs/formats.md says how"
                    + " to convert it\n"));
  }
}
