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
  private final boolean borrows;
  private Workspace lender;
  private float[] memory = new float[0]; // LEAD, kept, common, parts, what each worker owns
  private long keptFloats;
  private long commonFloats;
  private long ownFloats;
  private long partFloats;
  private int parts;

  /**
   * A workspace without memory so far.
   *
   * @param team the threads that will use it
   */
  public Workspace(WorkerTeam team) {
    this(team, false);
  }

  private Workspace(WorkerTeam team, boolean borrows) {
    this.team = team;
    this.borrows = borrows;
  }

  /**
   * A workspace of one thread that never has memory of its own, see {@link #borrow}.
   *
   * @return the workspace
   */
  public static Workspace borrower() {
    return new Workspace(WorkerTeam.single(), true);
  }

  /**
   * Takes the memory of another workspace from now on. What uses this one must then not run at the
   * same time as what uses the other.
   *
   * @param lender one of a single thread, whose memory grows if it is too small
   */
  public void borrow(Workspace lender) {
    this.lender = lender;
    lender.reserve(ownFloats, commonFloats);
    lender.reserveParts(parts, partFloats);
    memory = lender.memory;
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
    grow();
  }

  /**
   * Sees that there is memory for parts of a batch, whatever the number of workers. A part is at
   * the same place for all operations, however much each of them needs: so it stays in the cache of
   * the worker that computes it. An operation that has no such parts may take them for its workers.
   *
   * @param parts how many
   * @param floats for each of them
   */
  void reserveParts(int parts, long floats) {
    this.parts = Math.max(this.parts, parts);
    partFloats = Math.max(partFloats, Spare.lines(floats));
    grow();
  }

  /**
   * Sets memory apart that no other operation overwrites.
   *
   * @param floats how much
   * @return where it begins in {@link #memory}
   */
  int keep(long floats) {
    long at = Spare.LEAD + keptFloats;
    keptFloats += Spare.lines(floats);
    grow();
    return (int) at;
  }

  private void grow() {
    if (borrows) {
      if (lender != null) {
        borrow(lender);
      }
      return;
    }
    long floats =
        Spare.LEAD + keptFloats + commonFloats + parts * partFloats + team.threads() * ownFloats;
    if (memory.length < floats) {
      float[] larger = Spare.array(Check.intProduct("workspace", 1, floats));
      long kept = Math.min(memory.length, Spare.LEAD + keptFloats);
      System.arraycopy(memory, 0, larger, 0, (int) kept);
      memory = larger;
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
    return part(parts) + (int) (worker * ownFloats);
  }

  /**
   * Where the memory of one part begins, see {@link #reserveParts}.
   *
   * @param part the part
   * @return index of the first of at least as many elements as reserved
   */
  int part(int part) {
    return common() + (int) (commonFloats + part * partFloats);
  }

  /**
   * Where the memory of all workers begins.
   *
   * @return index of the first of at least as many elements as reserved
   */
  int common() {
    return Spare.LEAD + (int) keptFloats;
  }
}
