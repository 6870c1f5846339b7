// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.CifarFolder;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.IdxOptions;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The options of every command that reads a data set. */
final class DataOptions {
  private static final Shape MNIST = Shape.of(DigitPainter.SIDE, DigitPainter.SIDE, 1);

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
        "a folder with a folder of pictures for each class, PNG, JPEG, BMP or GIF of any size, or two"
            + " such folders, train and test;",
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
        "Pictures become so large: HxW grey, HxWx3 coloured.",
        "Default: as in the file; a square, for images in a row; of pictures the size that all have,"
            + " up to 64x64, else 32x32; grey if all are"
      })
  private ImageShape shape;

  @Option(
      names = "--framing",
      paramLabel = "crop|stretch|digit",
      description = {
        "How pictures get that size.",
        "crop: resized until they cover the image, whose middle is cut out.",
        "stretch: resized to it, whatever their proportions.",
        "digit: the digit in each is found, and centred as MNIST's were; 28x28.",
        "Default: crop"
      })
  private Framing.Mode framing;

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

  private boolean split; // by the seed, into training and test images

  /** Rejects bad values before anything is read. */
  void validate(CommonOptions common) {
    common.require(
        white == null || white > 0 && white < Double.POSITIVE_INFINITY,
        "--white must be a finite number above 0, but is " + white);
    boolean folder = MnistSource.isFolder(data);
    common.require(
        folder || shape == null && framing == null && white == null && !transpose,
        "--image-shape, --framing, --white and --transpose are for a folder in --data");
  }

  /** What another command must be given to read the same images; each option after a space. */
  String again() {
    StringBuilder options = new StringBuilder();
    if (data != null) {
      options.append(" --data ").append(Messages.quoted(data));
    }
    if ("procedural".equals(data) || split && seed != 1) {
      options.append(" --seed ").append(seed);
    }
    if (shape != null) {
      options.append(" --image-shape ").append(shape);
    }
    if (white != null) {
      options.append(" --white ").append(white);
    }
    if (framing != null) {
      options.append(" --framing ").append(framing.toString().toLowerCase(Locale.ROOT));
    }
    return options.append(transpose ? " --transpose" : "").toString();
  }

  private MnistSource source(Consumer<String> tell) {
    IdxOptions options =
        new IdxOptions(shape == null ? null : shape.shape(), white == null ? 0 : white, transpose);
    return new MnistSource(
        data, seed, options, line -> tell.accept("note: " + line), MnistCache.ofUser());
  }

  /** Pictures, if the folder has some; else nothing. */
  private Optional<PictureSource> pictures(Shape wanted, Consumer<String> tell) throws IOException {
    if (!MnistSource.isFolder(data)) {
      return Optional.empty();
    }
    Path folder;
    try {
      folder = Path.of(data);
    } catch (InvalidPathException e) {
      return Optional.empty(); // whoever reads it says so
    }
    if (CifarFolder.isIn(folder) || !PictureSource.isIn(folder)) {
      if (framing != null) {
        throw new DataException(folder, "has no pictures for --framing, expected folders of them");
      }
      return Optional.empty();
    }
    if (white != null || transpose) {
      throw new DataException(
          folder, "has pictures, whose values are known: omit --white and --transpose");
    }
    return Optional.of(
        new PictureSource(folder, seed, wanted, framing, line -> tell.accept("note: " + line)));
  }

  /**
   * Reads the data set.
   *
   * @param tell receives, line by line, what the user should know
   */
  MnistSource.Data load(Consumer<String> tell) throws IOException {
    requireThere();
    Optional<PictureSource> pictures = pictures(shape == null ? null : shape.shape(), tell);
    split = pictures.isPresent();
    return pictures.isPresent() ? pictures.get().load() : source(tell).load();
  }

  /**
   * Reads the test images alone.
   *
   * @param saved the network that they are for; a label beyond its classes is a fault of the data
   * @param all whether all pictures of a folder are for the test
   * @param tell receives, line by line, what the user should know
   */
  MnistSource.Test loadTest(SavedNetwork saved, boolean all, Consumer<String> tell)
      throws IOException {
    requireThere();
    Shape wanted = saved.input().orElse(shape == null ? MNIST : shape.shape());
    Optional<PictureSource> pictures = pictures(wanted, tell);
    if (pictures.isEmpty()) {
      return source(tell).loadTest(saved.classes());
    }
    Preparation known = saved.preparation();
    Framing used =
        framing == null
            ? known.framingOfAnySize(wanted)
            : new Framing(framing, 0, known.framing().background());
    return pictures.get().loadTest(used, known.classNames(), all);
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
