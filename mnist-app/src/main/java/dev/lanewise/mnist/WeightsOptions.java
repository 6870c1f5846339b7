// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.io.Match;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options of every command that reads weights. */
final class WeightsOptions {
  @Option(
      names = "--weights",
      paramLabel = "<file>",
      description = {
        "A safetensors file: saved by 'train', or from the same nn.Sequential in PyTorch; or an ONNX"
            + " model (.onnx).",
        "Default: the network for MNIST's digits that comes with the program"
      })
  private Path file;

  @Option(
      names = "--match",
      paramLabel = "names|shapes",
      description = {
        "How the weights find their layers. names: as PyTorch names an nn.Sequential, with or"
            + " without 'module.', '_orig_mod.' or 'model.' before them. shapes: by order and"
            + " shape, whatever the names; check the line that says what was matched.",
        "Default: names"
      })
  Match match = Match.NAMES;

  /** Whether it is the network that comes with the program. */
  boolean shipped() {
    return file == null;
  }

  /**
   * The weights and their network.
   *
   * @param named the network that they are for; {@code null}: what the file tells
   */
  SavedNetwork read(String named) throws IOException {
    return SavedNetwork.read(shipped() ? ShippedNetwork.file() : file, match, named);
  }
}
