// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A file of records as TensorFlow's TFRecord frames them: the length in 8 bytes, its checksum, the
 * content, its checksum; little-endian. A checksum is CRC-32C, rotated and shifted, so that one of
 * data that has checksums in it stays a good one. Records go to the file one by one, each whole; a
 * reader takes what is there up to the last whole one. Thread-safe.
 */
final class RecordFile implements Closeable {
  private static final int HEAD = Long.BYTES + Integer.BYTES;
  private static final int ROTATION = 15;
  private static final int SHIFT = 0xa282ead8;

  private final Path path;
  private final FileChannel channel;
  private long size;

  private RecordFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Makes a file that is not there yet.
   *
   * @throws FileAlreadyExistsException if there is one
   */
  static RecordFile create(Path path) throws IOException {
    return new RecordFile(
        path, FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  /** The masked checksum of some bytes. */
  static int checksum(byte[] bytes, int from, int count) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, count);
    return Integer.rotateRight((int) crc.getValue(), ROTATION) + SHIFT;
  }

  /**
   * Writes a record at the end.
   *
   * @throws IOException if it cannot be written, and is not there then; or if the file is closed
   */
  synchronized void append(byte[] content) throws IOException {
    byte[] frame = new byte[HEAD + content.length + Integer.BYTES];
    ByteBuffer record = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(content.length).putInt(checksum(frame, 0, Long.BYTES));
    record.put(content).putInt(checksum(content, 0, content.length));
    record.flip();
    try {
      while (record.hasRemaining()) {
        channel.write(record);
      }
    } catch (IOException e) {
      removePart();
      throw new IOException(path + ": cannot be written", e);
    }
    size += frame.length;
  }

  /** Of a record on a full disk, which would end all reading. */
  private void removePart() {
    try {
      channel.truncate(size).position(size);
    } catch (IOException e) {
      // Why the record could not be written says more.
    }
  }

  /** Forces all records to the disk. */
  synchronized void force() throws IOException {
    channel.force(false);
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }
}
