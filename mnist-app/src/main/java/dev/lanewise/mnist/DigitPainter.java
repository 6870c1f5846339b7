// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.graph.RandomStream;
import java.util.Arrays;
import java.util.List;

/**
 * Draws one handwritten-looking digit: takes a form, moves its points, follows them with a smooth
 * curve, slants and turns it, fits it into MNIST's box of 20 x 20 around the centre of mass, and
 * lays ink along it with a pen whose width changes.
 *
 * <p>All arithmetic is IEEE: {@code + - * /}, square roots and {@link StrictMath}. The bytes are
 * therefore the same on every machine.
 */
final class DigitPainter {
  static final int SIDE = 28;

  private static final double BOX = 20;

  /** Straight pieces for each piece of a curve: enough for 20 pixels to look round. */
  private static final int STEPS = 6;

  private final RandomStream random;
  private double[] x; // the corners of the line, curve after curve
  private double[] y;
  private double[] radius; // of the pen there
  private boolean[] joined; // to the corner before
  private int count;

  private DigitPainter(RandomStream random) {
    this.random = random;
  }

  /**
   * Draws a digit.
   *
   * @param digit from 0 to 9
   * @param random the only source of variety
   * @param pixels receives {@code [28, 28]} from {@code offset} on
   * @param offset where the image begins
   */
  static void paint(int digit, RandomStream random, byte[] pixels, int offset) {
    DigitPainter painter = new DigitPainter(random);
    painter.follow(digit);
    painter.fit();
    painter.ink(pixels, offset);
  }

  /** A normal deviate without the tails that would make a digit illegible. */
  private double deviate(double sigma) {
    double g = random.nextGaussian();
    return sigma * Math.max(-2.2, Math.min(2.2, g));
  }

  private double uniform(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** Turns a form into a line of many corners, in a box of about 1 x 1. */
  private void follow(int digit) {
    List<DigitStrokes> forms = DigitStrokes.of(digit);
    DigitStrokes form = forms.get(random.nextInt(forms.size()));
    double[] points = form.points();
    double unsteady = uniform(0.013, 0.056);
    for (int i = 0; i < points.length; i++) {
      points[i] += deviate(unsteady);
    }
    transform(points);

    int[][] curves = form.curves();
    int most = 0;
    for (int[] curve : curves) {
      most += (curve.length - 1) * STEPS + 1;
    }
    x = new double[most];
    y = new double[most];
    radius = new double[most];
    joined = new boolean[most];
    for (int[] curve : curves) {
      for (int i = 0; i + 1 < curve.length; i++) {
        int before = curve[Math.max(i - 1, 0)];
        int after = curve[Math.min(i + 2, curve.length - 1)];
        for (int step = i == 0 ? 0 : 1; step <= STEPS; step++) {
          double t = (double) step / STEPS;
          x[count] = catmullRom(points, 0, before, curve[i], curve[i + 1], after, t);
          y[count] = catmullRom(points, 1, before, curve[i], curve[i + 1], after, t);
          joined[count] = step > 0;
          count++;
        }
      }
    }
  }

  /** Slant, bend, rotation and proportions: one smooth map of all points. */
  private void transform(double[] points) {
    double width = uniform(0.62, 1.12);
    double slant = 0.18 + deviate(0.2); // most hands lean to the right
    double bend = deviate(0.12);
    double angle = deviate(0.12);
    double balance = deviate(0.28); // of the upper half against the lower
    double sin = StrictMath.sin(angle);
    double cos = StrictMath.cos(angle);
    for (int i = 0; i < points.length; i += 2) {
      double v = points[i + 1] - 0.5;
      v += balance * (v * v - 0.25);
      double u = (points[i] - 0.5) * width - slant * v + bend * (4 * v * v - 0.5) * 0.5;
      points[i] = cos * u - sin * v;
      points[i + 1] = sin * u + cos * v;
    }
  }

  /** Catmull and Rom, "A class of local interpolating splines" (1974), between b and c. */
  private static double catmullRom(
      double[] points, int axis, int a, int b, int c, int d, double t) {
    double p = points[2 * b + axis];
    double q = points[2 * c + axis];
    double dp = (q - points[2 * a + axis]) / 2;
    double dq = (points[2 * d + axis] - p) / 2;
    double t2 = t * t;
    double t3 = t2 * t;
    return (2 * t3 - 3 * t2 + 1) * p
        + (t3 - 2 * t2 + t) * dp
        + (3 * t2 - 2 * t3) * q
        + (t3 - t2) * dq;
  }

  /** Scales to pixels, chooses the pen, and moves the centre of mass to the centre. */
  private void fit() {
    double minX = x[0];
    double maxX = x[0];
    double minY = y[0];
    double maxY = y[0];
    for (int i = 1; i < count; i++) {
      minX = Math.min(minX, x[i]);
      maxX = Math.max(maxX, x[i]);
      minY = Math.min(minY, y[i]);
      maxY = Math.max(maxY, y[i]);
    }
    double pen = 1.33 + deviate(0.33);
    double scale = (BOX * uniform(0.86, 1.0) - 2 * pen) / Math.max(maxX - minX, maxY - minY);
    double pressure = uniform(0.0, 0.22);
    double phase = uniform(0, 1);
    for (int i = 0; i < count; i++) {
      x[i] *= scale;
      y[i] *= scale;
      double t = (double) i / count + phase;
      double wave = 4 * Math.abs(t - Math.floor(t) - 0.5) - 1; // a triangle from -1 to 1
      radius[i] = pen * (1 + pressure * wave);
    }
    double mass = 0;
    double sumX = 0;
    double sumY = 0;
    for (int i = 1; i < count; i++) {
      if (joined[i]) {
        double dx = x[i] - x[i - 1];
        double dy = y[i] - y[i - 1];
        double length = Math.sqrt(dx * dx + dy * dy);
        mass += length;
        sumX += length * (x[i] + x[i - 1]) / 2;
        sumY += length * (y[i] + y[i - 1]) / 2;
      }
    }
    double shiftX = SIDE / 2.0 - sumX / mass + deviate(0.7);
    double shiftY = SIDE / 2.0 - sumY / mass + deviate(0.7);
    for (int i = 0; i < count; i++) {
      x[i] += shiftX;
      y[i] += shiftY;
    }
  }

  /** Each pixel is as bright as the pen covers it: by its distance to the line. */
  private void ink(byte[] pixels, int offset) {
    double[] depth = new double[SIDE * SIDE]; // how far inside the stroke; far outside: very low
    Arrays.fill(depth, -100);
    for (int i = 1; i < count; i++) {
      if (joined[i]) {
        segment(depth, i);
      }
    }
    double softness = uniform(0.9, 1.5);
    double brightness = uniform(0.94, 1.15);
    double grain = uniform(0.0, 0.12);
    for (int i = 0; i < depth.length; i++) {
      double cover = Math.min(1, depth[i] / softness + 0.5);
      if (cover > 0) {
        double value = cover * brightness * (1 - grain * random.nextDouble());
        pixels[offset + i] = (byte) (int) (255 * Math.min(1, value) + 0.5);
      }
    }
  }

  /** Covers what is near the piece of line that ends at corner {@code i}. */
  private void segment(double[] depth, int i) {
    double x0 = x[i - 1];
    double y0 = y[i - 1];
    double dx = x[i] - x0;
    double dy = y[i] - y0;
    double length2 = Math.max(dx * dx + dy * dy, 1e-12);
    double reach = Math.max(radius[i], radius[i - 1]) + 1;
    int top = Math.max(0, (int) (Math.min(y0, y[i]) - reach));
    int bottom = Math.min(SIDE - 1, (int) (Math.max(y0, y[i]) + reach));
    int left = Math.max(0, (int) (Math.min(x0, x[i]) - reach));
    int right = Math.min(SIDE - 1, (int) (Math.max(x0, x[i]) + reach));
    for (int row = top; row <= bottom; row++) {
      for (int column = left; column <= right; column++) {
        double px = column + 0.5 - x0;
        double py = row + 0.5 - y0;
        double t = Math.max(0, Math.min(1, (px * dx + py * dy) / length2));
        double ex = px - t * dx;
        double ey = py - t * dy;
        double pen = radius[i - 1] + t * (radius[i] - radius[i - 1]);
        double inside = pen - Math.sqrt(ex * ex + ey * ey);
        int pixel = row * SIDE + column;
        depth[pixel] = Math.max(depth[pixel], inside);
      }
    }
  }
}
