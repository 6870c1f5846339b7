// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The two data sets of a folder with CIFAR-10 or CIFAR-100 in its binary version.
 *
 * @param train the training images
 * @param test the test images
 */
public record CifarFolder(ImageDataset train, ImageDataset test) {
  private static final List<String> TEN =
      List.of(
          "data_batch_1.bin",
          "data_batch_2.bin",
          "data_batch_3.bin",
          "data_batch_4.bin",
          "data_batch_5.bin");
  private static final String TEN_TEST = "test_batch.bin";
  private static final String HUNDRED = "train.bin";
  private static final String HUNDRED_TEST = "test.bin";

  /** As the archives are unpacked. */
  private static final List<String> FOLDERS = List.of("cifar-10-batches-bin", "cifar-100-binary");

  /** How many other files are opened to tell what they are. */
  private static final int MAX_OPENED = 100;

  /**
   * Whether a folder has files of CIFAR by their names.
   *
   * @param folder where the files are, or the folder around {@code cifar-10-batches-bin} or {@code
   *     cifar-100-binary}
   * @return whether there is any of them
   */
  public static boolean isIn(Path folder) {
    List<Path> places = places(folder);
    return with(places, TEN, TEN_TEST) != null
        || with(places, List.of(HUNDRED), HUNDRED_TEST) != null;
  }

  private static List<Path> places(Path folder) {
    List<Path> places = new ArrayList<>(List.of(folder));
    FOLDERS.forEach(name -> places.add(folder.resolve(name)));
    return places;
  }

  /**
   * Reads a folder, with the fine labels of CIFAR-100.
   *
   * @param folder where the files are, or the folder around {@code cifar-10-batches-bin} or {@code
   *     cifar-100-binary}
   * @return both sets
   * @throws NoSuchFileException if the folder or a file is missing; the message says which
   * @throws DataException if the content of a file is bad, the folder holds both CIFAR-10 and
   *     CIFAR-100, or only files of another format, which is named
   * @throws IOException if a file cannot be read
   */
  public static CifarFolder read(Path folder) throws IOException {
    return read(folder, null);
  }

  /**
   * Reads a folder.
   *
   * @param folder where the files are, or the folder around {@code cifar-10-batches-bin} or {@code
   *     cifar-100-binary}
   * @param labels which labels to take, and so of which data set; {@code null}: of the one that is
   *     there, with fine labels
   * @return both sets
   * @throws NoSuchFileException if the folder or a file is missing; the message says which
   * @throws DataException if the content of a file is bad, the folder holds both data sets and
   *     {@code labels} is {@code null}, or there are only files of another format, which is named
   * @throws IOException if a file cannot be read
   */
  public static CifarFolder read(Path folder, CifarLabels labels) throws IOException {
    requireFolder(folder);
    List<Path> places = places(folder);
    Path ten = labels == null || labels == CifarLabels.TEN ? with(places, TEN, TEN_TEST) : null;
    Path hundred = labels == CifarLabels.TEN ? null : with(places, List.of(HUNDRED), HUNDRED_TEST);
    if (ten != null && hundred != null) {
      throw new DataException(
          folder, "holds both CIFAR-10 and CIFAR-100, expected one; say which labels to take");
    }
    if (ten == null && hundred == null) {
      throw nothing(folder, labels);
    }
    return ten != null
        ? read(ten, CifarLabels.TEN, TEN, TEN_TEST)
        : read(hundred, labels == null ? CifarLabels.FINE : labels, List.of(HUNDRED), HUNDRED_TEST);
  }

  private static CifarFolder read(Path folder, CifarLabels labels, List<String> train, String test)
      throws IOException {
    List<Path> files = new ArrayList<>();
    for (String name : train) {
      files.add(require(folder, name));
    }
    List<Path> testFiles = List.of(require(folder, test));
    return new CifarFolder(CifarReader.read(labels, files), CifarReader.read(labels, testFiles));
  }

  private static Path require(Path folder, String name) throws NoSuchFileException {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(folder.toString(), null, "missing file; expected " + name);
    }
    return file;
  }

  private static void requireFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    if (!Files.exists(folder)) {
      throw new NoSuchFileException(
          folder.toString(), null, "no such folder; expected one with CIFAR's binary files");
    }
    FileKind kind = IdxAdvice.kindOf(folder, Files.size(folder));
    if (kind == null || kind == FileKind.CIFAR) {
      throw new FileSystemException(
          folder.toString(), null, "not a folder; expected one with CIFAR's binary files");
    }
    throw new DataException(
        folder,
        "is %s, expected a folder with CIFAR's binary files: %s"
            .formatted(kind.what, CifarAdvice.of(folder, kind)));
  }

  /** The first place that has any of the files; {@code null} if none has. */
  private static Path with(List<Path> places, List<String> train, String test) {
    for (Path place : places) {
      boolean any = train.stream().anyMatch(name -> Files.isRegularFile(place.resolve(name)));
      if (any || Files.isRegularFile(place.resolve(test))) {
        return place;
      }
    }
    return null;
  }

  /** Names a file of another format, if there is one. */
  private static IOException nothing(Path folder, CifarLabels labels) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path child : Children.of(folder)) {
      files.addAll(Files.isDirectory(child) ? Children.of(child) : List.of(child));
    }
    for (Path file : files.subList(0, Math.min(MAX_OPENED, files.size()))) {
      FileKind kind = Files.isRegularFile(file) ? IdxAdvice.kindOf(file, Files.size(file)) : null;
      if (kind == FileKind.PICKLE || kind != null && kind.isArchive()) {
        return new DataException(
            folder,
            "has no binary files of CIFAR; %s is %s: %s"
                .formatted(folder.relativize(file), kind.what, CifarAdvice.of(file, kind)));
      }
    }
    return new NoSuchFileException(
        folder.toString(),
        null,
        "no binary files of CIFAR; expected "
            + (labels == null || labels == CifarLabels.TEN ? TEN.getFirst() : HUNDRED)
            + " and others");
  }
}
