// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds the pictures of a folder that has a folder for each class, as torchvision's {@code
 * ImageFolder} does: classes in alphabetical order; of a class all pictures, in folders within it,
 * too; what has not the name of a picture is left out, and a class without pictures is a mistake.
 */
final class PictureSearch {
  private static final Set<String> READ = Set.of("png", "jpg", "jpeg", "bmp", "gif");

  /** Pictures as well: to leave them out in silence would lose them. */
  private static final Set<String> UNREAD =
      Set.of(
          "webp", "tif", "tiff", "ppm", "pgm", "pbm", "pnm", "avif", "heic", "heif", "jp2", "jxl",
          "ico", "psd");

  /** Parts of a data set, which nobody means to tell apart. */
  private static final Set<String> PARTS =
      Set.of("train", "training", "test", "testing", "val", "valid", "validation");

  private PictureSearch() {}

  /**
   * Finds pictures.
   *
   * @param root the folder
   * @param names the classes that there may be, such as those of the training images; {@code null}:
   *     those that there are
   */
  static LabelledFiles find(Path root, List<String> names) throws IOException {
    requireFolder(root);
    List<Path> folders = Children.of(root).stream().filter(Files::isDirectory).toList();
    if (names == null) {
      requireClasses(root, folders);
    }
    List<String> classes =
        names == null ? folders.stream().map(PictureSearch::name).toList() : names;
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (Path folder : folders) {
      int label = classes.indexOf(name(folder));
      if (label < 0) {
        throw new DataException(
            folder, "is the folder of a class that is unknown, expected one of " + some(classes));
      }
      List<Path> found = new ArrayList<>();
      add(folder, found, new HashSet<>());
      if (found.isEmpty()) {
        throw new DataException(
            folder, "has no pictures for its class, expected PNG, JPEG, BMP or GIF files");
      }
      found.sort(
          Comparator.comparing((Path file) -> file.getParent().toString())
              .thenComparing(PictureSearch::name));
      files.addAll(found);
      found.forEach(file -> labels.add(label));
    }
    if (files.isEmpty()) {
      throw new DataException(root, "has no folder of a class, expected some of " + some(classes));
    }
    int[] numbers = labels.stream().mapToInt(Integer::intValue).toArray();
    return new LabelledFiles(files, numbers, classes.size(), classes);
  }

  private static void requireFolder(Path root) throws IOException {
    if (!Files.exists(root)) {
      throw new NoSuchFileException(
          root.toString(), null, "no such folder; expected one with a folder for each class");
    }
    if (!Files.isDirectory(root)) {
      throw new FileSystemException(
          root.toString(), null, "not a folder; expected one with a folder for each class");
    }
  }

  private static void requireClasses(Path root, List<Path> folders) throws IOException {
    if (folders.isEmpty()) {
      boolean pictures = Children.of(root).stream().anyMatch(file -> READ.contains(ending(file)));
      throw new DataException(
          root,
          "has no folders, expected one for each class"
              + (pictures ? "; its pictures have no labels, unless a CSV file has them" : ""));
    }
    List<Path> parts =
        folders.stream().filter(f -> PARTS.contains(name(f).toLowerCase(Locale.ROOT))).toList();
    if (parts.size() == folders.size() && hasFolders(parts.getFirst())) {
      throw new DataException(
          root,
          "has parts of a data set, not classes: name one of them, such as " + parts.getFirst());
    }
    if (folders.size() == 1) {
      Path only = folders.getFirst();
      throw new DataException(
          root,
          "has a folder of one class alone, '%s', expected at least two classes%s"
              .formatted(name(only), hasFolders(only) ? ": did you mean " + only + "?" : ""));
    }
  }

  private static boolean hasFolders(Path folder) throws IOException {
    return Children.of(folder).stream().anyMatch(Files::isDirectory);
  }

  /** Adds the pictures of a folder and of those within it, each once, whatever links lead there. */
  private static void add(Path folder, List<Path> found, Set<Path> seen) throws IOException {
    if (!seen.add(folder.toRealPath())) {
      return;
    }
    for (Path child : Children.of(folder)) {
      if (Files.isDirectory(child)) {
        add(child, found, seen);
      } else if (READ.contains(ending(child))) {
        found.add(child);
      } else if (UNREAD.contains(ending(child))) {
        throw new DataException(
            child,
            "is a picture of a kind that is not read, expected a PNG, JPEG, BMP or GIF file: convert"
                + " it, for example by 'magick IN OUT.png'");
      }
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private static String ending(Path file) {
    String name = name(file);
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /** Whether a file has the name of a picture that is read. */
  static boolean isPicture(String file) {
    return READ.contains(ending(Path.of(file)));
  }

  private static String some(List<String> names) {
    int most = 8;
    return String.join(", ", names.subList(0, Math.min(most, names.size())))
        + (names.size() > most ? " and " + (names.size() - most) + " more" : "");
  }
}
