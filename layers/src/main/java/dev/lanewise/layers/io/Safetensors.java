// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.file.AtomicFile;
import dev.lanewise.layers.file.FileKind;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The content of a safetensors file (Hugging Face, "Safetensors: format"): a 64-bit little-endian
 * header length, a JSON header that gives each tensor's type, shape and place, and the tensors'
 * bytes, without gaps. In memory all tensors are floats. Files may also have {@code F16}, {@code
 * BF16} and {@code F64}, which is rounded, and {@code I64} as PyTorch keeps its counters, exact up
 * to 2^24; written are {@code F32} and {@code I64}.
 *
 * <p>Reading believes nothing: memory for a tensor is taken only when its place has been found to
 * lie within the file, and a header may not describe more than {@value
 * SafetensorsHeader#MAX_TENSORS} tensors or hold more than {@value SafetensorsHeader#MAX_TEXT}
 * characters of names and metadata.
 *
 * @param tensors the tensors by name, in the order of the header
 * @param metadata what the header says besides ({@code __metadata__}); may be empty
 * @param whole the names of the tensors that are whole numbers of 64 bits in the file
 */
public record Safetensors(
    Map<String, Tensor> tensors, Map<String, String> metadata, Set<String> whole) {
  /** The reference implementation's limit. */
  private static final int MAX_HEADER = 100_000_000;

  private static final int ALIGNMENT = 8;
  private static final int BUFFER = 1 << 16;

  /**
   * Takes over the maps' present content.
   *
   * @throws IllegalArgumentException if {@link #read} would refuse it: if a tensor is called {@code
   *     __metadata__} or has more than 8 dimensions, a name has more than {@value
   *     SafetensorsHeader#MAX_NAME} characters or a text half of a surrogate pair, or there are
   *     more tensors or characters than said above
   */
  public Safetensors {
    SafetensorsHeader.requireReadable(tensors, metadata);
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    whole = Set.copyOf(whole);
  }

  /**
   * Tensors of floats alone.
   *
   * @param tensors the tensors by name
   * @param metadata what to say besides; may be empty
   * @throws IllegalArgumentException as the other constructor
   */
  public Safetensors(Map<String, Tensor> tensors, Map<String, String> metadata) {
    this(tensors, metadata, Set.of());
  }

  /**
   * Reads a file.
   *
   * @param file a safetensors file
   * @return its content
   * @throws DataException if the file is not a safetensors file, is truncated or has bytes that
   *     belong to no tensor, or if it holds values of another type, or such as are not finite
   *     floats
   * @throws IOException if the file cannot be read
   */
  public static Safetensors read(Path file) throws IOException {
    return read(file, header -> {});
  }

  /** Looks at a header before memory is taken for the tensors. */
  @FunctionalInterface
  interface HeaderCheck {
    void accept(SafetensorsHeader header) throws DataException;
  }

  /** Reads a file that must pass a check of its header. */
  static Safetensors read(Path file, HeaderCheck check) throws IOException {
    try (FileChannel channel = open(file)) {
      return read(file, channel, channel.size(), check);
    }
  }

  static Safetensors read(Path file, ReadableByteChannel channel, long size, HeaderCheck check)
      throws IOException {
    try {
      SafetensorsHeader header = readHeader(file, channel, size);
      check.accept(header);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      Set<String> whole = new TreeSet<>();
      header.places().forEach((name, place) -> tensors.put(name, null)); // fixes the order
      for (Map.Entry<String, SafetensorsHeader.Place> entry : header.inFileOrder()) {
        String name = entry.getKey();
        Tensor tensor = Tensor.zeros(entry.getValue().dims());
        switch (entry.getValue().type()) {
          case F32 -> readFloats(file, channel, tensor);
          case I64 -> {
            whole.add(name);
            convert(file, channel, entry, tensor);
          }
          default -> convert(file, channel, entry, tensor);
        }
        checkFinite(file, name, tensor);
        tensors.put(name, tensor);
      }
      return new Safetensors(tensors, header.metadata(), whole);
    } catch (OutOfMemoryError e) { // the one array that did not fit; what there was is still there
      throw DataException.tooLarge(file);
    }
  }

  /**
   * Reads only what a file says besides its tensors.
   *
   * @param file a safetensors file
   * @return its metadata; may be empty
   * @throws DataException as {@link #read}, but for the values
   * @throws IOException if the file cannot be read
   */
  public static Map<String, String> readMetadata(Path file) throws IOException {
    try (FileChannel channel = open(file)) {
      SafetensorsHeader header = readHeader(file, channel, channel.size());
      return Collections.unmodifiableMap(header.metadata());
    } catch (OutOfMemoryError e) {
      throw DataException.tooLarge(file);
    }
  }

  /**
   * Writes a file. It appears whole or not at all.
   *
   * @param file where to; an old file is replaced
   * @throws DataException if a value is not finite; {@link #read} would refuse it
   * @throws IOException if the file cannot be written; an old file is then as it was
   */
  public void write(Path file) throws IOException {
    requireFinite(file);
    AtomicFile.write(file, this::writeTo);
  }

  /** Before anything is written. */
  void requireFinite(Path file) throws DataException {
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      checkFinite(file, entry.getKey(), entry.getValue());
    }
  }

  /** Writes the content of the file. */
  void writeTo(WritableByteChannel channel) throws IOException {
    byte[] json = SafetensorsHeader.of(tensors, metadata, whole).toJson(ALIGNMENT);
    ByteBuffer buffer = littleEndian(BUFFER);
    writeFully(channel, buffer.putLong(json.length).flip());
    writeFully(channel, ByteBuffer.wrap(json));
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      if (whole.contains(entry.getKey())) {
        writeWhole(channel, buffer, entry.getValue());
      } else {
        writeFloats(channel, buffer, entry.getValue());
      }
    }
  }

  private static void writeFloats(WritableByteChannel channel, ByteBuffer buffer, Tensor tensor)
      throws IOException {
    int end = tensor.offset + tensor.size();
    for (int from = tensor.offset; from < end; from += BUFFER / Float.BYTES) {
      int count = Math.min(BUFFER / Float.BYTES, end - from);
      buffer.clear().asFloatBuffer().put(tensor.data, from, count);
      writeFully(channel, buffer.limit(count * Float.BYTES));
    }
  }

  private static void writeWhole(WritableByteChannel channel, ByteBuffer buffer, Tensor tensor)
      throws IOException {
    for (int i = tensor.offset; i < tensor.offset + tensor.size(); i++) {
      writeFully(channel, buffer.clear().putLong((long) tensor.data[i]).flip());
    }
  }

  private static FileChannel open(Path file) throws IOException {
    if (Files.isDirectory(file)) { // can be opened, and reading it fails without naming it
      throw new FileSystemException(
          file.toString(), null, "is a folder, expected a safetensors file");
    }
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /** Leaves the channel at the first byte of the first tensor. */
  private static SafetensorsHeader readHeader(Path file, ReadableByteChannel channel, long size)
      throws IOException {
    if (size == 0) {
      throw new DataException(
          file, "is empty: 0 bytes are too few for a safetensors file; copy or download it again");
    }
    if (size < Long.BYTES) {
      throw notSafetensors(file, size + " bytes are too few for a header length");
    }
    ByteBuffer start = littleEndian((int) Math.min(size, Long.BYTES + 1));
    readFully(file, channel, start);
    long length = start.getLong(0);
    boolean possible = length >= 2 && length <= MAX_HEADER;
    boolean json = size > Long.BYTES && start.get(Long.BYTES) == '{';
    if (!possible || !json) {
      requireUnknown(file, channel, size, start.flip());
    }
    if (!possible) {
      String found = Long.toUnsignedString(length);
      throw notSafetensors(file, "its header length is " + found + ", expected 2 to " + MAX_HEADER);
    }
    long dataBytes = size - Long.BYTES - length;
    if (dataBytes < 0) {
      throw new DataException(
          file,
          ("is truncated: " + size + " bytes, but its header alone is said to have " + length)
              + "; copy or download it again");
    }
    if (!json) {
      throw notSafetensors(file, "its header does not begin with {");
    }
    ByteBuffer header = ByteBuffer.allocate((int) length).put((byte) '{');
    readFully(file, channel, header);
    SafetensorsHeader result = SafetensorsHeader.parse(file, header.array());
    result.checkPlaces(file, dataBytes);
    return result;
  }

  private static DataException notSafetensors(Path file, String fault) {
    return new DataException(file, "is not a safetensors file: " + fault);
  }

  /** Says what a file is that people have in place of a safetensors file. */
  private static void requireUnknown(
      Path file, ReadableByteChannel channel, long size, ByteBuffer start) throws IOException {
    ByteBuffer head = littleEndian((int) Math.min(size, FileKind.HEAD)).put(start);
    readFully(file, channel, head);
    FileKind kind = FileKind.of(head.array());
    if (kind != null) {
      String advice = SafetensorsAdvice.of(kind, head.array());
      throw new DataException(file, "is " + kind.what + ", expected a safetensors file" + advice);
    }
  }

  private static void readFloats(Path file, ReadableByteChannel channel, Tensor tensor)
      throws IOException {
    ByteBuffer buffer = littleEndian((int) Math.min(BUFFER, (long) tensor.size() * Float.BYTES));
    int end = tensor.offset + tensor.size(); // the array may be longer
    for (int from = tensor.offset; from < end; from += BUFFER / Float.BYTES) {
      int count = Math.min(BUFFER / Float.BYTES, end - from);
      buffer.clear().limit(count * Float.BYTES);
      readFully(file, channel, buffer);
      buffer.flip().asFloatBuffer().get(tensor.data, from, count);
    }
  }

  private static void convert(
      Path file,
      ReadableByteChannel channel,
      Map.Entry<String, SafetensorsHeader.Place> entry,
      Tensor tensor)
      throws IOException {
    SafetensorsHeader.Type type = entry.getValue().type();
    int most = BUFFER / type.bytes;
    ByteBuffer buffer = littleEndian(Math.min(most, tensor.size()) * type.bytes);
    for (int from = 0; from < tensor.size(); from += most) {
      int count = Math.min(most, tensor.size() - from);
      readFully(file, channel, buffer.clear().limit(count * type.bytes));
      buffer.flip();
      for (int i = from; i < from + count; i++) {
        double value = type.next(buffer);
        tensor.data[tensor.offset + i] = (float) value;
        if (Math.abs(value) < Double.POSITIVE_INFINITY && Float.isInfinite((float) value)) {
          throw new DataException(
              file,
              ("tensor '" + entry.getKey() + "' has " + value + " at " + i)
                  + (", expected numbers up to " + Float.MAX_VALUE + ", the largest float"));
        }
      }
    }
  }

  static void checkFinite(Path file, String name, Tensor tensor) throws DataException {
    for (int i = 0; i < tensor.size(); i++) {
      float value = tensor.data[tensor.offset + i];
      if (!Float.isFinite(value)) {
        throw new DataException(
            file, "tensor '" + name + "' has " + value + " at " + i + ", expected finite numbers");
      }
    }
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void readFully(Path file, ReadableByteChannel channel, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new DataException(file, "is truncated: it became shorter while it was read");
      }
    }
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
