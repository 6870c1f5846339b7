// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.CifarFolder;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.IdxFiles;
import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.data.IdxOptions;
import dev.lanewise.layers.data.IdxReader;
import dev.lanewise.layers.data.Preparation;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What {@code --data} means.
 *
 * @param option a folder of IDX files or of CIFAR's, {@code mnist}, {@code procedural}, or {@code
 *     null} for the best that can be had: MNIST from the cache or a mirror, else procedural digits
 * @param seed what the procedural digits are drawn from
 * @param options how the images of a folder are to be understood
 * @param notice receives, line by line, what the user should know
 * @param cache where MNIST is
 */
record MnistSource(
    String option, long seed, IdxOptions options, Consumer<String> notice, MnistCache cache) {
  private static final String MNIST = "mnist";
  private static final String PROCEDURAL = "procedural";
  private static final String DRAWN = "procedural digits";

  /**
   * Images to train and to test with.
   *
   * @param train the training images
   * @param test the test images
   * @param description where they come from, in a few words
   * @param framing how they were made of pictures, which are sorted by class; {@code null}: of no
   *     pictures
   */
  record Data(Dataset train, Dataset test, String description, Framing framing) {
    /** Whether the program has drawn them. */
    boolean isProcedural() {
      return description.startsWith(DRAWN);
    }

    Data(Dataset train, Dataset test, String description) {
      this(train, test, description, null);
    }

    boolean isOfPictures() {
      return framing != null;
    }

    /** The network, which from now on knows what its classes are called, and takes any picture. */
    Network tell(Network network) {
      Preparation preparation = network.preparation();
      if (!train.classNames().isEmpty()) {
        preparation = preparation.classNames(train.classNames());
      }
      if (isOfPictures()) {
        preparation = preparation.framing(framing);
      }
      return network.with(preparation);
    }
  }

  /**
   * Images to test with.
   *
   * @param images the images
   * @param description where they come from, in a few words
   */
  record Test(Dataset images, String description) {}

  /** Whether such an option names a folder. */
  static boolean isFolder(String option) {
    return option != null && !option.equals(MNIST) && !option.equals(PROCEDURAL);
  }

  /**
   * Finds the images.
   *
   * @throws dev.lanewise.layers.data.DataException if the content of a file is bad
   * @throws IOException if a file is missing or cannot be read, or MNIST cannot be had
   */
  Data load() throws IOException {
    if (isFolder(option)) {
      if (CifarFolder.isIn(folder())) {
        CifarFolder cifar = cifar();
        return new Data(cifar.train(), cifar.test(), option);
      }
      IdxFiles files = IdxFiles.find(folder());
      DataNotes notes = new DataNotes(folder(), notice);
      notes.files(files.train(), files.test());
      IdxFolder read = IdxFolder.read(files, options);
      notes.images(files.train(), read.train(), options);
      return data(read, option);
    } else if (PROCEDURAL.equals(option)) {
      return procedural();
    }
    try {
      return mnist();
    } catch (IOException e) {
      if (option != null) {
        throw e;
      }
      notice.accept(
          e.getMessage()
              + "; using procedural digits instead: results are not comparable with MNIST");
      return procedural();
    }
  }

  /**
   * Finds the test images alone: there need not be any to train with.
   *
   * @param classes how many classes a folder has
   * @throws dev.lanewise.layers.data.DataException if the content of a file is bad
   * @throws IOException if a file is missing or cannot be read, or MNIST cannot be had
   */
  Test loadTest(int classes) throws IOException {
    if (isFolder(option)) {
      if (CifarFolder.isIn(folder())) {
        return new Test(cifar().test(), option);
      }
      IdxFiles.Pair files = IdxFiles.findTest(folder());
      DataNotes notes = new DataNotes(folder(), notice);
      notes.files(files);
      Dataset images = IdxReader.read(files.images(), files.labels(), classes, options);
      notes.images(files, images, options);
      return new Test(images, option);
    } else if (!PROCEDURAL.equals(option)) {
      Optional<Dataset> cached = cache.readTest();
      if (cached.isPresent()) {
        return new Test(cached.get(), "MNIST (cache)");
      }
    }
    Data all = load();
    return new Test(all.test(), all.description());
  }

  private Data mnist() throws IOException {
    Optional<IdxFolder> cached = cache.read();
    if (cached.isPresent()) {
      return data(cached.get(), "MNIST (cache)");
    }
    notice.accept("downloading MNIST to " + cache.folder());
    String reason;
    try {
      cache.fill(notice);
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

  private Data procedural() {
    return new Data(
        ProceduralDigits.train(seed), ProceduralDigits.test(seed), DRAWN + " (seed " + seed + ")");
  }

  private CifarFolder cifar() throws IOException {
    if (!options.equals(IdxOptions.DEFAULT)) {
      throw new DataException(
          folder(),
          "is of CIFAR, whose images are known: omit --image-shape, --white and --transpose");
    }
    return CifarFolder.read(folder());
  }

  private Path folder() throws IOException {
    try {
      return Path.of(option);
    } catch (InvalidPathException e) {
      throw new NoSuchFileException(option, null, Messages.of(e));
    }
  }

  private static Data data(IdxFolder folder, String description) {
    return new Data(folder.train(), folder.test(), description);
  }
}
