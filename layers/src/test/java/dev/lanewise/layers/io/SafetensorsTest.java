// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.file.AtomicFile;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  private static final String A = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  @TempDir Path folder;

  /** A file of this header and data, with the header's true length. */
  private static byte[] bytes(String header, float... data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer =
        ByteBuffer.allocate(8 + json.length + 4 * data.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(json.length).put(json);
    for (float value : data) {
      buffer.putFloat(value);
    }
    return buffer.array();
  }

  /** A file of a header that is not UTF-8. */
  private static byte[] latin(String header) {
    byte[] json = header.getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(8 + json.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private static byte[] length(long length, int rest) {
    return ByteBuffer.allocate(8 + rest).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }

  private Safetensors read(byte[] content) throws IOException {
    return Safetensors.read(Files.write(folder.resolve("f"), content));
  }

  @Test
  void readsWhatTheReferenceImplementationWrites() throws IOException {
    Safetensors file =
        read(
            bytes(
                "{\"__metadata__\":{\"format\":\"pt\"},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[4,12]},"
                    + "\"s\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                    + "\"none\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[4,4]}}   ",
                1.5f,
                -0f,
                Float.MIN_VALUE));
    assertEquals(List.of("b", "s", "none"), List.copyOf(file.tensors().keySet()));
    assertEquals(Map.of("format", "pt"), file.metadata());
    assertArrayEquals(new int[] {2, 1}, file.tensors().get("b").dims());
    assertArrayEquals(new float[] {-0f, Float.MIN_VALUE}, values(file.tensors().get("b")));
    assertArrayEquals(new int[0], file.tensors().get("s").dims());
    assertArrayEquals(new float[] {1.5f}, values(file.tensors().get("s")));
    assertArrayEquals(new int[] {0, 3}, file.tensors().get("none").dims());
  }

  /** What the library for Python reads, though nobody needs it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"__metadata__\":null,%s}",
        "{%s,\"__metadata__\":null}",
        "{%s}",
        "{\"__metadata__\":{},%s}\n\t\r ",
      })
  void readsHeadersThatSayNothingElse(String header) throws IOException {
    Safetensors file = read(bytes(header.formatted(A), 1, 2));
    assertArrayEquals(new float[] {1, 2}, values(file.tensors().get("a")));
    assertEquals(Map.of(), file.metadata());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "\"text\"",
        "null",
        "true",
        "1e99",
        "123456789012345678901234567890",
        "[1,\"x\"]",
        "{\"y\":1}"
      })
  void passesOverFieldsThatItDoesNotKnow(String value) throws IOException {
    String more = A.replace("\"dtype\"", "\"x\":" + value + ",\"dtype\"");
    String last = A.replace("[0,8]", "[0,8],\"x\":" + value);
    for (String each : List.of(more, last)) {
      Safetensors file = read(bytes("{" + each + "}", 1, 2));
      assertArrayEquals(new float[] {1, 2}, values(file.tensors().get("a")));
    }
  }

  /** A file with one tensor of some type. */
  private static byte[] typed(String type, int count, byte[] data) {
    String header =
        "{\"a\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(type, count, data.length);
    byte[] start = bytes(header);
    return ByteBuffer.allocate(start.length + data.length).put(start).put(data).array();
  }

  private static ByteBuffer data(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** All 2^16 of them; those that are not finite are errors. */
  @Test
  void readsEveryHalf() throws IOException {
    for (String type : List.of("F16", "BF16")) {
      int[] exponent = type.equals("F16") ? new int[] {5, 10} : new int[] {8, 7};
      ByteBuffer data = data(2 << 16);
      List<Double> expected = new ArrayList<>();
      for (int bits = 0; bits < 1 << 16; bits++) {
        int e = bits >> exponent[1] & (1 << exponent[0]) - 1;
        int mantissa = bits & (1 << exponent[1]) - 1;
        if (e == (1 << exponent[0]) - 1) {
          if (mantissa < 2) { // infinity and a NaN
            byte[] one = data(2).putShort((short) bits).array();
            DataException fault =
                assertThrows(DataException.class, () -> read(typed(type, 1, one)));
            assertTrue(fault.getMessage().contains("expected finite numbers"), fault.getMessage());
          }
          continue;
        }
        int bias = (1 << exponent[0] - 1) - 1;
        double size =
            Math.scalb(
                e == 0 ? mantissa : mantissa + (1 << exponent[1]),
                Math.max(e, 1) - bias - exponent[1]);
        expected.add(bits >> 15 == 0 ? size : -size);
        data.putShort((short) bits);
      }
      byte[] bytes = Arrays.copyOf(data.array(), data.position());
      float[] found = values(read(typed(type, expected.size(), bytes)).tensors().get("a"));
      for (int i = 0; i < found.length; i++) {
        assertEquals(expected.get(i), found[i], 0d, type + " " + i);
      }
    }
  }

  /** More than the buffer holds. */
  @Test
  void roundsDoublesToTheNearestFloat() throws IOException {
    ByteBuffer data = data(8 * 20_000);
    float[] expected = new float[20_000];
    for (int i = 0; i < expected.length; i++) {
      double value = Math.scalb(Math.sin(i), i % 250 - 125) * (i == 9 ? 1e-200 : 1);
      data.putDouble(value);
      expected[i] = (float) value;
    }
    Safetensors file = read(typed("F64", expected.length, data.array()));
    assertArrayEquals(expected, values(file.tensors().get("a")));
    assertEquals(Set.of(), file.whole());
  }

  @Test
  void doublesThatNoFloatHoldsAreErrors() throws IOException {
    double largest = Math.nextDown(Float.MAX_VALUE + Math.ulp(Float.MAX_VALUE) / 2.0);
    byte[] fits = data(16).putDouble(1).putDouble(-largest).array();
    assertArrayEquals(
        new float[] {1, -Float.MAX_VALUE}, values(read(typed("F64", 2, fits)).tensors().get("a")));
    byte[] over = data(16).putDouble(1).putDouble(-1e300).array();
    DataException e = assertThrows(DataException.class, () -> read(typed("F64", 2, over)));
    assertEquals(
        folder.resolve("f")
            + ": tensor 'a' has -1.0E300 at 1, expected numbers up to 3.4028235E38, the largest float",
        e.getMessage());
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      byte[] one = data(8).putDouble(bad).array();
      e = assertThrows(DataException.class, () -> read(typed("F64", 1, one)));
      assertTrue(e.getMessage().contains("tensor 'a' has " + bad + " at 0"), e.getMessage());
    }
  }

  @Test
  void readsWhatItWrites() throws IOException {
    float[] many = new float[40_000]; // more than the buffer
    for (int i = 0; i < many.length; i++) {
      many[i] = i * 0.37f;
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("z\"\u00e9\n", new Tensor(many, 1, 3, 13_333));
    tensors.put("a", new Tensor(new float[] {1, 2, 3}, 1, 2));
    Map<String, String> metadata = Map.of("format", "pt", "note", "\u4e2d \\");
    Path file = folder.resolve("model.safetensors");
    new Safetensors(tensors, metadata).write(file);
    new Safetensors(tensors, metadata).write(file); // replaces
    Safetensors back = Safetensors.read(file);
    assertEquals(List.of("z\"\u00e9\n", "a"), List.copyOf(back.tensors().keySet()));
    assertEquals(metadata, back.metadata());
    assertEquals(metadata, Safetensors.readMetadata(file));
    assertArrayEquals(new float[] {2, 3}, values(back.tensors().get("a")));
    Tensor z = back.tensors().get("z\"\u00e9\n");
    assertArrayEquals(new int[] {3, 13_333}, z.dims());
    assertArrayEquals(Arrays.copyOfRange(many, 1, 40_000), values(z));
    byte[] content = Files.readAllBytes(file);
    assertEquals(0, (content.length - 4 * 40_001) % 8, "the data is aligned");
    assertOnlyFile("model.safetensors");
  }

  @Test
  void theShortestFileHoldsNothing() throws IOException {
    Safetensors file = read(bytes("{}"));
    assertEquals(Map.of(), file.tensors());
    assertEquals(Map.of(), file.metadata());
  }

  static Stream<Arguments> badFiles() {
    String offsets = "{\"a\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":%s}}";
    return Stream.of(
        arguments("0 bytes are too few", new byte[0]),
        arguments("7 bytes are too few", new byte[7]),
        arguments("header length is 0, expected", length(0, 10)),
        arguments("header length is 18446744073709551615, expected", length(-1, 10)),
        arguments("header length is 100000001, expected", length(100_000_001, 10)),
        arguments("is truncated: 18 bytes, but its header", length(11, 10)),
        arguments("header does not begin with {", bytes("[{}]")),
        arguments("header does not begin with {", bytes(" {}")),
        arguments("header does not begin with {", bytes("{\0}\0")),
        arguments("not the JSON expected", bytes("{\"a")),
        arguments("not the JSON expected", bytes("{" + A, 1, 2)),
        arguments("not the JSON expected: Duplicate", bytes("{" + A + "," + A + "}", 1, 2)),
        arguments(
            "not the JSON expected: Duplicate",
            bytes("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}")),
        arguments("'a' is START_ARRAY", bytes("{\"a\":" + "[".repeat(90_000))),
        arguments("nesting depth", bytes("{\"a\":{\"dtype\":\"F32\",\"shape\":[[1]]}}")),
        arguments("half of a surrogate pair", bytes("{\"__metadata__\":{\"k\":\"\\ud83d\"}}")),
        arguments(
            "surrogate in field name", bytes("{" + A.replace("\"a\"", "\"\\ude00\"") + "}", 1, 2)),
        arguments(
            "has a name of 10001 characters, expected at most 10000",
            bytes("{" + A.replace("\"a\"", "\"" + "x".repeat(10_001) + "\"") + "}", 1, 2)),
        arguments("describes more than 100000 tensors", bytes(manyTensors(100_001))),
        arguments(
            "more than 8000000 characters of names and metadata",
            bytes("{\"__metadata__\":{\"k\":\"" + "x".repeat(8_000_000) + "\"}}")),
        arguments(
            "not the JSON expected: String value length (8000001)",
            bytes("{\"__metadata__\":{\"k\":\"" + "x".repeat(8_000_001) + "\"}}")),
        arguments("something behind the end", bytes("{} {}")),
        arguments("'a' is VALUE_NUMBER_INT", bytes("{\"a\":1}")),
        arguments("'k' in __metadata__ is VALUE_NUMBER_INT", bytes("{\"__metadata__\":{\"k\":1}}")),
        arguments("'a' has an unknown field 'x'", bytes("{\"a\":{\"x\":1}}")),
        arguments("'a' is not described", bytes("{\"a\":{\"dtype\":\"F32\"}}")),
        arguments("'a' is not described", bytes(offsets.formatted("[2]", "[0]"), 1, 2)),
        arguments(
            "type I32, expected F16, BF16, F32, F64 or I64",
            bytes("{" + A.replace("F32", "I32") + "}", 1, 2)),
        arguments(
            "its header describes 8 bytes of tensors, but there are only 4; copy or download it",
            bytes("{" + A + "}", 1)),
        arguments("'__metadata__' is VALUE_FALSE", bytes("{\"__metadata__\":false}")),
        arguments(
            "has a header that is not UTF-8", latin("{\"__metadata__\":{\"k\":\"\u00c0\u0080\"}}")),
        arguments(
            "has a header that is not UTF-8",
            latin("{\"__metadata__\":{\"k\":\"\u00ed\u00a0\u00bd\u00ed\u00b8\u0080\"}}")),
        arguments("is VALUE_NUMBER_FLOAT", bytes(offsets.formatted("[2.0]", "[0,8]"), 1, 2)),
        arguments("is VALUE_STRING", bytes(offsets.formatted("\"2\"", "[0,8]"), 1, 2)),
        arguments("negative number: -2", bytes(offsets.formatted("[-2]", "[0,8]"), 1, 2)),
        arguments("negative number: -8", bytes(offsets.formatted("[2]", "[-8,0]"), 1, 2)),
        arguments(
            "more than 8 numbers", bytes(offsets.formatted("[1,1,1,1,1,1,1,1,2]", "[0,8]"), 1, 2)),
        arguments("sides below 2^31", bytes(offsets.formatted("[2147483648]", "[0,8]"), 1, 2)),
        arguments(
            "fewer than 2^31 values",
            bytes(offsets.formatted("[2147483647,2147483647,2147483647]", "[0,8]"), 1, 2)),
        arguments(
            "out of range of long",
            bytes(offsets.formatted("[2]", "[0,18446744073709551624]"), 1, 2)),
        arguments("expected 8 bytes for shape [2]", bytes(offsets.formatted("[2]", "[0,4]"), 1)),
        arguments("within 0 to 4", bytes(offsets.formatted("[2]", "[0,8]"), 1)),
        arguments("within 0 to 8", bytes(offsets.formatted("[2]", "[8,0]"), 1, 2)),
        arguments("4 bytes that belong to no tensor", bytes("{" + A + "}", 1, 2, 3)),
        arguments("leaves a gap before it", bytes(offsets.formatted("[2]", "[4,12]"), 1, 2, 3)),
        arguments(
            "'b' overlaps another",
            bytes(
                "{" + A + "," + A.replace("\"a\"", "\"b\"").replace("[0,8]", "[4,12]") + "}",
                1,
                2,
                3)),
        arguments("'a' has NaN at 1", bytes("{" + A + "}", 1, Float.NaN)),
        arguments("'a' has -Infinity at 0", bytes("{" + A + "}", Float.NEGATIVE_INFINITY, 1)));
  }

  private static String manyTensors(int count) {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < count; i++) {
      header.append(i == 0 ? "\"" : ",\"").append(i);
      header.append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
    }
    return header.append('}').toString();
  }

  @Test
  void readsAsManyTensorsAsAllowed() throws IOException {
    assertEquals(100_000, read(bytes(manyTensors(100_000))).tensors().size());
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void namesTheFaultOfBadFiles(String fault, byte[] content) {
    DataException e = assertThrows(DataException.class, () -> read(content));
    assertTrue(e.getMessage().contains(fault), e.getMessage());
    assertTrue(e.getMessage().startsWith(folder.resolve("f") + ": "), e.getMessage());
  }

  @Test
  void messagesStayOnOneShortLineWhateverTheNames() {
    String name = "\\n\\u0007" + "x".repeat(9_000);
    DataException e =
        assertThrows(DataException.class, () -> read(bytes("{\"" + name + "\":{\"dtype\":1}}")));
    assertEquals(1, e.getMessage().lines().count());
    assertTrue(e.getMessage().length() < 1000);
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    byte[] whole = bytes("{" + A + "}", 1, 2);
    read(whole);
    for (int i = 0; i < whole.length; i++) {
      byte[] part = Arrays.copyOf(whole, i);
      assertThrows(DataException.class, () -> read(part), "length " + i);
    }
  }

  @Test
  void writingFailsWithoutATrace() throws IOException {
    Safetensors content = new Safetensors(Map.of("a", Tensor.zeros(2)), Map.of());
    Path old = Files.createDirectory(folder.resolve("old"));
    assertEquals(
        old + ": is a folder, expected a file to write",
        assertThrows(IOException.class, () -> content.write(old)).getMessage());
    assertEquals(
        folder.resolve("no/f") + ": the folder to write to does not exist",
        assertThrows(NoSuchFileException.class, () -> content.write(folder.resolve("no/f")))
            .getMessage());
    assertOnlyFile("old");
  }

  @Test
  void aFailureHalfwayLeavesTheOldFile() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "old");
    assertThrows(
        IOException.class,
        () ->
            AtomicFile.write(
                file,
                channel -> {
                  channel.write(ByteBuffer.wrap(new byte[100]));
                  throw new IOException("disk full");
                }));
    assertEquals("old", Files.readString(file));
    assertOnlyFile("f");
  }

  static Stream<Arguments> contentThatIsNotRead() {
    Tensor one = Tensor.zeros(1);
    String name = "x".repeat(10_001);
    Map<String, Tensor> many = new HashMap<>();
    for (int i = 0; i <= 100_000; i++) {
      many.put("" + i, one);
    }
    return Stream.of(
        arguments("called __metadata__", Map.of("__metadata__", one), Map.of()),
        arguments("at most 100000 tensors", many, Map.of()),
        arguments("8 dimensions", Map.of("a", Tensor.zeros(1, 1, 1, 1, 1, 1, 1, 1, 1)), Map.of()),
        arguments("at most 10000 characters", Map.of(name, one), Map.of()),
        arguments("at most 10000 characters", Map.of(), Map.of(name, "")),
        arguments("half of a surrogate", Map.of("\ud83d", one), Map.of()),
        arguments("half of a surrogate", Map.of(), Map.of("\ude00\ud83d", "")),
        arguments("half of a surrogate", Map.of(), Map.of("k", "a\ud83dz")),
        arguments("8000000 characters", Map.of(), Map.of("k", "x".repeat(8_000_000))),
        arguments(
            "8000000 characters",
            Map.of("nn", one),
            Map.of("k", "x".repeat(4_000_000), "l", "x".repeat(3_999_997))));
  }

  @ParameterizedTest
  @MethodSource("contentThatIsNotRead")
  void whatWouldNotBeReadIsNotWritten(
      String fault, Map<String, Tensor> tensors, Map<String, String> metadata) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new Safetensors(tensors, metadata));
    assertTrue(e.getMessage().contains(fault), e.getMessage());
  }

  @Test
  void whatIsNotFiniteIsNotWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "old");
    Tensor tensor = new Tensor(new float[] {Float.NaN, 1, Float.POSITIVE_INFINITY}, 1, 2);
    Safetensors content = new Safetensors(Map.of("a", tensor), Map.of());
    DataException e = assertThrows(DataException.class, () -> content.write(file));
    assertEquals(file + ": tensor 'a' has Infinity at 1, expected finite numbers", e.getMessage());
    assertThrows(DataException.class, () -> ChecksummedFile.write(file, content));
    assertEquals("old", Files.readString(file));
    assertOnlyFile("f");
  }

  /** As much as there may be of everything, in the characters that take most bytes. */
  @Test
  void asMuchAsIsWrittenIsRead() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("\u4e2d".repeat(10_000), Tensor.zeros(1, 1, 1, 1, 1, 1, 1, 1));
    tensors.put("\ud83d\ude00".repeat(5_000), Tensor.zeros(0));
    tensors.put("", Tensor.zeros());
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("\u0001".repeat(10_000), "\u0001".repeat(7_970_000 - 1));
    metadata.put("k", "");
    Path file = folder.resolve("f");
    new Safetensors(tensors, metadata).write(file);
    Safetensors back = Safetensors.read(file);
    assertEquals(List.copyOf(tensors.keySet()), List.copyOf(back.tensors().keySet()));
    assertEquals(metadata, back.metadata());
    metadata.put("k", "x");
    assertThrows(IllegalArgumentException.class, () -> new Safetensors(tensors, metadata));
  }

  private void assertOnlyFile(String name) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve(name)), files.toList());
    }
  }

  /** Without what a tensor's array holds besides. */
  private static float[] values(Tensor tensor) {
    return Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + tensor.size());
  }
}
