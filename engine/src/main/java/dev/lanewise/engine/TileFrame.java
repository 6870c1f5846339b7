package dev.lanewise.engine;

import java.util.Arrays;

/** Copies images into a frame of zeros, so that every tile is a whole one. */
final class TileFrame {
  private final int height; // of the image
  private final int rowFloats; // of the image
  private final int top;
  private final int leftFloats;
  private final int frameRowFloats;
  private final int size;

  /**
   * @param top rows of zeros above the image
   * @param left columns of zeros on its left
   * @param rows rows of the frame
   * @param columns columns of the frame
   */
  TileFrame(int height, int width, int channels, int top, int left, int rows, int columns) {
    this.height = height;
    this.top = top;
    rowFloats = width * channels;
    leftFloats = left * channels;
    frameRowFloats = Check.intProduct("tile frame", columns, channels);
    boolean needed = rows != height || columns != width;
    size = needed ? Check.intProduct("tile frame", rows, frameRowFloats) : 0;
  }

  /** Floats of scratch memory for {@link #put}: 0 where the image needs no frame. */
  int size() {
    return size;
  }

  /** Elements from one row of the framed image to the next. */
  int rowFloats() {
    return frameRowFloats;
  }

  /** Writes frame rows {@code from} to {@code to - 1} of an image to their place in the frame. */
  void put(float[] image, int imageOff, int from, int to, float[] frame, int frameOff) {
    for (int row = from; row < to; row++) {
      int at = frameOff + row * frameRowFloats;
      int end = at + frameRowFloats;
      int y = row - top;
      if (y < 0 || y >= height) {
        Arrays.fill(frame, at, end, 0f);
      } else {
        int first = at + leftFloats;
        Arrays.fill(frame, at, first, 0f);
        System.arraycopy(image, imageOff + y * rowFloats, frame, first, rowFloats);
        Arrays.fill(frame, first + rowFloats, end, 0f);
      }
    }
  }
}
