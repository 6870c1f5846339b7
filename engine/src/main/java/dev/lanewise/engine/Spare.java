package dev.lanewise.engine;

/** Room at the end of arrays. */
public final class Spare {
  /**
   * Floats to allocate beyond the last element of an array that kernels read. A kernel may then
   * read a whole vector where a row ends; without the room it takes such rows element by element,
   * with the same result.
   */
  public static final int FLOATS = 16;

  private Spare() {}
}
