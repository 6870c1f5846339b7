package dev.lanewise.mnist;

import dev.lanewise.layers.data.IdxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The options of every command that reads a data set. */
final class DataOptions {
  /** What is not the name of a folder. */
  private static final List<String> NAMES = List.of("mnist", "procedural");

  @Option(
      names = "--data",
      paramLabel = "<source>",
      description = {
        "Where the images come from:",
        "a folder with IDX files, gzipped or not, named as those of MNIST or its relatives; it is"
            + " searched three folders deep;",
        "a folder with CIFAR-10 or CIFAR-100 in their binary version;",
        "a folder and the name in front of the files, to choose one of several data sets, as in"
            + " emnist/emnist-letters;",
        "'mnist': from the user's cache folder or, if not there, a public mirror;",
        "'procedural': digits drawn by the program from --seed.",
        "Default: mnist, or procedural where that cannot be had.",
        "docs/formats.md lists data sets, and how to convert those in other formats."
      })
  String data;

  @Option(
      names = "--image-shape",
      paramLabel = "<shape>",
      description = {
        "Height x width x channels of the images in the folder, such as 32x32x3, where their file"
            + " does not say.",
        "Default: as in the file; a square, for images in a row"
      })
  private ImageShape shape;

  @Option(
      names = "--white",
      paramLabel = "<value>",
      description = {
        "The value of a white pixel in the folder: all are divided by it.",
        "Default: 255 for files of integers, 1 for floating point"
      })
  private Double white;

  @Option(
      names = "--transpose",
      description = "Make rows of columns in the images of the folder. EMNIST needs it.")
  private boolean transpose;

  @Option(
      names = "--seed",
      paramLabel = "<number>",
      description = "Fixes everything random. Default: ${DEFAULT-VALUE}")
  long seed = 1;

  /** Rejects bad values before anything is read. */
  void validate(CommonOptions common) {
    common.require(
        white == null || white > 0 && white < Double.POSITIVE_INFINITY,
        "--white must be a finite number above 0, but is " + white);
    boolean folder = MnistSource.isFolder(data);
    common.require(
        folder || shape == null && white == null && !transpose,
        "--image-shape, --white and --transpose are for a folder in --data");
  }

  /** What another command must be given to read the same images; each option after a space. */
  String again() {
    StringBuilder options = new StringBuilder();
    if (data != null) {
      options.append(" --data ").append(Messages.quoted(data));
    }
    if ("procedural".equals(data)) {
      options.append(" --seed ").append(seed);
    }
    if (shape != null) {
      options.append(" --image-shape ").append(shape);
    }
    if (white != null) {
      options.append(" --white ").append(white);
    }
    return options.append(transpose ? " --transpose" : "").toString();
  }

  private MnistSource source(Consumer<String> tell) throws IOException {
    requireThere();
    IdxOptions options =
        new IdxOptions(shape == null ? null : shape.shape(), white == null ? 0 : white, transpose);
    return new MnistSource(
        data, seed, options, line -> tell.accept("note: " + line), MnistCache.ofUser());
  }

  /**
   * Reads the data set.
   *
   * @param tell receives, line by line, what the user should know
   */
  MnistSource.Data load(Consumer<String> tell) throws IOException {
    return source(tell).load();
  }

  /**
   * Reads the test images alone.
   *
   * @param classes how many there are; a label beyond them is a fault of the data
   * @param tell receives, line by line, what the user should know
   */
  MnistSource.Test loadTest(int classes, Consumer<String> tell) throws IOException {
    return source(tell).loadTest(classes);
  }

  /** If there is no such folder, perhaps one with a name like it is meant, or a data set. */
  private void requireThere() throws IOException {
    Path folder;
    try {
      folder = data == null || NAMES.contains(data) ? null : Path.of(data);
    } catch (InvalidPathException e) {
      return; // whoever reads it says so
    }
    if (folder == null || Files.exists(folder)) {
      return;
    }
    Path parent = folder.getParent();
    String front = String.valueOf(folder.getFileName()).toLowerCase(Locale.ROOT);
    List<String> names = new ArrayList<>(parent == null ? NAMES : List.of());
    try (Stream<Path> files = Files.list(parent == null ? Path.of("") : parent)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (Files.isDirectory(file)) {
          names.add(name);
        } else if (name.toLowerCase(Locale.ROOT).startsWith(front)) {
          return; // the name in front of the files
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // Then there is none beside it.
    }
    String expected = "expected a folder with IDX files, " + String.join(" or ", NAMES);
    throw new NoSuchFileException(
        data,
        null,
        "no such folder; "
            + Suggestions.nearest(String.valueOf(folder.getFileName()), names)
                .map(name -> folder.resolveSibling(name).toString())
                .map(name -> "did you mean --data " + Messages.quoted(name) + "?")
                .orElse(expected));
  }
}
