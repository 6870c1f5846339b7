// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

/**
 * How many elements an import may still make. A file of some bytes can ask for any number of them,
 * by a ConstantOfShape or an Expand; what real models ask for is some times what they hold.
 */
final class Budget {
  /** For any file, however small: 64 MiB of floats. */
  private static final long LEAST = 1L << 24;

  private static final int PER_BYTE = 16;

  private long left;

  /**
   * @param bytes of the file
   */
  Budget(long bytes) {
    left = LEAST;
    grant(bytes);
  }

  /** For a further file. */
  void grant(long bytes) {
    left += PER_BYTE * bytes;
  }

  /**
   * Takes memory for a constant.
   *
   * @throws ImportFault if there are too many elements
   */
  void take(long elements) {
    left -= elements;
    if (left < 0) {
      throw new ImportFault(
          "it asks for " + elements + " values more, which is out of proportion to the file");
    }
  }
}
