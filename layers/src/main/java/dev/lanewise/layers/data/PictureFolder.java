// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The two data sets of a folder of pictures: {@code train/CLASS/NAME.png} and {@code
 * test/CLASS/NAME.png}, or parts of {@code CLASS/NAME.png}.
 *
 * @param train the training images
 * @param test the test images, of the same classes
 */
public record PictureFolder(PictureDataset train, PictureDataset test) {
  /** Below the folder: of a part, of a class. */
  private static final int LEVELS = 2;

  private static final List<String> TRAIN = List.of("train", "training");
  private static final List<String> TEST = List.of("test", "testing", "val", "valid", "validation");

  /**
   * Whether a folder looks like one of pictures: there is a file with a picture's name in it, in
   * one of its folders, or in one of theirs.
   *
   * @param folder any path
   * @return whether pictures are there; not whether they are as they should be
   * @throws IOException if a folder cannot be read
   */
  public static boolean isIn(Path folder) throws IOException {
    return Files.isDirectory(folder) && isIn(folder, LEVELS);
  }

  private static boolean isIn(Path folder, int levels) throws IOException {
    for (Path child : Children.of(folder)) {
      boolean found =
          Files.isDirectory(child)
              ? levels > 0 && isIn(child, levels - 1)
              : PictureSearch.isPicture(child.getFileName().toString());
      if (found) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a folder has its pictures in two parts, as {@link #read} wants them.
   *
   * @param folder the folder
   * @return whether it has a folder {@code train} or the like, and one {@code test} or the like
   * @throws IOException if the folder cannot be read
   */
  public static boolean hasParts(Path folder) throws IOException {
    List<Path> folders = folders(folder);
    return find(folders, TRAIN) != null && find(folders, TEST) != null;
  }

  /**
   * Finds the pictures for a test alone.
   *
   * @param folder as for {@link #read}
   * @param shape the shape of the images that they become: with 1 channel grey, with 3 coloured
   * @param framing how
   * @param classNames the classes; not all of them need to be there
   * @return the pictures
   * @throws NoSuchFileException if the folder {@code test} is missing
   * @throws DataException as {@link PictureDataset#ofFolder(Path, Shape, Framing, List)}
   * @throws IOException if a folder cannot be read
   * @throws IllegalArgumentException if no images of such a shape can be made
   */
  public static PictureDataset readTest(
      Path folder, Shape shape, Framing framing, List<String> classNames) throws IOException {
    return PictureDataset.ofFolder(part(folder, folders(folder), TEST), shape, framing, classNames);
  }

  private static List<Path> folders(Path folder) throws IOException {
    return Children.of(folder).stream().filter(Files::isDirectory).toList();
  }

  /**
   * Divides pictures: of every class the same share is for the test, drawn at random.
   *
   * @param all the pictures
   * @param test how many are for the test
   * @param seed decides which
   * @return both sets, which depend on the labels, the count and the seed alone
   * @throws IllegalArgumentException if {@code test} is not from 0 to the number of pictures
   */
  public static PictureFolder split(PictureDataset all, int test, long seed) {
    Split split = Split.stratified(all, test, seed);
    return new PictureFolder(all.only((Subset) split.train()), all.only((Subset) split.heldOut()));
  }

  /**
   * Finds pictures, as {@link PictureDataset#ofFolder(Path, Shape, Framing)} does in each part.
   *
   * @param folder holds a folder {@code train} or {@code training}, and one {@code test}, {@code
   *     testing}, {@code val}, {@code valid} or {@code validation}, of which the first in this
   *     order is taken; capitals do not matter
   * @param shape the shape of the images that they become: with 1 channel grey, with 3 coloured
   * @param framing how
   * @return both sets; the classes are those of the training images
   * @throws NoSuchFileException if a folder is missing
   * @throws DataException as {@link PictureDataset#ofFolder(Path, Shape, Framing)}, or if there is
   *     a class to test that is not trained
   * @throws IOException if a folder cannot be read
   * @throws IllegalArgumentException if no images of such a shape can be made
   */
  public static PictureFolder read(Path folder, Shape shape, Framing framing) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          folder.toString(), null, "no such folder; expected one with the folders train and test");
    }
    List<Path> folders = folders(folder);
    Path train = part(folder, folders, TRAIN);
    Path test = part(folder, folders, TEST);
    PictureDataset trained = PictureDataset.ofFolder(train, shape, framing);
    return new PictureFolder(
        trained, PictureDataset.ofFolder(test, shape, framing, trained.classNames()));
  }

  private static Path part(Path folder, List<Path> folders, List<String> names)
      throws NoSuchFileException {
    Path part = find(folders, names);
    if (part == null) {
      throw new NoSuchFileException(
          folder.toString(), null, "missing folder; expected " + names.getFirst());
    }
    return part;
  }

  private static Path find(List<Path> folders, List<String> names) {
    for (String name : names) {
      for (Path each : folders) {
        if (each.getFileName().toString().equalsIgnoreCase(name)) {
          return each;
        }
      }
    }
    return null;
  }
}
