package dev.lanewise.mnist;

import dev.lanewise.layers.io.Match;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options of every command that reads weights. */
final class WeightsOptions {
  @Option(
      names = "--weights",
      required = true,
      paramLabel = "<file>",
      description =
          "A safetensors file: saved by 'train', or from the same nn.Sequential in PyTorch.")
  Path file;

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
}
