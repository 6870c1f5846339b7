package dev.lanewise.engine;

/**
 * An image in a frame of zeros, so that every tile of it is a whole one. One frame per worker; its
 * borders are written once.
 */
final class TileFrame {
  private final int height; // of the image
  private final int rowFloats; // of the image
  private final int top;
  private final int leftFloats;
  private final int frameRowFloats;
  private final float[][] frames; // null: the image needs no frame

  /**
   * @param top rows of zeros above the image
   * @param left columns of zeros on its left
   * @param rows rows of the frame
   * @param columns columns of the frame
   */
  TileFrame(
      int height, int width, int channels, int top, int left, int rows, int columns, int workers) {
    this.height = height;
    this.top = top;
    rowFloats = width * channels;
    leftFloats = left * channels;
    frameRowFloats = Check.intProduct("tile frame", columns, channels);
    boolean needed = rows != height || columns != width;
    int size = Check.intProduct("tile frame", rows, frameRowFloats);
    frames = needed ? new float[workers][size] : null;
  }

  /** Elements from one row of {@link #data} to the next. */
  int rowFloats() {
    return frameRowFloats;
  }

  /** The array that holds the framed image after {@link #put}. */
  float[] data(float[] image, int worker) {
    return frames == null ? image : frames[worker];
  }

  /**
   * Puts what frame rows {@code from} to {@code to - 1} hold of an image into the worker's frame,
   * whose other rows then hold anything, and returns where the frame begins in its array.
   */
  int put(float[] image, int imageOff, int from, int to, int worker) {
    if (frames == null) {
      return imageOff;
    }
    float[] frame = frames[worker];
    int last = Math.min(height, to - top);
    for (int y = Math.max(0, from - top); y < last; y++) {
      int at = (top + y) * frameRowFloats + leftFloats;
      System.arraycopy(image, imageOff + y * rowFloats, frame, at, rowFloats);
    }
    return 0;
  }
}
