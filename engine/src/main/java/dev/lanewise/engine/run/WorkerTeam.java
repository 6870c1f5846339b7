// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed team of threads that divides the tasks of a parallel region: {@code threads - 1} helpers
 * and the calling thread.
 *
 * <p>A region costs about a microsecond, because a step of a small network lasts under a hundred:
 * helpers spin for a moment after each region and only then park. Each worker has a share of the
 * tasks, the same one in every region with as many tasks, so that it finds the images of the last
 * region in its own cache. A worker that has finished leaves the others theirs for half as long
 * again, then takes what is left; so nobody waits for a helper that wakes much too late. Which
 * worker runs which task is therefore not fixed; every task must write outputs of its own, so that
 * results never depend on it.
 *
 * <p>More threads than processors gain nothing: {@link #sizeFor} says how many to take. A team of
 * more spins no longer and wakes its helpers one after the other, so that most regions are over
 * before all are awake. Tasks that wait for each other still get a thread each.
 *
 * <p>Opening a region allocates nothing. The team may be used from several threads: while a region
 * is open, any further one (a region inside a region, or one from another thread) runs entirely in
 * its calling thread, with worker number 0.
 */
public final class WorkerTeam implements AutoCloseable {
  /** The body of a parallel region. */
  @FunctionalInterface
  public interface Task {
    /**
     * Runs one task.
     *
     * @param index the task, from 0
     * @param worker the worker that runs it, from 0 to {@link WorkerTeam#threads()} - 1; two tasks
     *     of a region that run at the same time have different workers
     */
    void run(int index, int worker);
  }

  /** Is told of the regions of a {@linkplain #traced traced} team. */
  @FunctionalInterface
  public interface Trace {
    /**
     * Called after each region, by the thread that ran it. Regions inside a region of several tasks
     * are parts of its tasks and not reported.
     *
     * @param tasks how many there were, at least one
     * @param nanos {@code [threads]}: how long the share of each worker took; a new array
     */
    void region(int tasks, long[] nanos);
  }

  /*
   * state = region number << 32 | OPEN | number of helpers inside. A helper enters by a
   * compare-and-set on an open state, so it can only join the region it has seen; the caller closes
   * the region and waits until the last helper has left. task and count are written before the
   * region opens and not again before every helper has left it.
   */
  private static final long OPEN = 1L << 31;
  private static final long REGION = 1L << 32;
  private static final long INSIDE = OPEN - 1;

  private static final VarHandle STATE;
  private static final VarHandle BUSY;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      STATE = lookup.findVarHandle(WorkerTeam.class, "state", long.class);
      BUSY = lookup.findVarHandle(WorkerTeam.class, "busy", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * Spins of 17 ns (Zen 4) to 50 ns before a helper parks: 0.3 to 1 ms. That covers the serial
   * stretches of a step with room to spare: a helper that parks between two regions wakes too late
   * for the next one, parks again, and may miss every region from then on.
   */
  private static final int SPINS = 20_000;

  /**
   * How long a worker leaves late tasks to their owners: this part of the time that its own share
   * took. That is more than shares of like tasks differ by, and less than a whole share, which an
   * owner without a processor would cost.
   */
  private static final double PATIENCE = 0.5;

  /** And at most this many nanoseconds: longer shares bear a task that changes hands. */
  private static final long MOST_PATIENCE = 500_000;

  private static final int MOST_THREADS = 1024;

  /** Counters of different workers lie on cache lines of their own: 128 bytes. */
  private static final int PAD = 32;

  private final int threads;
  private final Trace trace; // null: tasks are divided among the threads
  private final Helper[] helpers; // [threads - 1]; none if regions are traced
  private final boolean shared;
  private final int spins;
  private final boolean patient; // spins while it waits for others
  private final int wakes; // helpers that the caller wakes; each of them wakes one further

  private volatile long state;
  private final AtomicIntegerArray next; // [worker * PAD]: the next task of each worker's share
  private volatile Thread caller; // of the open region
  private volatile boolean busy;
  private volatile boolean closing; // no further region; those inside the running one go on
  private volatile boolean closed;
  private volatile Throwable failure;
  private Task task;
  private int count;

  /**
   * Starts a team.
   *
   * @param threads how many threads work together, the caller of {@link #run} included
   * @throws IllegalArgumentException if {@code threads} is not from 1 to 1024
   */
  public WorkerTeam(int threads) {
    this(threads, false, null);
  }

  private WorkerTeam(int threads, boolean shared, Trace trace) {
    if (threads < 1 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads must be from 1 to " + MOST_THREADS + ", but is " + threads);
    }
    this.threads = threads;
    this.shared = shared;
    this.trace = trace;
    // More threads than processors: a spinning helper would keep the others from working.
    int processors = Runtime.getRuntime().availableProcessors();
    patient = threads <= processors;
    spins = patient ? SPINS : 1;
    wakes = patient ? threads : Math.max(1, processors - 1);
    next = new AtomicIntegerArray(threads * PAD);
    helpers = new Helper[trace == null ? threads - 1 : 0];
    for (int i = 0; i < helpers.length; i++) {
      helpers[i] = new Helper(i + 1);
    }
    try {
      for (Helper helper : helpers) {
        helper.thread.start();
      }
    } catch (Throwable e) { // no further native threads: let those that run end
      closed = true;
      throw e;
    }
  }

  /**
   * The team for programs that do not want to make one: all processors of this JVM. Made when first
   * asked for; its helpers are daemon threads, which do not keep the JVM from ending.
   *
   * @return always the same team; closing it does nothing
   */
  public static WorkerTeam shared() {
    return Shared.TEAM;
  }

  /** Delays the making of the shared team. */
  private static final class Shared {
    static final WorkerTeam TEAM = new WorkerTeam(sizeFor(MOST_THREADS), true, null);
  }

  /**
   * How many threads to take where a number is wished for: no more than this JVM has processors,
   * since further ones take time and give none. The limit of a container counts, rounded up.
   *
   * @param wished any number
   * @return from 1 to the number of processors, and at most {@code wished} where that is positive
   */
  public static int sizeFor(int wished) {
    int processors = Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS);
    return Math.clamp(wished, 1, processors);
  }

  /**
   * A team of the calling thread alone.
   *
   * @return a team that has no helper threads; closing it is not necessary
   */
  public static WorkerTeam single() {
    return new WorkerTeam(1);
  }

  /**
   * A team that shows how work divides among more threads than the machine has processors. It says
   * that it has {@code threads} threads, but the caller of {@link #run} runs the tasks of all
   * workers itself, one share after the other, each with the number of the worker whose share it
   * is.
   *
   * @param threads how many threads it stands for
   * @param trace told of every region
   * @return a team that has no helper threads; closing it is not necessary
   * @throws IllegalArgumentException if {@code threads} is not from 1 to 1024
   */
  public static WorkerTeam traced(int threads, Trace trace) {
    return new WorkerTeam(threads, false, Objects.requireNonNull(trace));
  }

  /**
   * The size of the team.
   *
   * @return the number of threads, the caller included
   */
  public int threads() {
    return threads;
  }

  /**
   * Tells the helper threads from all others, for a program that measures what threads allocate or
   * how long they run.
   *
   * @return {@link Thread#threadId} of each
   */
  public long[] helperIds() {
    return Arrays.stream(helpers).mapToLong(helper -> helper.thread.threadId()).toArray();
  }

  /**
   * Runs {@code task} for every index from 0 to {@code count - 1} and returns when all have ended.
   *
   * <p>An exception thrown by a task is rethrown here once no task is running; tasks that had not
   * begun by then are left out.
   *
   * @param count the number of tasks; 0 or less runs nothing
   * @param task the work; it must not depend on the order in which tasks run
   * @throws IllegalStateException if the team is closed
   */
  public void run(int count, Task task) {
    if (closed) {
      throw new IllegalStateException("this WorkerTeam is closed");
    }
    if (trace != null) {
      runTraced(count, task);
      return;
    }
    if (count <= 1 || threads == 1 || !BUSY.compareAndSet(this, false, true)) {
      for (int i = 0; i < count; i++) {
        task.run(i, 0);
      }
      return;
    }
    try {
      if (closing) { // or the thread that closes the team might never get its turn
        throw new IllegalStateException("this WorkerTeam is closed");
      }
      runTogether(count, task);
    } finally {
      this.task = null;
      caller = null;
      busy = false;
    }
  }

  private void runTraced(int count, Task task) {
    // As in every team, a region of one task leaves the team to those inside.
    boolean inside = count > 1 ? !BUSY.compareAndSet(this, false, true) : busy;
    if (inside || count < 1) {
      for (int i = 0; i < count; i++) {
        task.run(i, 0);
      }
      return;
    }
    long[] nanos = new long[threads];
    try {
      this.count = count;
      long begin = System.nanoTime();
      for (int i = 0, worker = 0; i < count; worker++) {
        int end = count == 1 ? 1 : shareEnd(worker);
        if (i < end) {
          while (i < end) {
            task.run(i++, worker);
          }
          long now = System.nanoTime();
          nanos[worker] = now - begin;
          begin = now;
        }
      }
    } finally {
      if (count > 1) {
        busy = false;
      }
    }
    trace.region(count, nanos);
  }

  private void runTogether(int count, Task task) {
    this.task = task;
    this.count = count;
    failure = null;
    for (int worker = 0; worker < threads; worker++) {
      next.setPlain(worker * PAD, shareEnd(worker - 1));
    }
    caller = Thread.currentThread();
    long open = (state & -REGION) + REGION + OPEN;
    state = open;
    for (int i = 0; i < helpers.length && i < wakes; i++) {
      helpers[i].wake();
    }
    work(0);
    STATE.getAndAdd(this, -OPEN);
    for (int i = 0; (state & INSIDE) != 0; i++) {
      if (i < spins) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
    Throwable thrown = failure;
    failure = null;
    if (thrown != null) {
      WorkerTeam.<RuntimeException>rethrow(thrown);
    }
  }

  /** A checked exception that a task threw undeclared passes on, as it would without helpers. */
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void rethrow(Throwable thrown) throws T {
    throw (T) thrown;
  }

  /** One past the last task of a worker's share. */
  private int shareEnd(int worker) {
    return (int) ((long) count * (worker + 1) / threads);
  }

  /** Takes the tasks of the worker's own share, then what is left of shares that are late. */
  private void work(int worker) {
    try {
      long begin = patient ? System.nanoTime() : 0;
      take(worker, worker);
      if (patient) {
        awaitOthers(worker, begin);
      }
      for (int i = 1; i < threads; i++) {
        take((worker + i) % threads, worker);
      }
    } catch (Throwable e) { // reported by the caller of run
      failure = e;
    }
  }

  /** Runs what is left of a share. */
  private void take(int owner, int worker) {
    Task task = this.task;
    int end = shareEnd(owner);
    int at = owner * PAD;
    for (int t = next.getAndIncrement(at); t < end; t = next.getAndIncrement(at)) {
      if (failure != null) {
        return;
      }
      task.run(t, worker);
    }
  }

  /**
   * Leaves the others their shares for a while, whose data they have in their caches. A worker that
   * takes a task from another makes its next one slow too, and may then be a task ahead again.
   */
  private void awaitOthers(int worker, long begin) {
    long end = System.nanoTime();
    long nanos = (long) Math.min(PATIENCE * (end - begin), MOST_PATIENCE);
    while (tasksLeft(worker) && System.nanoTime() - end < nanos) {
      for (int i = 0; i < 8; i++) { // since looking takes the counters from their owners' caches
        Thread.onSpinWait();
      }
    }
  }

  private boolean tasksLeft(int worker) {
    for (int i = 1; i < threads; i++) {
      int owner = (worker + i) % threads;
      if (next.get(owner * PAD) < shareEnd(owner)) {
        return failure == null;
      }
    }
    return false;
  }

  /**
   * Ends the helper threads and waits for them. A region that is running in another thread ends
   * first. Closing twice does nothing, nor does closing the {@link #shared} team.
   *
   * @throws IllegalStateException if called by a task of this team, which cannot outlive itself
   */
  @Override
  public void close() {
    if (shared) {
      return;
    }
    if (caller == Thread.currentThread()) {
      throw new IllegalStateException("a task cannot close the WorkerTeam that runs it");
    }
    for (Helper helper : helpers) {
      if (helper.thread == Thread.currentThread()) {
        throw new IllegalStateException("a task cannot close the WorkerTeam that runs it");
      }
    }
    closing = true;
    while (!BUSY.compareAndSet(this, false, true)) {
      Thread.yield();
    }
    closed = true;
    busy = false;
    boolean interrupted = false;
    for (Helper helper : helpers) {
      LockSupport.unpark(helper.thread);
      while (helper.thread.isAlive()) {
        try {
          helper.thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One thread of the team, waiting for regions. */
  private final class Helper implements Runnable {
    final int worker;
    final Thread thread;
    volatile boolean parked;

    Helper(int worker) {
      this.worker = worker;
      thread = Thread.ofPlatform().daemon().name("lanewise-" + worker).unstarted(this);
    }

    @Override
    public void run() {
      long seen = 0;
      int idle = 0;
      while (!closed) {
        long now = state;
        if ((now & OPEN) != 0 && (now & -REGION) != seen) {
          if (STATE.compareAndSet(WorkerTeam.this, now, now + 1)) {
            seen = now & -REGION;
            if (!patient) {
              wakeNext();
            }
            work(worker);
            STATE.getAndAdd(WorkerTeam.this, -1L);
            idle = 0;
          }
        } else if (idle < spins) {
          idle++;
          Thread.onSpinWait();
        } else {
          park(seen);
          idle = 0;
        }
      }
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(thread);
      }
    }

    /**
     * Where processors are few: wakes one further helper whose share nobody has begun or finished.
     * A short region is over before many are awake, and the others stay parked; in a long one all
     * of them come.
     */
    private void wakeNext() {
      for (int i = worker - 1 + wakes; i < helpers.length; i += wakes) {
        int owner = i + 1;
        if (next.get(owner * PAD) < shareEnd(owner)) {
          helpers[i].wake();
          return;
        }
      }
    }

    /** Parks unless a region opened since {@code parked} became visible to its caller. */
    private void park(long seen) {
      parked = true;
      long now = state;
      if (!closed && ((now & OPEN) == 0 || (now & -REGION) == seen)) {
        LockSupport.park(this);
      }
      parked = false;
      Thread.interrupted(); // an interrupted thread could not park again
    }
  }
}
