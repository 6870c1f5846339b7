package dev.lanewise.layers.io;

import dev.lanewise.layers.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Stub while the format is being written. */
public final class ModelFile {
  private ModelFile() {}

  /** Writes the parameters of a network; the file appears whole or not at all. */
  public static void save(Network network, Map<String, String> metadata, Path file)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Sets the parameters of a network. */
  public static void load(Network network, Path file) throws IOException {
    throw new UnsupportedOperationException();
  }
}
