package dev.lanewise.engine;

/** Operands of tests. */
final class Views {
  private Views() {}

  /** The elements of an array from an offset on; {@code null} for {@code null}. */
  static Floats at(float[] data, int offset) {
    return data == null ? null : new Floats(data, offset, data.length - offset);
  }
}
