// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.graph.Shape;

/** Second moments of the patches of images, in doubles and in order. Not thread-safe. */
final class Patches {
  private final Shape shape;
  private final int kernelH;
  private final int kernelW;
  private final double[] patch;
  private final double[][] sums; // of products; the upper triangle
  private long count;

  Patches(Shape shape, int kernelH, int kernelW) {
    this.shape = shape;
    this.kernelH = kernelH;
    this.kernelW = kernelW;
    patch = new double[kernelH * kernelW * shape.channels()];
    sums = new double[patch.length][patch.length];
  }

  /** Adds all patches of an image, {@code [H, W, C]}. */
  void add(float[] image, int offset) {
    for (int y = 0; y + kernelH <= shape.height(); y++) {
      for (int x = 0; x + kernelW <= shape.width(); x++) {
        take(image, offset, y, x);
        for (int i = 0; i < patch.length; i++) {
          double[] row = sums[i];
          for (int j = i; j < patch.length; j++) {
            row[j] += patch[i] * patch[j];
          }
        }
        count++;
      }
    }
  }

  private void take(float[] image, int offset, int y, int x) {
    int values = kernelW * shape.channels();
    for (int ky = 0; ky < kernelH; ky++) {
      int from = offset + ((y + ky) * shape.width() + x) * shape.channels();
      for (int i = 0; i < values; i++) {
        patch[ky * values + i] = image[from + i];
      }
    }
  }

  /** The mean of the products of any two values of a patch; symmetric. */
  double[][] moments() {
    double[][] moments = new double[patch.length][patch.length];
    for (int i = 0; i < patch.length; i++) {
      for (int j = i; j < patch.length; j++) {
        moments[i][j] = sums[i][j] / count;
        moments[j][i] = moments[i][j];
      }
    }
    return moments;
  }
}
