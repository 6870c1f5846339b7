package dev.lanewise.mnist;

import java.io.IOException;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The options of every command that reads a data set. */
final class DataOptions {
  @Option(
      names = "--data",
      paramLabel = "<source>",
      description = {
        "Where the images come from:",
        "a folder with IDX files, gzipped or not, named as MNIST's are;",
        "'mnist': from the user's cache folder or, if not there, a public mirror;",
        "'procedural': digits drawn by the program from --seed.",
        "Default: mnist, or procedural where that cannot be had."
      })
  String data;

  @Option(
      names = "--seed",
      paramLabel = "<number>",
      description = "Fixes everything random. Default: ${DEFAULT-VALUE}")
  long seed = 1;

  /**
   * Reads the data set.
   *
   * @param tell receives, line by line, what the user should know
   */
  MnistSource.Data load(Consumer<String> tell) throws IOException {
    return MnistSource.load(data, seed, line -> tell.accept("note: " + line));
  }
}
