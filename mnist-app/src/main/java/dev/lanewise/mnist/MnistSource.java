package dev.lanewise.mnist;

import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.data.ImageDataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** What {@code --data} means. */
final class MnistSource {
  private MnistSource() {}

  /**
   * Images to train and to test with.
   *
   * @param train the training images
   * @param test the test images
   * @param description where they come from, in a few words
   */
  record Data(ImageDataset train, ImageDataset test, String description) {}

  /**
   * Finds the images.
   *
   * @param option a folder of IDX files, {@code mnist}, {@code procedural}, or {@code null} for the
   *     best that can be had: MNIST from the cache or a mirror, else procedural digits
   * @param seed what the procedural digits are drawn from
   * @param notice hears, line by line, what the user should know
   * @return the images
   * @throws dev.lanewise.layers.data.DataException if the content of a file is bad
   * @throws IOException if a file is missing or cannot be read, or MNIST cannot be had
   */
  static Data load(String option, long seed, Consumer<String> notice) throws IOException {
    IdxFolder folder = IdxFolder.read(Path.of(option));
    return new Data(folder.train(), folder.test(), option);
  }
}
