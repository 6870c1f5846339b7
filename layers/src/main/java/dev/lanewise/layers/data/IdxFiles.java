// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The IDX files of a data set, found by their names as the mirrors and tools of MNIST and its
 * relatives have them: {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, {@code
 * t10k-images-idx3-ubyte} and {@code t10k-labels-idx1-ubyte}, in capitals or not, with {@code test}
 * for {@code t10k}, a dot before {@code idx}, another type at the end, {@code .idx}, {@code .bin}
 * or {@code .gz} behind, or the name of the data set in front, as in {@code
 * emnist-letters-train-images-idx3-ubyte.gz}. They may lie in a folder for each, and up to three
 * folders deep, as in torchvision's {@code MNIST/raw}.
 *
 * <p>The complete set nearest to the folder is taken. Of a plain and a gzipped file of one name the
 * plain one is; other files for the same part must have the same content.
 *
 * @param train the training images
 * @param test the test images
 */
public record IdxFiles(Pair train, Pair test) {
  /** Its files have a parent, other than those of the empty path. */
  private static final Path HERE = Path.of(".");

  /**
   * Images and their labels.
   *
   * @param images a file of images
   * @param labels a file of labels, one for each
   */
  public record Pair(Path images, Path labels) {}

  /**
   * Whether a folder has a file with the name of one of a data set's, as {@link #find} looks for
   * it.
   *
   * @param folder any path
   * @return whether there is one
   * @throws IOException if the folder cannot be read
   */
  public static boolean isIn(Path folder) throws IOException {
    return Files.isDirectory(folder)
        && new IdxSearch(folder, null, EnumSet.allOf(IdxSearch.Part.class)).hasAny();
  }

  /**
   * Finds training and test images.
   *
   * @param folder where they are; or a folder and the name in front of the files, such as {@code
   *     gzip/emnist-letters}, to choose one of several data sets
   * @return the four files
   * @throws NoSuchFileException if the folder or a file is missing; the message says which
   * @throws DataException if there are several data sets to choose from, if files for the same part
   *     differ, or if there are only files of another format, which is named
   * @throws IOException if a folder cannot be read
   */
  public static IdxFiles find(Path folder) throws IOException {
    Map<IdxSearch.Part, Path> files = search(folder, true);
    return new IdxFiles(
        new Pair(files.get(IdxSearch.Part.TRAIN_IMAGES), files.get(IdxSearch.Part.TRAIN_LABELS)),
        test(files));
  }

  /**
   * Finds test images alone; there need not be any for training.
   *
   * @param folder as for {@link #find}
   * @return the two files
   * @throws NoSuchFileException if the folder or a file is missing; the message says which
   * @throws DataException as {@link #find}
   * @throws IOException if a folder cannot be read
   */
  public static Pair findTest(Path folder) throws IOException {
    return test(search(folder, false));
  }

  private static Pair test(Map<IdxSearch.Part, Path> files) {
    return new Pair(files.get(IdxSearch.Part.TEST_IMAGES), files.get(IdxSearch.Part.TEST_LABELS));
  }

  private static Map<IdxSearch.Part, Path> search(Path given, boolean train) throws IOException {
    Path folder = given.toString().isEmpty() ? HERE : given;
    Set<IdxSearch.Part> needed =
        train
            ? EnumSet.allOf(IdxSearch.Part.class)
            : EnumSet.of(IdxSearch.Part.TEST_IMAGES, IdxSearch.Part.TEST_LABELS);
    if (Files.isDirectory(folder)) {
      return new IdxSearch(folder, null, needed).files();
    }
    if (Files.exists(folder)) {
      FileKind kind = IdxAdvice.kindOf(folder, Files.size(folder));
      if (kind != null) {
        throw new DataException(
            folder,
            "is " + kind.what + ", expected a folder with IDX files: " + IdxAdvice.of(kind));
      }
      throw new FileSystemException(
          folder.toString(), null, "not a folder; expected one with IDX files");
    }
    Path name = folder.getFileName();
    Path parent = folder.toAbsolutePath().normalize().getParent();
    if (name != null && parent != null && Files.isDirectory(parent)) {
      IdxSearch search =
          new IdxSearch(
              folder.getParent() == null ? HERE : folder.getParent(),
              name.toString().toLowerCase(Locale.ROOT),
              needed);
      if (search.hasAny()) {
        return search.files();
      }
    }
    throw new NoSuchFileException(
        folder.toString(), null, "no such folder; expected one with IDX files");
  }
}
