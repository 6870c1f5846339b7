// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.kernel;

/**
 * Convolutions with groups of few channels, on one thread. The lanes are a <em>channel block</em>:
 * {@link #BLOCK} neighbouring channels of the result, each with weights of its own. They read a
 * <em>frame</em>: what the channels of the block see of an image, with a border of zeros, {@code
 * [rows, columns, BLOCK]}. See {@link Kernels} for what holds for all kernels.
 *
 * <p>The last block of a feature map may have fewer channels. The other lanes of frames and weights
 * then hold anything, and those of results are neither written nor added to.
 */
public interface GroupKernels {
  /** Channels of a block: the lanes of the longest vectors. */
  int BLOCK = 16;

  /**
   * Writes pixels into a frame: {@code frame[r][q][l] = x[r][q][index[l]]} for the channels l of
   * the block.
   *
   * @param rows of pixels
   * @param columns of pixels
   * @param channels of the block, at most {@link #BLOCK}
   * @param x the image
   * @param xOff its first pixel
   * @param xRow from one row to the next
   * @param xColumn from one pixel to the next
   * @param index the channel of x that each channel of the block sees
   * @param indexOff the first of them
   * @param frame receives the pixels, {@link #BLOCK} floats each; the lanes beyond the channels get
   *     anything
   * @param frameOff its first pixel
   * @param frameRow from one row to the next
   */
  void spread(
      int rows,
      int columns,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int xColumn,
      int[] index,
      int indexOff,
      float[] frame,
      int frameOff,
      int frameRow);

  /**
   * Sums over taps, for a rectangle of pixels.
   *
   * <pre>
   * s = start[l];  for t = 0 .. taps-1:  s = fma(frame[r][q][offsets[t] + l], w[t][l], s)
   * y[r][q][l] = s
   * </pre>
   *
   * @param rows of pixels of the result
   * @param columns of pixels of the result
   * @param channels of the block, at most {@link #BLOCK}
   * @param taps terms of each sum
   * @param frame the frame
   * @param frameOff what the first pixel sees
   * @param frameRow from what a pixel sees to what the pixel below sees
   * @param frameColumn from what a pixel sees to what the next one sees
   * @param offsets of each tap in the frame
   * @param w the weights, {@code [taps, BLOCK]}
   * @param wOff the first of them
   * @param start what the sums begin with, for each channel
   * @param startOff the first of them
   * @param y receives the sums
   * @param yOff the first of them
   * @param yRow from one row to the next
   * @param yColumn from one pixel to the next
   */
  void tapSums(
      int rows,
      int columns,
      int channels,
      int taps,
      float[] frame,
      int frameOff,
      int frameRow,
      int frameColumn,
      int[] offsets,
      float[] w,
      int wOff,
      float[] start,
      int startOff,
      float[] y,
      int yOff,
      int yRow,
      int yColumn);

  /** Floats of scratch memory of {@link #tapGradients}. */
  int GRADIENT_WORK = 9 * BLOCK;

  /**
   * The gradient of the weights of {@link #tapSums}, added to what is there.
   *
   * <pre>
   * s = 0;  for all r, then q:  s = fma(frame[r][q][offsets[t] + l], dy[r][q][l], s)
   * dw[t][l] = dw[t][l] + s
   * </pre>
   *
   * @param rows of pixels of dy
   * @param columns of pixels of dy
   * @param channels of the block, at most {@link #BLOCK}
   * @param taps rows of dw
   * @param frame the frame
   * @param frameOff what the first pixel sees
   * @param frameRow from what a pixel sees to what the pixel below sees
   * @param frameColumn from what a pixel sees to what the next one sees
   * @param offsets of each tap in the frame
   * @param dy the gradient of the result
   * @param dyOff its first pixel
   * @param dyRow from one row to the next
   * @param dyColumn from one pixel to the next
   * @param dw added to
   * @param dwOff the first of them
   * @param ldw from one tap to the next
   * @param work {@link #GRADIENT_WORK} floats, of any content, to be overwritten
   * @param workOff the first of them
   */
  void tapGradients(
      int rows,
      int columns,
      int channels,
      int taps,
      float[] frame,
      int frameOff,
      int frameRow,
      int frameColumn,
      int[] offsets,
      float[] dy,
      int dyOff,
      int dyRow,
      int dyColumn,
      float[] dw,
      int dwOff,
      int ldw,
      float[] work,
      int workOff);
}
