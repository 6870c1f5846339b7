// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A network as the bytes of its model file, which Spark can send. */
final class ModelBytes {
  private static final String END = ".safetensors";

  private ModelBytes() {}

  static byte[] of(Network network) {
    return throughFile(
        file -> {
          network.save(file);
          return Files.readAllBytes(file);
        });
  }

  static Network network(byte[] bytes) {
    return throughFile(
        file -> {
          Files.write(file, bytes);
          return Network.load(file);
        });
  }

  /** Something done with a file. */
  private interface Use<T> {
    T with(Path file) throws IOException;
  }

  private static <T> T throughFile(Use<T> use) {
    try {
      Path file = Files.createTempFile("lanewise-", END);
      try {
        return use.with(file);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
