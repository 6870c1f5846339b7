// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.file.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A safetensors file that begins with the SHA-256 of itself: the first entry of its metadata, so
 * always in the same place. The digest is that of the whole file with zeros, as digits, in that
 * place. Any changed bit and any missing or added byte is found before a byte is interpreted, and
 * every reader of safetensors reads the file.
 */
final class ChecksummedFile {
  private static final String KEY = "sha256";
  static final byte[] ZEROS = ascii("0".repeat(64));

  /** What stands behind the 8 bytes of the header's length, up to the digest. */
  private static final byte[] PREFIX =
      ascii("{\"" + SafetensorsHeader.METADATA + "\":{\"" + KEY + "\":\"");

  static final int DIGEST_AT = Long.BYTES + PREFIX.length;
  private static final int BUFFER = 1 << 16;

  private ChecksummedFile() {}

  /** Writes a file; it appears whole or not at all. The key {@code sha256} is taken. */
  static void write(Path file, Safetensors content) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(KEY, new String(ZEROS, StandardCharsets.US_ASCII));
    content.metadata().forEach(metadata::putIfAbsent);
    Safetensors unsigned = new Safetensors(content.tensors(), metadata, content.whole());
    unsigned.requireFinite(file);
    AtomicFile.write(
        file,
        channel -> {
          MessageDigest digest = sha256();
          unsigned.writeTo(new Tee(channel, digest));
          ByteBuffer hex = ByteBuffer.wrap(hex(digest));
          while (hex.hasRemaining()) {
            channel.write(hex, DIGEST_AT + hex.position());
          }
        });
  }

  /**
   * Reads a file.
   *
   * @throws DataException if its content is not what was written
   */
  static Safetensors read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(file, channel);
    }
  }

  static Safetensors read(Path file, SeekableByteChannel channel) throws IOException {
    verify(file, channel);
    return Safetensors.read(file, channel.position(0), channel.size(), header -> {});
  }

  private static void verify(Path file, SeekableByteChannel channel) throws IOException {
    if (channel.size() > Runtime.getRuntime().maxMemory()) { // may be a hole, and take an hour
      throw DataException.tooLarge(file);
    }
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    readUpTo(channel, buffer);
    byte[] start = buffer.array();
    int digestEnd = DIGEST_AT + ZEROS.length;
    if (buffer.position() < digestEnd
        || !Arrays.equals(start, Long.BYTES, DIGEST_AT, PREFIX, 0, PREFIX.length)) {
      throw new DataException(file, "is no checkpoint, or a damaged one: it has no checksum");
    }
    byte[] expected = Arrays.copyOfRange(start, DIGEST_AT, digestEnd);
    System.arraycopy(ZEROS, 0, start, DIGEST_AT, ZEROS.length);
    MessageDigest digest = sha256();
    while (buffer.position() > 0) {
      digest.update(buffer.flip());
      readUpTo(channel, buffer.clear());
    }
    if (!Arrays.equals(hex(digest), expected)) {
      throw new DataException(file, "is damaged: its content does not have its checksum");
    }
  }

  private static void readUpTo(SeekableByteChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
  }

  static byte[] hex(MessageDigest digest) {
    return ascii(HexFormat.of().formatHex(digest.digest()));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java has it
    }
  }

  /** Writes, and digests what was written. */
  private record Tee(WritableByteChannel channel, MessageDigest digest)
      implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      ByteBuffer written = bytes.duplicate();
      int count = channel.write(bytes);
      digest.update(written.limit(written.position() + count));
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
