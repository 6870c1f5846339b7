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
  private float[] memory = new float[0]; // LEAD, common, then the part of each worker
  private long commonFloats;
  private long ownFloats;

  /**
   * A workspace without memory so far.
   *
   * @param team the threads that will use it
   */
  public Workspace(WorkerTeam team) {
    this.team = team;
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
   * @throws IllegalArgumentException if all of it would have more than 2^31 - 1 elements
   */
  public void reserve(long ownFloats, long commonFloats) {
    this.ownFloats = Math.max(this.ownFloats, Spare.lines(ownFloats));
    this.commonFloats = Math.max(this.commonFloats, Spare.lines(commonFloats));
    long floats = Spare.LEAD + this.commonFloats + team.threads() * this.ownFloats;
    if (memory.length < floats) {
      memory = Spare.array(Check.intProduct("workspace", 1, floats));
    }
  }

  /**
   * The array that holds everything.
   *
   * @return of any content
   */
  float[] memory() {
    return memory;
  }

  /**
   * Where the memory of one worker begins, for the task that it runs.
   *
   * @param worker the worker
   * @return index of the first of at least as many elements as reserved
   */
  int own(int worker) {
    return common() + (int) (commonFloats + worker * ownFloats);
  }

  /**
   * Where the memory of all workers begins.
   *
   * @return index of the first of at least as many elements as reserved
   */
  int common() {
    return Spare.LEAD;
  }
}
