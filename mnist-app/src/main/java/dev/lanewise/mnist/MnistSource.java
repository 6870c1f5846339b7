package dev.lanewise.mnist;

import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.data.ImageDataset;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
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
   * @param notice receives, line by line, what the user should know
   * @return the images
   * @throws dev.lanewise.layers.data.DataException if the content of a file is bad
   * @throws IOException if a file is missing or cannot be read, or MNIST cannot be had
   */
  static Data load(String option, long seed, Consumer<String> notice) throws IOException {
    return load(option, seed, notice, MnistCache.ofUser());
  }

  static Data load(String option, long seed, Consumer<String> notice, MnistCache cache)
      throws IOException {
    if (option == null) {
      try {
        return mnist(cache, notice);
      } catch (IOException e) {
        notice.accept(
            e.getMessage()
                + "; using procedural digits instead: results are not comparable with MNIST");
        return procedural(seed);
      }
    }
    return switch (option) {
      case "mnist" -> mnist(cache, notice);
      case "procedural" -> procedural(seed);
      default -> folder(option);
    };
  }

  private static Data mnist(MnistCache cache, Consumer<String> notice) throws IOException {
    Optional<IdxFolder> cached = cache.read();
    if (cached.isPresent()) {
      return data(cached.get(), "MNIST (cache)");
    }
    notice.accept("downloading MNIST to " + cache.folder());
    String reason;
    try {
      cache.fill();
      Optional<IdxFolder> downloaded = cache.read();
      if (downloaded.isPresent()) {
        return data(downloaded.get(), "MNIST (downloaded)");
      }
      reason = "the files have changed since"; // by somebody else
    } catch (IOException e) {
      reason = e.getMessage();
    }
    throw new IOException(
        "MNIST is not in " + cache.folder() + " and could not be downloaded (" + reason + ")");
  }

  private static Data procedural(long seed) {
    return new Data(
        ProceduralDigits.train(seed),
        ProceduralDigits.test(seed),
        "procedural digits (seed " + seed + ")");
  }

  private static Data folder(String option) throws IOException {
    Path path;
    try {
      path = Path.of(option);
    } catch (InvalidPathException e) {
      throw new NoSuchFileException(option, null, Messages.of(e));
    }
    return data(IdxFolder.read(path), option);
  }

  private static Data data(IdxFolder folder, String description) {
    return new Data(folder.train(), folder.test(), description);
  }
}
