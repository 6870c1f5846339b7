// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.Arrays;
import java.util.List;

/**
 * The digits as a pen draws them, in the ways that people write them.
 *
 * <p>A form is a text of points {@code x,y} in a box of 100 x 100, y downwards. The pen follows a
 * smooth curve through them, turns sharply at a point marked with {@code !}, and is lifted at a
 * {@code /}. A form that stands twice is drawn twice as often.
 */
final class DigitStrokes {
  private static final List<List<DigitStrokes>> FORMS =
      List.of(
          digit(
              "55,2 25,12 8,50 22,88 50,98 78,85 92,48 78,12 50,3",
              "62,8 35,4 12,32 10,68 35,97 70,88 90,52 80,15 45,2",
              "40,6 15,28 10,65 30,95 62,96 88,65 86,28 62,4 38,8"),
          digit(
              "50,0 50,50 50,100",
              "52,0 49,50 50,100",
              "50,0 50,100",
              "28,24 52,0! 50,50 50,100",
              "26,22 52,0! 50,100! / 24,100 78,98"),
          digit(
              "12,25 30,5 60,2 84,20 78,46 45,76 8,97! 45,94 95,96",
              "14,20 38,2 72,8 80,32 58,64 10,98! 90,94",
              "12,22 35,3 70,5 84,28 70,60 36,92 14,96 10,82 30,78 60,92 95,90",
              "6,14 40,3 80,8 70,34 8,95! 50,92 98,98"),
          digit(
              "12,12 40,0 75,8 76,32 38,47! 80,56 86,84 50,100 8,90",
              "14,14 45,0 78,14 68,40 42,48 66,50 86,66 78,92 42,100 8,88",
              "10,4 82,2! 40,42! 80,52 86,82 50,100 8,92"),
          digit(
              "20,4 15,32 12,56! 50,55 90,52 / 72,0 70,50 66,100",
              "18,3 12,34 26,53 56,50 80,38! / 86,2 76,50 70,100",
              "24,6 10,50! 88,50 / 66,14 62,60 58,100",
              "70,2! 8,66! 50,65 94,63 / 72,0 69,50 66,100"),
          digit(
              "85,4 55,5 26,4! 22,24 18,46! 50,38 84,58 76,90 42,100 8,90",
              "26,6 20,46! 55,40 85,62 72,92 38,100 8,88 / 26,6 56,4 90,2",
              "86,5 42,6 22,24 46,42 76,56 78,82 45,100 8,92",
              "110,0 70,4 34,8! 26,48! 55,42 76,62 64,90 34,100 4,90"),
          digit(
              "70,0 35,26 12,66 26,95 60,98 80,76 60,56 32,62 15,78",
              "42,0 20,40 12,75 34,100 70,92 78,68 50,56 18,72",
              "60,2 24,32 10,70 30,98 66,96 82,72 56,58 24,74 20,82",
              "56,0 26,36 10,74 30,99 64,88 62,62 40,62 22,86"),
          digit(
              "8,9 45,6 90,4! 62,46 42,100",
              "8,6 46,8 88,6! 76,40 64,100",
              "10,26 12,7! 50,6 90,5! 56,50 42,100",
              "8,9 45,6 90,4! 62,46 42,100 / 28,52 82,48"),
          digit(
              "78,14 45,0 18,18 40,42 70,60 80,82 48,100 16,82 32,58 66,36 78,10",
              "70,8 34,2 20,24 50,46 80,70 62,98 28,94 22,68 52,46 76,24 66,6",
              "88,6 50,0 22,20 44,44 66,66 60,94 30,98 16,80 40,58 70,34 98,4",
              "52,0 24,12 26,38 50,46 74,36 76,12 50,0 / 50,46 18,62 18,90 50,100 82,90 82,62 50,46"),
          digit(
              "78,18 50,2 18,20 22,45 50,52 76,32 80,12! 78,54 66,100",
              "80,15 50,0 15,20 25,48 60,45 80,15! 84,56 70,92 30,98",
              "72,10 40,2 14,26 26,50 58,45 74,12! 73,55 72,100",
              "76,22 54,4 22,24 28,46 56,40 78,14! 60,60 40,100"));

  /** Smooth curves, one after the other: {@code [curve][point * 2 + axis]}, indices into points. */
  private final int[][] curves;

  private final double[] points; // x, y, x, y, ... ; the box is 1 x 1

  private DigitStrokes(double[] points, int[][] curves) {
    this.points = points;
    this.curves = curves;
  }

  /** The forms of a digit. */
  static List<DigitStrokes> of(int digit) {
    return FORMS.get(digit);
  }

  /** Coordinates x, y, x, y, ... in a box of 1 x 1, y downwards; a copy. */
  double[] points() {
    return points.clone();
  }

  /** The point numbers of each smooth curve; curves that meet in a corner share a number. */
  int[][] curves() {
    return curves;
  }

  private static List<DigitStrokes> digit(String... forms) {
    return Arrays.stream(forms).map(DigitStrokes::parse).toList();
  }

  private static DigitStrokes parse(String form) {
    String[] tokens = form.split(" ");
    double[] points = new double[2 * tokens.length];
    int[][] curves = new int[tokens.length][];
    int count = 0;
    int curveCount = 0;
    int start = 0;
    for (int i = 0; i < tokens.length; i++) {
      String token = tokens[i];
      boolean lift = token.equals("/");
      boolean corner = token.endsWith("!");
      if (!lift) {
        String[] xy = token.replace("!", "").split(",");
        points[2 * count] = Integer.parseInt(xy[0]) / 100.0;
        points[2 * count + 1] = Integer.parseInt(xy[1]) / 100.0;
        count++;
      }
      if (lift || corner || i == tokens.length - 1) {
        if (count - start > 1) {
          curves[curveCount++] = range(start, count);
        }
        start = corner ? count - 1 : count;
      }
    }
    return new DigitStrokes(Arrays.copyOf(points, 2 * count), Arrays.copyOf(curves, curveCount));
  }

  private static int[] range(int from, int to) {
    int[] range = new int[to - from];
    for (int i = 0; i < range.length; i++) {
      range[i] = from + i;
    }
    return range;
  }
}
