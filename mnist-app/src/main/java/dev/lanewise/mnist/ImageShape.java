// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.graph.Shape;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** The shape of an image as it stands on the command line: {@code 28x28} or {@code 32x32x3}. */
record ImageShape(Shape shape) {
  private static final Pattern TEXT =
      Pattern.compile("([1-9]\\d{0,4})x([1-9]\\d{0,4})(?:x([1-9]\\d{0,4}))?");

  /**
   * Reads a shape.
   *
   * @throws TypeConversionException if it is none
   */
  static ImageShape parse(String text) {
    Matcher sides = TEXT.matcher(text);
    try {
      if (sides.matches()) {
        int channels = sides.group(3) == null ? 1 : Integer.parseInt(sides.group(3));
        return new ImageShape(
            new Shape(
                Integer.parseInt(sides.group(1)), Integer.parseInt(sides.group(2)), channels));
      }
    } catch (IllegalArgumentException e) {
      // too large
    }
    throw new TypeConversionException(
        "expected height x width or height x width x channels, such as 28x28 or 32x32x3, but is '"
            + text
            + "'");
  }

  @Override
  public String toString() {
    return shape.height() + "x" + shape.width() + "x" + shape.channels();
  }
}
