// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The connected parts of what may be ink, and which of them are the writing: those with a strong
 * core, but not what comes in over the edge of the picture, such as a table beside the paper,
 * unless there is nothing else; and of these the largest, with what is near it and no mere speck.
 */
final class InkParts {
  /** What does not touch the edge counts from this part of the shorter side on. */
  private static final int LEAST_SIDE = 12;

  /** Of the largest part; less is a speck. */
  private static final double SPECK = 0.03;

  /** Of the longer side of the largest part: strokes of one digit are not farther apart. */
  private static final double GAP = 0.3;

  /** Wider than high by more is a line on the paper. */
  private static final int LINE = 5;

  private final int[] contrast;
  private final int height;
  private final int width;
  private final double weak;
  private final double strong;
  private final int[] part; // [height, width], 0 for none
  private final List<Part> parts = new ArrayList<>();

  /** A connected part; sides are inclusive. */
  private static final class Part {
    int top = Integer.MAX_VALUE;
    int bottom = -1;
    int left = Integer.MAX_VALUE;
    int right = -1;
    long mass;
    boolean strong;

    int side() {
      return Math.max(bottom - top, right - left) + 1;
    }

    boolean isLine() {
      return right - left + 1 > LINE * (bottom - top + 1);
    }

    /** Pixels between the boxes. */
    int distance(Part other) {
      int y = Math.max(other.top - bottom, top - other.bottom);
      int x = Math.max(other.left - right, left - other.right);
      return Math.max(0, Math.max(y, x));
    }
  }

  /**
   * Finds the parts.
   *
   * @param contrast {@code [height, width]}
   * @param weak what belongs to a part
   * @param strong what a part must have somewhere
   */
  InkParts(int[] contrast, int height, int width, double weak, double strong) {
    this.contrast = contrast;
    this.height = height;
    this.width = width;
    this.weak = weak;
    this.strong = strong;
    part = new int[contrast.length];
    int[] stack = new int[contrast.length];
    for (int i = 0; i < contrast.length; i++) {
      if (part[i] == 0 && contrast[i] >= weak) {
        parts.add(fill(i, parts.size() + 1, stack));
      }
    }
  }

  /** A part, from one of its pixels on, with its eight neighbours. */
  private Part fill(int first, int number, int[] stack) {
    Part found = new Part();
    int count = 0;
    stack[count++] = first;
    part[first] = number;
    while (count > 0) {
      int i = stack[--count];
      int y = i / width;
      int x = i % width;
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y);
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
      found.mass += contrast[i];
      found.strong |= contrast[i] >= strong;
      for (int ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (int nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          int n = ny * width + nx;
          if (part[n] == 0 && contrast[n] >= weak) {
            part[n] = number;
            stack[count++] = n;
          }
        }
      }
    }
    return found;
  }

  /** Which pixels are of the writing. */
  boolean[] written() {
    List<Part> candidates = parts.stream().filter(each -> each.strong).toList();
    List<Part> within = candidates.stream().filter(each -> !touchesEdge(each)).toList();
    int least = Math.min(height, width) / LEAST_SIDE;
    if (within.stream().anyMatch(each -> each.side() > least)) {
      candidates = within;
    }
    Part main = main(candidates);
    boolean[] written = new boolean[part.length];
    if (main == null) {
      return written;
    }
    boolean[] kept = new boolean[parts.size() + 1];
    for (int i = 0; i < parts.size(); i++) {
      Part each = parts.get(i);
      boolean near = each.distance(main) <= GAP * main.side() && each.mass >= SPECK * main.mass;
      kept[i + 1] = each == main || near && candidates.contains(each);
    }
    for (int i = 0; i < part.length; i++) {
      written[i] = kept[part[i]];
    }
    return written;
  }

  private boolean touchesEdge(Part each) {
    return each.top == 0 || each.left == 0 || each.bottom == height - 1 || each.right == width - 1;
  }

  private static Part main(List<Part> candidates) {
    Part main = null;
    for (Part each : candidates) {
      boolean better =
          main == null
              || main.isLine() && !each.isLine()
              || main.isLine() == each.isLine() && each.mass > main.mass;
      main = better ? each : main;
    }
    return main;
  }
}
