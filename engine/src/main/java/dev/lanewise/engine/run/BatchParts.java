// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

/**
 * The parts of a batch: where a sum runs over all images, each part is summed up by itself, image
 * by image in order, and then the parts are added in order.
 *
 * <p>Two questions meet here and must not be mixed up. <em>Into how many parts a sum is cut</em>
 * decides its bits, so {@link #COUNT} is a constant. <em>Whether the parts of an operation occupy a
 * team</em> ({@link #occupy}) decides only who computes what: then a thread takes a whole part and
 * keeps it in its caches; otherwise the operation is divided more finely, to the same bits.
 */
public final class BatchParts {
  /** How many parts a batch has, whatever the team. */
  public static final int COUNT = 2;

  private BatchParts() {}

  /**
   * Where a part begins.
   *
   * @param part from 0 to {@link #COUNT}, which is where the batch ends
   * @param batch number of images
   * @return the number of its first image
   */
  public static int first(int part, int batch) {
    return (int) ((long) batch * part / COUNT);
  }

  /**
   * Whether every thread of a team has a part if each takes one as a whole.
   *
   * @param parts the parts of one operation
   * @param team the threads
   * @return whether there are at least as many parts as threads
   */
  public static boolean occupy(int parts, WorkerTeam team) {
    return occupy(parts, team.threads());
  }

  /**
   * Whether each of {@code threads} threads has a part if each takes one as a whole.
   *
   * @param parts the parts of one operation
   * @param threads how many there are
   * @return whether there are at least as many parts as threads
   */
  public static boolean occupy(int parts, int threads) {
    return parts >= threads;
  }
}
