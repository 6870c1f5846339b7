// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;

/** Looks at some pictures of a data set, to choose what images they become. */
public final class PictureLook {
  /** How many are decoded, evenly spread. */
  private static final int LOOK = 64;

  /** CIFAR's: large enough to tell things apart, small enough to train with on any machine. */
  private static final int SIDE = 32;

  /** Images of their own are no larger. */
  private static final int MOST = 64;

  /** Of 255: a larger difference between red, green and blue is a colour, not the JPEG's doing. */
  private static final int COLOUR = 24;

  /** One coloured pixel in as many makes a coloured picture. */
  private static final int COLOURED = 100;

  private PictureLook() {}

  /**
   * The shape of images that suits pictures: their own size, if all have the same and no side is
   * longer than 64, else 32x32; one channel if all are grey, else three.
   *
   * @param pictures at least one
   * @return the shape
   * @throws DataException if one that was looked at is no picture or too large
   * @throws IOException if a file cannot be read
   */
  public static Shape shape(PictureDataset pictures) throws IOException {
    int height = 0;
    int width = 0;
    boolean alike = true;
    boolean coloured = false;
    int look = Math.min(LOOK, pictures.size());
    for (int i = 0; i < look; i++) {
      Picture picture = Picture.read(pictures.file((int) ((long) i * pictures.size() / look)));
      alike &= i == 0 || picture.height() == height && picture.width() == width;
      height = picture.height();
      width = picture.width();
      coloured |= isColoured(picture.rgba());
    }
    boolean small = alike && Math.max(height, width) <= MOST;
    int channels = coloured ? 3 : 1;
    return small ? new Shape(height, width, channels) : new Shape(SIDE, SIDE, channels);
  }

  private static boolean isColoured(byte[] rgba) {
    int coloured = 0;
    for (int i = 0; i < rgba.length; i += 4) {
      int r = rgba[i] & 0xFF;
      int g = rgba[i + 1] & 0xFF;
      int b = rgba[i + 2] & 0xFF;
      boolean differs = Math.max(r, Math.max(g, b)) - Math.min(r, Math.min(g, b)) > COLOUR;
      coloured += differs && rgba[i + 3] != 0 ? 1 : 0;
    }
    return (long) coloured * COLOURED > rgba.length / 4;
  }
}
