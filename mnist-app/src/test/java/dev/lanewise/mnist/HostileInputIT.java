// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files made to hurt, read by the packaged program with a heap of 256 MB: one line, exit code 3,
 * and less than five seconds, of the processor's time since a busy machine is not the file's fault.
 */
class HostileInputIT {
  private static final int HEADER = 99_000_000;

  @TempDir Path folder;
  private Path data;
  private Path weights;

  @BeforeEach
  void writeData() throws IOException {
    data = TinyImages.write(folder.resolve("data"));
    weights = folder.resolve("weights");
  }

  private Jvm run(Object... args) throws Exception {
    return Jvm.run(folder, "ulimit -t 5; exec \"$@\"", Map.of(), List.of("-Xmx256m"), args);
  }

  private void assertRefused(String fault, Object... args) throws Exception {
    Jvm result = run(args);
    assertEquals(3, result.code(), result.err());
    assertEquals(1, result.errLines().size(), result.err());
    assertTrue(result.err().contains(fault), result.err());
    assertTrue(result.errLines().get(0).length() < 1000, "the line is short");
  }

  private void assertImagesRefused(String fault) throws Exception {
    assertRefused(fault, "train", "--data", data);
  }

  private void assertWeightsRefused(String fault) throws Exception {
    assertRefused(fault, "evaluate", "--data", data, "--weights", weights);
  }

  /** Zipped images of zeros, {@code megabytes} of them, whatever the header says. */
  private void writeZipped(int megabytes, int... header) throws IOException {
    Files.delete(data.resolve("train-images-idx3-ubyte"));
    try (OutputStream out = Files.newOutputStream(data.resolve("train-images-idx3-ubyte.gz"))) {
      out.write(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0});
      out.write(deflated(ints(header)));
      byte[] megabyte = deflated(new byte[1 << 20]); // the same block again and again
      for (int i = 0; i < megabytes; i++) {
        out.write(megabyte);
      }
    }
  }

  private static byte[] ints(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
    bytes.asIntBuffer().put(values);
    return bytes.array();
  }

  private static byte[] deflated(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DeflaterOutputStream out = new DeflaterOutputStream(bytes, new Deflater(9, true), true);
    out.write(content);
    out.flush();
    return bytes.toByteArray();
  }

  private void writeLabels(int count) throws IOException {
    try (OutputStream out = Files.newOutputStream(data.resolve("train-labels-idx1-ubyte"))) {
      out.write(ints(0x801, count));
      out.write(new byte[count]);
    }
  }

  @Test
  void aBombThatDeclaresLess() throws Exception {
    writeZipped(4000, 0x803, TinyImages.TRAIN, 12, 12);
    assertImagesRefused("has bytes after its end, expected 43200");
  }

  @Test
  void aBombThatDeclaresWhatItHas() throws Exception {
    writeLabels(8191);
    writeZipped(2048, 0x803, 8191, 512, 512);
    assertImagesRefused("holds more than fits into the memory");
  }

  @Test
  void imagesThatAreNotThere() throws Exception {
    writeLabels(8191);
    Files.write(data.resolve("train-images-idx3-ubyte"), ints(0x803, 8191, 512, 512));
    assertImagesRefused("it has 0 bytes after the header, expected 2147221504");
  }

  /** A header of the largest size, full of {@code piece}, which may contain a number. */
  private void writeHeader(String piece) throws IOException {
    try (OutputStream out = Files.newOutputStream(weights)) {
      out.write(length(HEADER));
      StringBuilder json = new StringBuilder("{");
      for (int i = 0, written = 0; written < HEADER; i++) {
        json.append(piece.replace("#", Integer.toString(i)));
        if (json.length() > 1 << 20) {
          byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
          out.write(bytes, 0, Math.min(bytes.length, HEADER - written));
          written += bytes.length;
          json.setLength(0);
        }
      }
    }
  }

  private static byte[] length(long length) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }

  @Test
  void aHeaderOfMillionsOfTensors() throws Exception {
    writeHeader("\"#\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},");
    assertWeightsRefused("describes more than 100000 tensors");
  }

  @Test
  void aHeaderOfLongTexts() throws Exception {
    String value = "x".repeat(1_000_000);
    writeHeader("\"__metadata__\":{" + ("\"" + value + "\":\"" + value + "\","));
    assertWeightsRefused("exceeds the maximum allowed (131072");
    writeHeader(
        "\"#"
            + "x".repeat(9_000)
            + "\":{\"dtype\":\"F32\",\"shape\":[0],"
            + "\"data_offsets\":[0,0]},");
    assertWeightsRefused("more than 8000000 characters");
  }

  @Test
  void aHeaderOfBrackets() throws Exception {
    writeHeader("\"#\":[[[[[[[[[[[[[[[[[[[[[[");
    assertWeightsRefused("'0' is START_ARRAY");
  }

  @Test
  void aTensorOfGigabytes() throws Exception {
    byte[] json =
        "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[500000000],\"data_offsets\":[0,2000000000]}}"
            .getBytes(StandardCharsets.UTF_8);
    Files.write(weights, length(json.length));
    Files.write(weights, json, StandardOpenOption.APPEND);
    addHole(weights, 2_000_000_000L);
    assertWeightsRefused("holds more than fits into the memory");
  }

  /** The file has the bytes, as far as the file system is asked. */
  private static void addHole(Path file, long bytes) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(open.length() + bytes);
    }
  }

  @Test
  void aCheckpointOfMoreThanFits() throws Exception {
    Path checkpoints = folder.resolve("checkpoints");
    Run.of("train", "--data", data, "--epochs", 1, "--checkpoint", checkpoints);
    Files.delete(checkpoints.resolve("best.safetensors"));
    try (Stream<Path> files = Files.list(checkpoints)) {
      for (Path file : files.filter(f -> !f.endsWith("lock")).toList()) {
        addHole(file, 1L << 40);
      }
    }
    Jvm result = run("train", "--resume", checkpoints);
    assertEquals(3, result.code(), result.err());
    assertEquals(3, result.errLines().size(), "a warning for each, and the end: " + result.err());
    assertTrue(result.err().contains("holds more than fits into the memory"), result.err());
  }

  private void assertPictureRefused(String fault, byte[]... chunks) throws Exception {
    Path picture = folder.resolve("picture.png");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    for (byte[] chunk : chunks) {
      bytes.write(chunk);
    }
    Files.write(picture, bytes.toByteArray());
    assertRefused(fault, "predict", "--weights", weights, picture);
  }

  private static byte[] chunk(String type, byte... content) {
    CRC32 crc = new CRC32();
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    crc.update(name);
    crc.update(content);
    ByteBuffer chunk = ByteBuffer.allocate(12 + content.length);
    return chunk.putInt(content.length).put(name).put(content).putInt((int) crc.getValue()).array();
  }

  /** Grey, of 8 bits. */
  private static byte[] pictureOf(int width, int height) {
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 8);
    return chunk("IHDR", header.array());
  }

  /** Gigabytes of zeros, as long as a file may be. */
  private static byte[] bomb() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    bomb.write(new byte[] {0x78, (byte) 0x9c});
    byte[] megabyte = deflated(new byte[1 << 20]);
    while (bomb.size() < 15_000_000) {
      bomb.write(megabyte);
    }
    return bomb.toByteArray();
  }

  @Test
  void picturesThatHurt() throws Exception {
    Network network = Model.SIMPLE.build(new Shape(28, 28, 1), 10);
    network.initialize(1);
    ModelFile.save(network.graph(), SavedNetwork.metadata("simple", network.inputShape()), weights);
    byte[] bomb = bomb();
    byte[] end = chunk("IEND");

    assertPictureRefused(
        "far more than 28x28 of them can need", pictureOf(28, 28), chunk("IDAT", bomb), end);
    byte[] profile = new byte[5 + bomb.length];
    profile[0] = 'k';
    System.arraycopy(bomb, 0, profile, 3, bomb.length);
    byte[] few = chunk("IDAT", (byte) 0x78);
    assertPictureRefused("pixels end early", pictureOf(28, 28), chunk("iCCP", profile), few, end);
    assertPictureRefused("pixels end early", pictureOf(28, 28), chunk("zTXt", profile), few, end);
    byte[] sizes = pictureOf(Integer.MAX_VALUE, Integer.MAX_VALUE);
    assertPictureRefused("has a picture of 2147483647x2147483647", sizes, few, end);
    assertPictureRefused("has a picture of 100000x100000", pictureOf(100_000, 100_000), few, end);
    byte[] many = new byte[12 * 1_000_000];
    for (int i = 0; i < many.length; i += 12) {
      System.arraycopy(chunk("teXt"), 0, many, i, 12);
    }
    assertPictureRefused("pixels end early", pictureOf(28, 28), many, few, end);
    assertPictureRefused(
        "said to have 2147483647 bytes, more than there are",
        pictureOf(28, 28),
        ints(Integer.MAX_VALUE, 0x49444154, 0));

    Path hole = folder.resolve("hole");
    addHole(hole, 1L << 40);
    assertRefused("is longer than 16777216 bytes", "predict", "--weights", weights, hole);
    assertRefused("is longer than 16777216 bytes", "predict", "--weights", weights, "/dev/zero");
  }

  /** Of 28x28 as their headers say it, but for the first two. */
  @Test
  void picturesOfOtherFormatsThatHurt() throws Exception {
    Network network = Model.SIMPLE.build(new Shape(28, 28, 1), 10);
    network.initialize(1);
    ModelFile.save(network.graph(), SavedNetwork.metadata("simple", network.inputShape()), weights);

    assertFileRefused("has a picture of 65535x65535, expected at most", jpeg(65535, new byte[0]));
    assertFileRefused("on a screen of 65535x65535", gif(65535, new byte[0]));
    byte[] scan = {-1, (byte) 0xDA, 0, 8, 1, 1, 0, 0, 0, 0};
    byte[] scans = new byte[1_500_000 * scan.length]; // each a pass over all pixels
    for (int i = 0; i < scans.length; i += scan.length) {
      System.arraycopy(scan, 0, scans, i, scan.length);
    }
    assertFileRefused("has a JPEG scan (0xDA)", jpeg(28, scans));
    byte[] comments = new byte[15_000_000];
    Arrays.fill(comments, (byte) 255);
    comments[0] = 0x21;
    comments[1] = (byte) 0xFE;
    assertFileRefused("is truncated", gif(28, comments));
    ByteBuffer palette = ByteBuffer.allocate(54).order(ByteOrder.LITTLE_ENDIAN);
    palette.put((byte) 'B').put((byte) 'M').putInt(10, Integer.MAX_VALUE).putInt(14, 40);
    palette.putInt(18, 28).putInt(22, 28).putShort(26, (short) 1).putShort(28, (short) 8);
    assertFileRefused("is truncated: it has 54 bytes", palette.array());
  }

  private void assertFileRefused(String fault, byte[] bytes) throws Exception {
    Path picture = Files.write(folder.resolve("picture.png"), bytes);
    assertRefused(fault, "predict", "--weights", weights, picture);
  }

  /** A grey picture whose header is followed by {@code rest}, and one scan if that is empty. */
  private static byte[] jpeg(int side, byte[] rest) {
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    byte[] high = ByteBuffer.allocate(4).putShort((short) side).putShort((short) side).array();
    jpeg.writeBytes(new byte[] {-1, (byte) 0xD8, -1, (byte) 0xC2, 0, 11, 8});
    jpeg.writeBytes(high);
    jpeg.writeBytes(new byte[] {1, 1, 0x11, 0});
    jpeg.writeBytes(rest);
    jpeg.writeBytes(new byte[] {-1, (byte) 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, -1, (byte) 0xD9});
    return jpeg.toByteArray();
  }

  /** A screen, then {@code rest}, then a frame of 28x28. */
  private static byte[] gif(int side, byte[] rest) {
    ByteBuffer gif = ByteBuffer.allocate(13 + rest.length + 14).order(ByteOrder.LITTLE_ENDIAN);
    gif.put("GIF89a".getBytes(StandardCharsets.US_ASCII));
    gif.putShort((short) side).putShort((short) side).put(new byte[3]).put(rest);
    gif.put((byte) 0x2C).putInt(0).putShort((short) 28).putShort((short) 28);
    return gif.put(new byte[] {0, 2, 0, 0x3B}).array();
  }

  /** What weights say of the size of images is not believed either. */
  @Test
  void aNetworkForHugePictures() throws Exception {
    Network network = Model.COMPLEX.build(new Shape(28, 28, 1), 10);
    network.initialize(1);
    Map<String, String> huge = SavedNetwork.metadata("complex", new Shape(512, 512, 1));
    Path picture = PngFile.grey(folder.resolve("p"), 512, new byte[512 * 512]);
    new Safetensors(ModelFile.tensors(network.graph()), huge).write(weights);
    assertRefused("for images of 512x512", "predict", "--weights", weights, picture);
    ModelFile.save(network.graph(), huge, weights); // with layers, which are believed instead
    Jvm result = run("predict", "--weights", weights, picture);
    String note = "note: " + picture + ": Nothing found that stands out.";
    assertTrue(result.err().lines().anyMatch(note::equals), result.err());
    assertEquals(0, result.code());
  }
}
