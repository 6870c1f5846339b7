// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.graph.Shape;
import java.io.Serializable;

/**
 * How a picture of any size becomes an image of the shape that a network takes. Sizes are changed
 * by bilinear interpolation with antialiasing, to the bits of Pillow, on which torchvision stands.
 * Immutable.
 *
 * @param mode what is done about another size
 * @param side for {@link Mode#CROP} what the shorter side of the picture becomes before the image
 *     is cut out; 0: as small as covers the image
 * @param background the brightness behind a picture that is not opaque, from 0 to 255; for {@link
 *     Mode#DIGIT} it is chosen by what stands out
 */
public record Framing(Mode mode, int side, int background) implements Serializable {
  private static final int WHITE = 255;

  /** What is done about a picture of another size. */
  public enum Mode {
    /** It is refused. */
    EXACT,
    /** It gets the size, whatever that does to its proportions: {@code Resize((H, W))}. */
    STRETCH,
    /** Its shorter side gets a length, then the middle is cut out: {@code Resize, CenterCrop}. */
    CROP,
    /** The digit in it is found and framed as MNIST's were: see {@link DigitFrame}. */
    DIGIT
  }

  /** Takes pictures of the right size alone. */
  public static final Framing EXACT = new Framing(Mode.EXACT, 0, WHITE);

  /** Stretches pictures to the right size. */
  public static final Framing STRETCH = new Framing(Mode.STRETCH, 0, WHITE);

  /** Resizes pictures so far that they cover the image, and cuts out the middle. */
  public static final Framing CROP = new Framing(Mode.CROP, 0, WHITE);

  /** Finds a digit in pictures, and frames it as MNIST's were; for images of 1 channel. */
  public static final Framing DIGIT = new Framing(Mode.DIGIT, 0, WHITE);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the background is not from 0 to 255, or the side is
   *     negative, or given for another mode than {@link Mode#CROP}
   */
  public Framing {
    if (background < 0 || background > WHITE) {
      throw new IllegalArgumentException(
          "the background must be from 0 to 255, but is " + background);
    }
    if (side < 0 || side > 0 && mode != Mode.CROP) {
      throw new IllegalArgumentException(
          mode == Mode.CROP
              ? "the side must be at least 0, but is " + side
              : "a side is for cropping alone, but the mode is " + mode);
    }
  }

  /**
   * Resizes pictures to a shorter side of a length, and cuts out the middle, as a network for
   * ImageNet usually has it: {@code crop(256)} for images of 224x224.
   *
   * @param side the length, not below the sides of the image
   * @return the framing
   * @throws IllegalArgumentException if the side is negative
   */
  public static Framing crop(int side) {
    return new Framing(Mode.CROP, side, WHITE);
  }

  /**
   * The same with another background.
   *
   * @param background the brightness behind a picture that is not opaque, from 0 to 255
   * @return the framing
   * @throws IllegalArgumentException if the background is not from 0 to 255
   */
  public Framing background(int background) {
    return new Framing(mode, side, background);
  }

  /**
   * Checks that images of a shape can be made.
   *
   * @param shape the shape
   * @throws IllegalArgumentException if it has another number of channels than 1 and 3, or than 1
   *     for digits, or a side longer than the one that pictures are resized to
   */
  void requireMakes(Shape shape) {
    if (mode == Mode.DIGIT && shape.channels() != 1) {
      throw new IllegalArgumentException("digits become images of 1 channel, not " + shape);
    }
    if (shape.channels() != 1 && shape.channels() != 3) {
      throw new IllegalArgumentException("pictures become images of 1 or 3 channels, not " + shape);
    }
    if (side > 0 && Math.max(shape.height(), shape.width()) > side) {
      throw new IllegalArgumentException(
          "the side to resize to must be at least those of the images "
              + shape
              + ", but is "
              + side);
    }
  }

  /**
   * Makes an image of a picture.
   *
   * @param picture the picture
   * @param shape the shape of the image: with 1 channel grey, with 3 coloured
   * @return unsigned values {@code [H, W, C]}
   * @throws IllegalArgumentException if no images of such a shape can be made, or the picture has
   *     another size and the mode is {@link Mode#EXACT}
   */
  public byte[] image(Picture picture, Shape shape) {
    return framed(picture, shape).pixels();
  }

  /**
   * Makes an image of a picture, and says how.
   *
   * @param picture the picture
   * @param shape the shape of the image: with 1 channel grey, with 3 coloured
   * @return the image
   * @throws IllegalArgumentException as {@link #image}
   */
  public Framed framed(Picture picture, Shape shape) {
    requireMakes(shape);
    String fault = fault(picture.height(), picture.width(), shape);
    if (fault != null) {
      throw new IllegalArgumentException(fault);
    }
    if (mode == Mode.DIGIT) {
      return DigitFrame.ofPicture(picture, shape);
    }
    String sizes = "A picture of %d x %d, ".formatted(picture.width(), picture.height());
    boolean same = picture.height() == shape.height() && picture.width() == shape.width();
    String how =
        same
            ? "taken as it is."
            : (mode == Mode.STRETCH ? "stretched" : "scaled and cut")
                + " to %d x %d.".formatted(shape.width(), shape.height());
    return new Framed(resized(picture, shape), sizes + how);
  }

  private byte[] resized(Picture picture, Shape shape) {
    byte[] pixels = picture.pixels(shape.channels(), background);
    long height = shape.height();
    long width = shape.width();
    if (mode == Mode.CROP) {
      if (covers(picture, shape)) { // the height decides
        height = side > 0 ? side : shape.height();
        width = height * picture.width() / picture.height();
      } else {
        width = side > 0 ? side : shape.width();
        height = width * picture.height() / picture.width();
      }
    }
    return Resampling.window(
        pixels,
        picture.height(),
        picture.width(),
        shape.channels(),
        height,
        width,
        middle(height, shape.height()),
        middle(width, shape.width()),
        shape.height(),
        shape.width());
  }

  /** Whether a picture that has the height of the image has its width, too. */
  private boolean covers(Picture picture, Shape shape) {
    return side > 0
        ? picture.width() >= picture.height()
        : (long) picture.width() * shape.height() >= (long) picture.height() * shape.width();
  }

  /** As torchvision rounds: to the even one of two. */
  private static long middle(long size, int wanted) {
    return (long) Math.rint((size - wanted) / 2.0);
  }

  /** What is wrong with the size of a picture; {@code null} for nothing. */
  String fault(int height, int width, Shape shape) {
    return mode != Mode.EXACT || height == shape.height() && width == shape.width()
        ? null
        : "has a picture of %dx%d, expected %dx%d; a framing can stretch or crop it"
            .formatted(width, height, shape.width(), shape.height());
  }
}
