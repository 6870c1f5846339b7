// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

import dev.lanewise.engine.check.Check;

/**
 * The threads of a pass and the scratch memory that its layers use one after the other. What one
 * operation leaves there is of no use to the next; since all take the same memory, they find it in
 * the cache, and a network of many layers needs no more of it than its largest layer.
 *
 * <p>Memory comes in four kinds, all within one array: {@link #persistent} memory belongs to one
 * operation alone; {@link #shared} memory is there once for all workers; each {@link #part} of a
 * batch has some, whoever computes it; and each worker has some {@link #perWorker}. All but the
 * first hold anything when an operation begins.
 *
 * <p>An operation asks for what it needs when it is made. Memory that grows moves: so positions and
 * the array are to be read anew in each call, after everything is reserved.
 *
 * <p>Not thread-safe: the operations that share a workspace run one at a time. The tasks of a
 * region may read positions at the same time.
 */
public final class Workspace {
  private final WorkerTeam team;
  private final boolean borrows;
  private Workspace lender;
  private float[] memory = new float[0]; // LEAD, persistent, shared, parts, per worker
  private long persistentFloats;
  private long sharedFloats;
  private long workerFloats;
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
    lender.reserve(workerFloats, sharedFloats);
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
   * Ensures at least this much scratch memory.
   *
   * @param perWorker floats for each worker
   * @param shared floats for all workers together
   * @throws IllegalArgumentException if all of it would have more than 2^31 - 1 elements
   */
  public void reserve(long perWorker, long shared) {
    workerFloats = Math.max(workerFloats, Padding.lines(perWorker));
    sharedFloats = Math.max(sharedFloats, Padding.lines(shared));
    grow();
  }

  /**
   * Ensures memory for parts of a batch, whatever the number of workers. A part is at the same
   * place for all operations, however much each of them needs: so it stays in the cache of the
   * worker that computes it. An operation that has no such parts may take them for its workers.
   *
   * @param parts how many
   * @param floats for each of them
   * @throws IllegalArgumentException if all memory would have more than 2^31 - 1 elements
   */
  public void reserveParts(int parts, long floats) {
    this.parts = Math.max(this.parts, parts);
    partFloats = Math.max(partFloats, Padding.lines(floats));
    grow();
  }

  /**
   * Sets memory apart that no other operation overwrites. Its content survives when the memory
   * grows; at first it is anything.
   *
   * @param floats how much
   * @return where it begins in {@link #memory}, for good
   * @throws IllegalArgumentException if all memory would have more than 2^31 - 1 elements
   */
  public int persistent(long floats) {
    long at = Padding.LEAD + persistentFloats;
    persistentFloats += Padding.lines(floats);
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
        Padding.LEAD
            + persistentFloats
            + sharedFloats
            + parts * partFloats
            + team.threads() * workerFloats;
    if (memory.length < floats) {
      float[] larger = Padding.array(Check.intProduct("workspace", 1, floats));
      long lasting = Math.min(memory.length, Padding.LEAD + persistentFloats);
      System.arraycopy(memory, 0, larger, 0, (int) lasting);
      memory = larger;
    }
  }

  /**
   * The array that holds everything; another one after it has grown.
   *
   * @return the array
   */
  public float[] memory() {
    return memory;
  }

  /**
   * Where the memory of one worker begins, for the task that it runs.
   *
   * @param worker the worker, from 0
   * @return index of the first of at least as many elements as reserved
   */
  public int perWorker(int worker) {
    return part(parts) + (int) (worker * workerFloats);
  }

  /**
   * Where the memory of one part begins, see {@link #reserveParts}.
   *
   * @param part the part, from 0
   * @return index of the first of at least as many elements as reserved
   */
  public int part(int part) {
    return shared() + (int) (sharedFloats + part * partFloats);
  }

  /**
   * Where the memory of all workers together begins.
   *
   * @return index of the first of at least as many elements as reserved
   */
  public int shared() {
    return Padding.LEAD + (int) persistentFloats;
  }
}
