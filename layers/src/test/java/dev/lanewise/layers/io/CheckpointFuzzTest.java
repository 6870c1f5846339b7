// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Checkpointer;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.layers.train.TrainingListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whatever the bytes, and even if their checksum is true, a checkpoint is refused by a {@link
 * DataException} of one line that changes nothing, or it is taken up and the checkpoint made then
 * says the same. In an ordinary build the inputs kept as resources are tried; {@code -Pfuzz}
 * searches.
 */
class CheckpointFuzzTest {
  private static final Path FILE = Path.of("fuzz");

  private final Network network = new Network(Shape.flat(2), new Dense(2));
  private final Trainer trainer =
      Trainer.of(network).optimizer(new Sgd()).learningRate(0.1f).batchSize(2).build();
  private final Checkpointer checkpointer =
      new Checkpointer(trainer, null, 0, Map::of, new TrainingListener() {});

  /** An input gets its true checksum, unless it begins with a zero more. */
  @FuzzTest(maxDuration = "", maxExecutions = 10_000_000)
  void restore(byte[] bytes) throws IOException {
    byte[] file = bytes.length > 0 && bytes[0] == 0 ? rest(bytes) : signed(bytes);
    Safetensors before = trainer.checkpoint(Map.of());
    Safetensors content;
    try {
      content = ChecksummedFile.read(FILE, new Bytes(file));
      checkpointer.restore(new CheckpointFolder.Entry(FILE, content));
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      assertSame(before, trainer.checkpoint(Map.of()));
      return;
    }
    Safetensors after = trainer.checkpoint(Map.of());
    after.tensors().forEach((name, tensor) -> assertSame(content.tensors().get(name), tensor));
    Map<String, String> said = content.metadata();
    Map<String, String> numbers = new LinkedHashMap<>(after.metadata());
    numbers.remove(ModelFile.NETWORK); // the layers, which are those of the trainer in any case
    numbers.forEach((key, value) -> assertEquals(number(key, said.get(key)), number(key, value)));
  }

  /** Read as the trainer reads it: {@code +7} is {@code 7}. */
  private static Number number(String key, String text) {
    if (key.equals("training.lossSum")) {
      return Double.valueOf(text);
    }
    return Long.valueOf(text);
  }

  private static void assertSame(Safetensors expected, Safetensors actual) {
    assertEquals(expected.metadata(), actual.metadata());
    expected.tensors().forEach((name, tensor) -> assertSame(tensor, actual.tensors().get(name)));
  }

  private static void assertSame(Tensor expected, Tensor actual) {
    assertEquals(text(expected), text(actual));
  }

  private static String text(Tensor tensor) {
    return Arrays.toString(
        Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + tensor.size()));
  }

  private static byte[] rest(byte[] bytes) {
    return Arrays.copyOfRange(bytes, 1, bytes.length);
  }

  private static byte[] signed(byte[] bytes) {
    byte[] file = bytes.clone();
    int length = ChecksummedFile.ZEROS.length;
    if (file.length >= ChecksummedFile.DIGEST_AT + length) {
      System.arraycopy(ChecksummedFile.ZEROS, 0, file, ChecksummedFile.DIGEST_AT, length);
      MessageDigest digest = ChecksummedFile.sha256();
      digest.update(file);
      System.arraycopy(ChecksummedFile.hex(digest), 0, file, ChecksummedFile.DIGEST_AT, length);
    }
    return file;
  }

  /** A file in memory. */
  private static final class Bytes implements SeekableByteChannel {
    private final ByteBuffer bytes;

    Bytes(byte[] bytes) {
      this.bytes = ByteBuffer.wrap(bytes);
    }

    @Override
    public int read(ByteBuffer to) {
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int count = Math.min(to.remaining(), bytes.remaining());
      to.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public long size() {
      return bytes.capacity();
    }

    @Override
    public long position() {
      return bytes.position();
    }

    @Override
    public SeekableByteChannel position(long position) {
      bytes.position((int) position);
      return this;
    }

    @Override
    public int write(ByteBuffer from) {
      throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
      throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
