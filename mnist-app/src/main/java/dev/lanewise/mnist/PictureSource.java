// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.IdxFiles;
import dev.lanewise.layers.data.PictureDataset;
import dev.lanewise.layers.data.PictureFolder;
import dev.lanewise.layers.data.PictureLook;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * A folder of pictures, with a folder for each class.
 *
 * @param folder the folder
 * @param seed which pictures are for the test, where the folder does not say so
 * @param shape of the images that they become; {@code null}: what suits them
 * @param mode how they become so large; {@code null}: cropped
 * @param notice receives, line by line, what the user should know
 */
record PictureSource(
    Path folder, long seed, Shape shape, Framing.Mode mode, Consumer<String> notice) {
  /** One picture in as many is for the test, and of the others for validation. */
  static final int PARTS = 6;

  /** Images may take this part of the memory that there is. */
  private static final int MEMORY_PARTS = 4;

  private static final int BYTE_CLASSES = 256;

  /** Until it is known what suits the pictures. */
  private static final Shape ANY = Shape.of(28, 28, 1);

  /** Whether a folder has pictures, and no IDX files. */
  static boolean isIn(Path folder) throws IOException {
    return PictureFolder.isIn(folder) && !IdxFiles.isIn(folder);
  }

  /** Reads all pictures. */
  MnistSource.Data load() throws IOException {
    PictureFolder found =
        PictureFolder.hasParts(folder)
            ? PictureFolder.read(folder, ANY, Framing.STRETCH)
            : split(PictureDataset.ofFolder(folder, ANY, Framing.STRETCH));
    Framing framing = mode == null ? Framing.CROP : new Framing(mode, 0, Framing.CROP.background());
    Shape chosen = shape;
    if (shape == null) {
      chosen = mode == Framing.Mode.DIGIT ? ANY : PictureLook.shape(found.train());
    }
    Dataset train = read(images(found.train(), chosen, framing), "to train with");
    Dataset test = read(images(found.test(), chosen, framing), "to test with");
    return new MnistSource.Data(train, test, folder.toString(), framing);
  }

  /**
   * Reads the pictures for a test.
   *
   * @param framing how they become images, of {@link #shape}
   * @param names the classes, or none if that is not known
   * @param all whether the folder has no others
   */
  MnistSource.Test loadTest(Framing framing, List<String> names, boolean all) throws IOException {
    if (PictureFolder.hasParts(folder)) {
      List<String> classes =
          names.isEmpty()
              ? PictureFolder.read(folder, ANY, Framing.STRETCH).train().classNames()
              : names;
      PictureDataset test = PictureFolder.readTest(folder, ANY, Framing.STRETCH, classes);
      return test(images(test, shape, framing), "");
    }
    PictureDataset found =
        names.isEmpty()
            ? PictureDataset.ofFolder(folder, ANY, Framing.STRETCH)
            : PictureDataset.ofFolder(folder, ANY, Framing.STRETCH, names);
    if (all) {
      return test(images(found, shape, framing), "");
    }
    PictureDataset test = split(found).test();
    return test(
        images(test, shape, framing),
        ": the %d of %d pictures that training with --seed %d leaves for the test; --all takes all"
            .formatted(test.size(), found.size(), seed));
  }

  private MnistSource.Test test(PictureDataset images, String remark) throws IOException {
    return new MnistSource.Test(read(images, "to test with"), folder + remark);
  }

  private PictureFolder split(PictureDataset all) {
    long key = new RandomStream(seed).split("test").key();
    return PictureFolder.split(all, all.size() / PARTS, key);
  }

  private PictureDataset images(PictureDataset pictures, Shape wanted, Framing framing)
      throws DataException {
    try {
      return pictures.as(wanted, framing);
    } catch (IllegalArgumentException e) {
      throw new DataException(folder, "has pictures: " + e.getMessage());
    }
  }

  /** Into memory if they fit well, else each once, so that a bad one is found before it matters. */
  private Dataset read(PictureDataset pictures, String purpose) throws IOException {
    long bytes = (long) pictures.size() * pictures.shape().size();
    boolean fits =
        bytes <= Runtime.getRuntime().maxMemory() / MEMORY_PARTS
            && pictures.classes() <= BYTE_CLASSES;
    notice.accept(
        "reading %s %s from %s%s"
            .formatted(
                Messages.count(pictures.size(), "picture"),
                purpose,
                folder,
                fits ? "" : ", which stay on the disk: they do not fit into memory"));
    IntConsumer progress = progress(pictures.size());
    if (fits) {
      return pictures.load(WorkerTeam.shared(), progress);
    }
    pictures.verify(WorkerTeam.shared(), progress);
    return pictures;
  }

  /** A line every few seconds. */
  private IntConsumer progress(int pictures) {
    Pace pace = new Pace(notice);
    return done -> {
      if (done < pictures) {
        pace.tell(() -> "%d of %d pictures read".formatted(done, pictures));
      }
    };
  }
}
