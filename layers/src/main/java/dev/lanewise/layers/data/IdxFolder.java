package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The two data sets of a folder that is laid out as MNIST is published: {@code
 * train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, {@code t10k-images-idx3-ubyte} and
 * {@code t10k-labels-idx1-ubyte}, each plain or with {@code .gz}, and with a dot before {@code idx}
 * where an unpacker has put one.
 *
 * @param train the training images
 * @param test the test images, of the same shape and with the same number of classes
 */
public record IdxFolder(ImageDataset train, ImageDataset test) {
  /**
   * Reads a folder. The number of classes is the largest label of both sets + 1, and at least 2.
   *
   * @param folder where the four files are
   * @return both sets
   * @throws NoSuchFileException if the folder or a file is missing; the message says which
   * @throws DataException if the content of a file is bad, or files do not belong together
   * @throws IOException if a file cannot be read
   */
  public static IdxFolder read(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      throw new NoSuchFileException(
          folder.toString(), null, "no such folder; expected one with IDX files");
    }
    if (!Files.isDirectory(folder)) {
      throw new FileSystemException(
          folder.toString(), null, "not a folder; expected one with IDX files");
    }
    Path trainImages = find(folder, "train-images", "idx3-ubyte");
    Path trainLabels = find(folder, "train-labels", "idx1-ubyte");
    Path testImages = find(folder, "t10k-images", "idx3-ubyte");
    Path testLabels = find(folder, "t10k-labels", "idx1-ubyte");

    IdxReader.Labels trainNumbers = IdxReader.readLabels(trainLabels);
    IdxReader.Labels testNumbers = IdxReader.readLabels(testLabels);
    IdxReader.Images train = IdxReader.readImages(trainImages, trainNumbers);
    IdxReader.Images test = IdxReader.readImages(testImages, testNumbers);
    if (!train.shape().equals(test.shape())) {
      throw new DataException(
          testImages,
          "has images " + test.shape() + ", expected " + train.shape() + " as in " + trainImages);
    }
    int classes = Math.max(2, 1 + Math.max(trainNumbers.max(), testNumbers.max()));
    return new IdxFolder(
        IdxReader.dataset(train, trainNumbers, classes),
        IdxReader.dataset(test, testNumbers, classes));
  }

  private static Path find(Path folder, String stem, String suffix) throws NoSuchFileException {
    String name = stem + "-" + suffix;
    for (String candidate :
        List.of(name, name + ".gz", stem + "." + suffix, stem + "." + suffix + ".gz")) {
      Path file = folder.resolve(candidate);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    throw new NoSuchFileException(
        folder.toString(), null, "missing file; expected " + name + " or " + name + ".gz");
  }
}
