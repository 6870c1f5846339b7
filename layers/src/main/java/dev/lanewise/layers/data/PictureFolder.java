package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The two data sets of a folder of pictures, {@code train/CLASS/NAME.png} and {@code
 * test/CLASS/NAME.png}.
 *
 * @param train the training images
 * @param test the test images, of the same classes
 */
public record PictureFolder(PictureDataset train, PictureDataset test) {
  private static final List<String> TRAIN = List.of("train", "training");
  private static final List<String> TEST = List.of("test", "testing", "val", "valid", "validation");

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
    List<Path> folders = Children.of(folder).stream().filter(Files::isDirectory).toList();
    Path train = part(folder, folders, TRAIN);
    Path test = part(folder, folders, TEST);
    PictureDataset trained = PictureDataset.ofFolder(train, shape, framing);
    return new PictureFolder(
        trained, PictureDataset.ofFolder(test, shape, framing, trained.classNames()));
  }

  private static Path part(Path folder, List<Path> folders, List<String> names)
      throws NoSuchFileException {
    for (String name : names) {
      for (Path each : folders) {
        if (each.getFileName().toString().equalsIgnoreCase(name)) {
          return each;
        }
      }
    }
    throw new NoSuchFileException(
        folder.toString(), null, "missing folder; expected " + names.getFirst());
  }
}
