// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Picture;
import dev.lanewise.layers.data.PictureFile;
import dev.lanewise.layers.graph.Shape;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Row;

/**
 * Makes images of pictures.
 *
 * @param column where they are
 * @param shape of an image
 * @param framing how pictures become images
 * @param asIs whether one of the right size is left as it is
 */
record Pictures(String column, Shape shape, Framing framing, boolean asIs) {
  // Types of OpenCV: unsigned bytes.
  private static final int GREY = 0;
  private static final int BGR = 16;
  private static final int BGRA = 24;
  private static final int OPAQUE = 255;

  /**
   * Of a file's content.
   *
   * @param origin where the file lies; {@code null} if nobody knows
   * @return unsigned values {@code [H, W, C]}
   * @throws LanewiseSparkException if it is no picture, damaged or too large
   */
  byte[] ofFile(byte[] content, String origin) {
    try {
      return framed(PictureFile.of(content).decode(), origin);
    } catch (DataException e) { // begins with a name for what has none
      String fault = e.getMessage().substring(e.file().toString().length() + 1);
      throw bad(origin, fault, e);
    }
  }

  /**
   * Of a row of the {@code image} source.
   *
   * @return unsigned values {@code [H, W, C]}
   * @throws LanewiseSparkException if Spark has not decoded it, or it has other values than bytes
   */
  byte[] ofSource(Row image) {
    String origin = image.isNullAt(0) ? null : ImageSchema.getOrigin(image);
    for (int i = 1; i < image.length(); i++) {
      if (image.isNullAt(i)) {
        throw bad(
            origin, " has a null at " + ImageSchema.imageFields()[i] + ", expected an image", null);
      }
    }
    int height = ImageSchema.getHeight(image);
    int width = ImageSchema.getWidth(image);
    int mode = ImageSchema.getMode(image);
    byte[] data = ImageSchema.getData(image);
    int channels =
        switch (mode) {
          case GREY -> 1;
          case BGR -> 3;
          case BGRA -> 4;
          case -1 -> throw bad(origin, " is no picture that Spark can decode", null);
          default ->
              throw bad(
                  origin,
                  " is of OpenCV's type " + mode + ", expected unsigned bytes: 0, 16, 24",
                  null);
        };
    long pixels = (long) height * width;
    if (height < 1 || width < 1 || pixels > PictureFile.MAX_PIXELS) {
      throw bad(
          origin,
          (" has a picture of " + width + "x" + height + ", expected from 1 to ")
              + (PictureFile.MAX_PIXELS + " pixels"),
          null);
    }
    if (data.length != pixels * channels) {
      throw bad(
          origin,
          (" has " + data.length + " bytes, expected " + pixels * channels + " for ")
              + (width + "x" + height + " pixels of " + channels),
          null);
    }
    return framed(new Picture(height, width, rgba(data, channels)), origin);
  }

  private static byte[] rgba(byte[] bgr, int channels) {
    byte[] rgba = new byte[bgr.length / channels * 4];
    for (int from = 0, to = 0; to < rgba.length; from += channels, to += 4) {
      rgba[to] = bgr[channels == 1 ? from : from + 2];
      rgba[to + 1] = bgr[channels == 1 ? from : from + 1];
      rgba[to + 2] = bgr[from];
      rgba[to + 3] = channels == 4 ? bgr[from + 3] : (byte) OPAQUE;
    }
    return rgba;
  }

  private byte[] framed(Picture picture, String origin) {
    boolean same = picture.height() == shape.height() && picture.width() == shape.width();
    try {
      return asIs && same ? picture.pixels(shape.channels(), 0) : framing.image(picture, shape);
    } catch (IllegalArgumentException e) {
      throw bad(origin, " " + e.getMessage(), e);
    }
  }

  private LanewiseSparkException bad(String origin, String fault, Exception cause) {
    String what = origin == null ? "a picture" : origin;
    return new LanewiseSparkException("column '" + column + "': " + what + fault, cause);
  }
}
