// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The two data sets of a folder that is laid out as MNIST is published, or one of its relatives:
 * {@link IdxFiles} lists the names.
 *
 * @param train the training images
 * @param test the test images, of the same shape and with the same number of classes
 */
public record IdxFolder(Dataset train, Dataset test) {
  /**
   * Reads a folder. The number of classes is the largest label of both sets + 1, and at least 2.
   *
   * @param folder where the four files are
   * @return both sets
   * @throws NoSuchFileException if the folder or a file is missing; the message says which
   * @throws DataException if the content of a file is bad, files do not belong together, or there
   *     are several data sets to choose from
   * @throws IOException if a file cannot be read
   */
  public static IdxFolder read(Path folder) throws IOException {
    return read(IdxFiles.find(folder), IdxOptions.DEFAULT);
  }

  /**
   * Reads four files. The number of classes is the largest label of both sets + 1, and at least 2.
   *
   * @param files the files
   * @param options how the images are to be understood
   * @return both sets
   * @throws DataException if the content of a file is bad, or files do not belong together
   * @throws IOException if a file cannot be read
   */
  public static IdxFolder read(IdxFiles files, IdxOptions options) throws IOException {
    IdxReader.Labels trainNumbers = IdxReader.readLabels(files.train().labels());
    IdxReader.Labels testNumbers = IdxReader.readLabels(files.test().labels());
    IdxReader.Images train = IdxReader.readImages(files.train().images(), trainNumbers, options);
    IdxReader.Images test = IdxReader.readImages(files.test().images(), testNumbers, options);
    if (!train.shape().equals(test.shape())) {
      throw new DataException(
          test.file(),
          "has images " + test.shape() + ", expected " + train.shape() + " as in " + train.file());
    }
    int classes = Math.max(2, 1 + Math.max(trainNumbers.max(), testNumbers.max()));
    return new IdxFolder(
        IdxReader.dataset(train, trainNumbers, classes),
        IdxReader.dataset(test, testNumbers, classes));
  }
}
