// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

/** Room at the ends of arrays. */
public final class Padding {
  /**
   * Floats to allocate beyond the last element of an array that kernels read. A kernel may then
   * read a whole vector where a row ends; without the room it takes such rows element by element,
   * with the same result.
   */
  public static final int FLOATS = 16;

  /**
   * Elements to leave free in front of a large array's first. The elements of a {@code float[]}
   * begin 16 bytes behind the object, and G1 lets an object of half a region or more begin where a
   * region does. Element 12 of such an array then begins a cache line, and so does every vector at
   * a multiple of 16 elements behind it; other vectors lie across two lines, which costs a load
   * twice the time. Where the collector places arrays otherwise, nothing is lost.
   */
  public static final int LEAD = 12;

  private static final int LINE = 32;

  /** 2 MiB: half of the regions, and more, in a heap of up to 8 GiB. */
  private static final int LARGE = 512 * 1024;

  private Padding() {}

  /**
   * Rounds up to whole cache lines; two, because processors fetch lines in pairs, and two threads
   * that write to neighbours would wait for each other.
   *
   * @param floats elements
   * @return the next multiple of 32
   */
  public static long lines(long floats) {
    return (floats + LINE - 1) / LINE * LINE;
  }

  /**
   * An array that G1 aligns, see {@link #LEAD}, unless it is so short that this would waste more
   * than three quarters of it.
   *
   * @param floats how many elements it must have
   * @return zeros, of at least that length
   */
  public static float[] array(int floats) {
    return new float[floats >= LARGE / 4 ? Math.max(floats, LARGE) : floats];
  }
}
