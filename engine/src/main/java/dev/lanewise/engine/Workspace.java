package dev.lanewise.engine;

/**
 * The threads of a pass and the scratch memory that its layers use one after the other. What one
 * operation leaves there is of no use to the next; since all take the same memory, they find it in
 * the cache, and a network of many layers needs no more of it than its largest layer.
 *
 * <p>Not thread-safe: the operations that share a workspace run one at a time. Each of them asks
 * for what it needs by {@link #reserve} when it is made, and takes the arrays anew in each call.
 */
public final class Workspace {
  private final WorkerTeam team;
  private final float[][] own; // one per worker
  private float[] common = new float[0];

  /**
   * A workspace without memory so far.
   *
   * @param team the threads that will use it
   */
  public Workspace(WorkerTeam team) {
    this.team = team;
    own = new float[team.threads()][0];
  }

  /**
   * The threads to use.
   *
   * @return the team; not closed by the workspace
   */
  public WorkerTeam team() {
    return team;
  }

  /**
   * Sees that there is so much memory.
   *
   * @param ownFloats for each worker
   * @param commonFloats for all together
   * @throws IllegalArgumentException if an array would have more than 2^31 - 1 elements
   */
  public void reserve(long ownFloats, long commonFloats) {
    if (own[0].length < ownFloats) {
      int length = Check.intProduct("workspace", 1, ownFloats);
      for (int i = 0; i < own.length; i++) {
        own[i] = new float[length];
      }
    }
    if (common.length < commonFloats) {
      common = new float[Check.intProduct("workspace", 1, commonFloats)];
    }
  }

  /**
   * The memory of one worker, for the task that it runs.
   *
   * @param worker the worker
   * @return at least as long as reserved; of any content
   */
  float[] own(int worker) {
    return own[worker];
  }

  /**
   * The memory of all workers.
   *
   * @return at least as long as reserved; of any content
   */
  float[] common() {
    return common;
  }
}
