// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.engine.testing.Refusals;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WorkerTeamTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 16})
  void everyTaskRunsOnceAndWorkersAreDistinct(int threads) {
    try (WorkerTeam team = new WorkerTeam(threads)) {
      assertEquals(threads, team.threads());
      for (int count : new int[] {0, 1, 2, 3, 5, 16, 17, 100, 1000}) {
        AtomicIntegerArray runs = new AtomicIntegerArray(count);
        AtomicIntegerArray busy = new AtomicIntegerArray(threads);
        AtomicInteger clashes = new AtomicInteger();
        team.run(
            count,
            (index, worker) -> {
              if (busy.getAndIncrement(worker) != 0) {
                clashes.incrementAndGet();
              }
              runs.incrementAndGet(index);
              Thread.onSpinWait();
              busy.decrementAndGet(worker);
            });
        for (int i = 0; i < count; i++) {
          assertEquals(1, runs.get(i), "runs of task " + i + " of " + count);
        }
        assertEquals(0, clashes.get());
      }
    }
  }

  @Test
  void anEmptyRegionRunsNothing() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      team.run(
          0,
          (index, worker) -> {
            throw new AssertionError();
          });
      team.run(
          -5,
          (index, worker) -> {
            throw new AssertionError();
          });
    }
  }

  /** Two tasks that wait for each other end only if two threads run them. */
  @Test
  void tasksRunAtTheSameTime() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      CountDownLatch both = new CountDownLatch(2);
      Set<Thread> seen = ConcurrentHashMap.newKeySet();
      Set<Integer> workers = ConcurrentHashMap.newKeySet();
      team.run(
          2,
          (index, worker) -> {
            seen.add(Thread.currentThread());
            workers.add(worker);
            both.countDown();
            await(both);
          });
      assertEquals(2, seen.size());
      assertEquals(Set.of(0, 1), workers);
      assertTrue(seen.contains(Thread.currentThread()));
    }
  }

  /** The last task is the helper's, who waits for it: the caller must take it in the end. */
  @Test
  void tasksOfALateWorkerAreTakenInTheEnd() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      CountDownLatch last = new CountDownLatch(1);
      team.run(
          4,
          (index, worker) -> {
            if (index == 2) {
              await(last);
            } else if (index == 3) {
              last.countDown();
            }
          });
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anExceptionOfTheCallerAndOfAHelperReachTheCaller() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      Thread caller = Thread.currentThread();
      for (boolean inCaller : new boolean[] {true, false}) {
        RuntimeException boom = new RuntimeException("boom");
        CountDownLatch both = new CountDownLatch(2);
        RuntimeException thrown =
            assertThrows(
                RuntimeException.class,
                () ->
                    team.run(
                        2,
                        (index, worker) -> {
                          both.countDown();
                          await(both); // now each thread has one task
                          if ((Thread.currentThread() == caller) == inCaller) {
                            throw boom;
                          }
                        }));
        assertSame(boom, thrown);
        AtomicInteger runs = new AtomicInteger();
        team.run(50, (index, worker) -> runs.incrementAndGet());
        assertEquals(50, runs.get(), "the team stays usable");
      }
    }
  }

  @Test
  void errorsAndCheckedExceptionsReachTheCallerToo() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      for (Throwable boom : List.of(new StackOverflowError(), new java.io.IOException("boom"))) {
        Throwable thrown =
            assertThrows(Throwable.class, () -> team.run(10, (index, worker) -> sneakyThrow(boom)));
        assertSame(boom, thrown);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneakyThrow(Throwable t) throws T {
    throw (T) t;
  }

  @Test
  void afterAnExceptionTasksThatHadNotBegunAreLeftOut() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      AtomicInteger runs = new AtomicInteger();
      assertThrows(
          IllegalStateException.class,
          () ->
              team.run(
                  1_000_000,
                  (index, worker) -> {
                    runs.incrementAndGet();
                    throw new IllegalStateException();
                  }));
      assertTrue(runs.get() <= 2, runs + " tasks ran");
    }
  }

  @Test
  void aRegionInsideARegionRunsInTheSameThread() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      AtomicInteger runs = new AtomicInteger();
      team.run(
          20,
          (outer, outerWorker) -> {
            Thread here = Thread.currentThread();
            team.run(
                10,
                (inner, worker) -> {
                  assertSame(here, Thread.currentThread());
                  assertEquals(0, worker);
                  runs.incrementAndGet();
                });
          });
      assertEquals(200, runs.get());
    }
  }

  @Test
  void regionsFromSeveralThreadsDoNotDisturbEachOther() throws Exception {
    try (WorkerTeam team = new WorkerTeam(3)) {
      AtomicReference<Throwable> failure = new AtomicReference<>();
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        int[] out = new int[64];
                        for (int round = 1; round <= 2000; round++) {
                          int value = round;
                          team.run(64, (index, worker) -> out[index] += value);
                        }
                        for (int sum : out) {
                          assertEquals(2000 * 2001 / 2, sum);
                        }
                      } catch (Throwable e) {
                        failure.set(e);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertSame(null, failure.get());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void noWakeUpIsLost(int threads) {
    assertTimeoutPreemptively(
        LONG,
        () -> {
          try (WorkerTeam team = new WorkerTeam(threads)) {
            long[] sums = new long[threads];
            long[] plain = new long[1];
            for (int region = 0; region < 30_000; region++) {
              team.run(3, (index, worker) -> sums[worker] += index);
              plain[0] += sums[0]; // what the tasks wrote is visible here
              if (region % 5000 == 0) {
                Thread.sleep(2); // let the helpers park
              }
            }
            long sum = 0;
            for (long s : sums) {
              sum += s;
            }
            assertEquals(30_000L * 3, sum);
          }
        });
  }

  /** Helpers that have parked are woken: two tasks that wait for each other need both threads. */
  @Test
  void parkedHelpersAreWoken() throws Exception {
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (int round = 0; round < 20; round++) {
        awaitParked();
        CountDownLatch both = new CountDownLatch(2);
        team.run(
            2,
            (index, worker) -> {
              both.countDown();
              await(both);
            });
      }
    }
  }

  /** However many there are: each task waits for all others, so each needs a thread. */
  @ParameterizedTest
  @ValueSource(ints = {3, 16, 64})
  void helpersBeyondTheProcessorsAreWokenWhereTheyAreNeeded(int threads) throws Exception {
    try (WorkerTeam team = new WorkerTeam(threads)) {
      for (int tasks = threads; tasks > 1; tasks = tasks * 2 / 3) {
        awaitParked();
        CountDownLatch all = new CountDownLatch(tasks);
        team.run(
            tasks,
            (index, worker) -> {
              all.countDown();
              await(all);
            });
        assertEquals(0, all.getCount());
      }
    }
  }

  @Test
  void noMoreThreadsThanProcessorsAreOfUse() {
    int processors = Runtime.getRuntime().availableProcessors();
    assertEquals(1, WorkerTeam.sizeFor(1));
    assertEquals(1, WorkerTeam.sizeFor(0));
    assertEquals(processors, WorkerTeam.sizeFor(processors));
    assertEquals(processors, WorkerTeam.sizeFor(processors + 1));
    assertEquals(processors, WorkerTeam.sizeFor(Integer.MAX_VALUE));
  }

  /** A helper that would spin on takes a processor from those who still work. */
  @Test
  void aHelperWithNothingLeftToDoParks() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      AtomicReference<Thread> helper = new AtomicReference<>();
      CountDownLatch both = new CountDownLatch(2);
      team.run(
          2,
          (index, worker) -> {
            if (worker == 1) {
              helper.set(Thread.currentThread());
            }
            both.countDown();
            await2(both);
            if (worker == 0) {
              awaitParked(helper.get()); // the region is still open
            }
          });
      for (int round = 0; round < 20; round++) {
        awaitParked(helper.get());
        team.run(2, (index, worker) -> {}); // over, as a rule, before the helper is awake
      }
      awaitParked(helper.get());
    }
  }

  private static void awaitParked(Thread helper) {
    while (helper.getState() != Thread.State.WAITING) {
      Thread.yield();
    }
  }

  /** Two tasks that wait for each other inside it need the helper. */
  @Test
  void aRegionOfOneTaskLeavesTheTeamToThoseInside() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      CountDownLatch both = new CountDownLatch(2);
      team.run(
          1,
          (outer, outerWorker) ->
              team.run(
                  2,
                  (index, worker) -> {
                    both.countDown();
                    await(both);
                  }));
      assertEquals(0, both.getCount());
    }
  }

  private static void awaitParked() throws InterruptedException {
    while (helpers().stream().anyMatch(t -> t.getState() == Thread.State.RUNNABLE)) {
      Thread.sleep(1);
    }
  }

  private static List<Thread> helpers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("lanewise-"))
        .toList();
  }

  @Test
  void closingEndsTheThreadsAndForbidsUse() {
    WorkerTeam team = new WorkerTeam(5);
    AtomicReference<Thread> helper = new AtomicReference<>();
    CountDownLatch all = new CountDownLatch(5);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    team.run(
        5,
        (index, worker) -> {
          threads.add(Thread.currentThread());
          helper.set(Thread.currentThread());
          all.countDown();
          await(all);
        });
    threads.remove(Thread.currentThread());
    assertEquals(4, threads.size());
    assertTrue(threads.stream().allMatch(Thread::isDaemon));
    team.close();
    assertTrue(threads.stream().noneMatch(Thread::isAlive));
    for (int count : new int[] {0, 1, 2}) {
      assertThrows(IllegalStateException.class, () -> team.run(count, (index, worker) -> {}));
    }
    team.close();
    WorkerTeam alone = WorkerTeam.single();
    assertEquals(1, alone.threads());
    alone.close();
    assertThrows(IllegalStateException.class, () -> alone.run(1, (index, worker) -> {}));
  }

  @Test
  void closingWaitsForARunningRegion() throws Exception {
    WorkerTeam team = new WorkerTeam(2);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    Thread user =
        Thread.ofPlatform()
            .start(
                () ->
                    team.run(
                        10,
                        (index, worker) -> {
                          begun.countDown();
                          await(go);
                          runs.incrementAndGet();
                        }));
    begun.await();
    AtomicInteger runsAtClose = new AtomicInteger(-1);
    Thread closer =
        Thread.ofPlatform()
            .start(
                () -> {
                  team.close();
                  runsAtClose.set(runs.get());
                });
    go.countDown();
    user.join();
    closer.join();
    assertEquals(10, runs.get());
    assertEquals(10, runsAtClose.get());
  }

  /**
   * Who closes a team need not race for it with a user who never pauses, and might for long: from
   * then on a region is refused, or runs in its caller alone while the closer has the team.
   */
  @RepeatedTest(10)
  void onceTheCloserWaitsNoFurtherRegionOpens() throws Exception {
    WorkerTeam team = new WorkerTeam(2);
    Thread closer = Thread.ofPlatform().unstarted(team::close);
    team.run(
        2,
        (index, worker) -> {
          if (index == 0) {
            closer.start();
            awaitWaiting(closer);
          }
        });
    Thread user = Thread.currentThread();
    AtomicInteger helped = new AtomicInteger();
    WorkerTeam.Task task =
        (index, worker) -> {
          if (Thread.currentThread() != user) {
            helped.incrementAndGet();
          }
          Thread.yield(); // leaves tasks to a helper
        };
    try {
      while (helped.get() == 0) {
        team.run(100, task);
      }
    } catch (IllegalStateException e) {
      // Refused, as it should be at some time.
    }
    closer.join();
    assertEquals(0, helped.get(), "tasks in a region that opened late");
  }

  /** Until the thread yields in close: nobody else can see that it waits for a region to end. */
  private static void awaitWaiting(Thread closer) {
    while (Arrays.stream(closer.getStackTrace())
        .noneMatch(f -> f.getMethodName().equals("yield"))) {
      Thread.yield();
    }
  }

  @Test
  void anInterruptOfTheCallerIsKept() {
    WorkerTeam team = new WorkerTeam(3);
    Thread.currentThread().interrupt();
    AtomicInteger runs = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      team.run(10, (index, worker) -> runs.incrementAndGet());
    }
    assertEquals(1000, runs.get());
    assertTrue(Thread.currentThread().isInterrupted());
    team.close();
    assertTrue(Thread.interrupted(), "also by close");
  }

  @Test
  void anInterruptedHelperCarriesOn() throws Exception {
    try (WorkerTeam team = new WorkerTeam(2)) {
      CountDownLatch both = new CountDownLatch(2);
      team.run(
          2,
          (index, worker) -> {
            if (worker == 1) {
              Thread.currentThread().interrupt();
            }
            both.countDown();
            await2(both);
          });
      awaitParked();
    }
    assertFalse(Thread.currentThread().isInterrupted());
  }

  private static void await2(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aRegionAllocatesNothing() {
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    AtomicLong last = new AtomicLong();
    WorkerTeam.Task task = (index, worker) -> last.lazySet(index);
    try (WorkerTeam team = new WorkerTeam(3)) {
      long[] ids = team.helperIds();
      assertEquals(2, ids.length);
      long allocated = Long.MAX_VALUE;
      for (int attempt = 0; attempt < 20 && allocated > 0; attempt++) { // the first ones warm up
        long helpersBefore = sum(bean.getThreadAllocatedBytes(ids));
        long callerBefore = bean.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) {
          team.run(8, task);
        }
        allocated = bean.getCurrentThreadAllocatedBytes() - callerBefore;
        allocated += sum(bean.getThreadAllocatedBytes(ids)) - helpersBefore;
      }
      assertEquals(0, allocated);
    }
  }

  private static long sum(long[] values) {
    return Arrays.stream(values).sum();
  }

  @Test
  void impossibleSizesAreRefused() {
    Refusals.assertRefused("threads must be from 1 to 1024, but is 0", () -> new WorkerTeam(0));
    Refusals.assertRefused("1025", () -> new WorkerTeam(1025));
  }

  @Test
  void helpersAreKnownByTheirIds() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      CountDownLatch all = new CountDownLatch(3);
      Set<Long> ids = ConcurrentHashMap.newKeySet();
      team.run(
          3,
          (index, worker) -> {
            ids.add(Thread.currentThread().threadId());
            all.countDown();
            await(all);
          });
      ids.remove(Thread.currentThread().threadId());
      assertEquals(ids, Arrays.stream(team.helperIds()).boxed().collect(Collectors.toSet()));
    }
    assertEquals(0, WorkerTeam.single().helperIds().length);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 64})
  void aTracedTeamRunsEachShareWithTheNumberOfItsOwner(int threads) {
    List<Integer> regions = new ArrayList<>();
    List<long[]> times = new ArrayList<>();
    WorkerTeam.Trace trace =
        (tasks, nanos) -> {
          regions.add(tasks);
          times.add(nanos);
        };
    Thread caller = Thread.currentThread();
    try (WorkerTeam team = WorkerTeam.traced(threads, trace)) {
      assertEquals(threads, team.threads());
      assertEquals(0, team.helperIds().length);
      List<Integer> counts = List.of(2, 3, 16, 17, 100);
      for (int count : counts) {
        List<Integer> workers = new ArrayList<>();
        team.run(
            count,
            (index, worker) -> {
              assertSame(caller, Thread.currentThread());
              assertEquals(workers.size(), index);
              workers.add(worker);
            });
        assertEquals(owners(count, threads), workers);
        for (int worker = 0; worker < threads; worker++) {
          assertTrue(workers.contains(worker) || times.getLast()[worker] == 0);
        }
      }
      team.run(0, (index, worker) -> assertFalse(true));
      assertEquals(counts, regions);
    }
  }

  /** The shares of a team whose workers are all in time: see {@link WorkerTeam}. */
  private static List<Integer> owners(int count, int threads) {
    List<Integer> owners = new ArrayList<>();
    for (int worker = 0; worker < threads; worker++) {
      for (int i = count * worker / threads; i < count * (worker + 1) / threads; i++) {
        owners.add(worker);
      }
    }
    return owners;
  }

  @Test
  void aTracedTeamReportsHowLongEachShareTook() {
    List<long[]> times = new ArrayList<>();
    WorkerTeam team = WorkerTeam.traced(4, (tasks, nanos) -> times.add(nanos));
    long wait = 20_000_000;
    team.run(
        8,
        (index, worker) -> {
          long end = System.nanoTime() + (index == 5 ? wait : 0);
          while (System.nanoTime() < end) {
            Thread.onSpinWait();
          }
        });
    assertEquals(1, times.size());
    assertEquals(4, times.getFirst().length);
    assertTrue(times.getFirst()[2] >= wait, "task 5 is one of worker 2");
    team.run(3, (index, worker) -> assertTrue(worker > 0));
    assertEquals(0, times.getLast()[0], "a worker without a task");
  }

  /** What is inside belongs to the tasks around it, unless there is one alone. */
  @Test
  void aTracedTeamReportsRegionsThatTheTeamOpens() {
    List<Integer> regions = new ArrayList<>();
    WorkerTeam team = WorkerTeam.traced(3, (tasks, nanos) -> regions.add(tasks));
    List<Integer> inside = new ArrayList<>();
    WorkerTeam.Task inner = (index, worker) -> inside.add(worker);
    team.run(2, (index, worker) -> team.run(3, inner));
    assertEquals(List.of(2), regions);
    assertEquals(List.of(0, 0, 0, 0, 0, 0), inside, "in one thread");
    inside.clear();
    team.run(
        1,
        (index, worker) -> {
          assertEquals(0, worker);
          team.run(3, inner);
        });
    assertEquals(List.of(2, 3, 1), regions);
    assertEquals(List.of(0, 1, 2), inside, "by the team");
  }

  @Test
  void aTracedTeamStaysUsableAfterAnException() {
    List<Integer> regions = new ArrayList<>();
    WorkerTeam team = WorkerTeam.traced(2, (tasks, nanos) -> regions.add(tasks));
    RuntimeException boom = new RuntimeException("boom");
    WorkerTeam.Task fails =
        (index, worker) -> {
          throw boom;
        };
    assertSame(boom, assertThrows(RuntimeException.class, () -> team.run(4, fails)));
    team.run(4, (index, worker) -> {});
    assertEquals(List.of(4), regions);
    team.close();
    assertThrows(IllegalStateException.class, () -> team.run(4, (index, worker) -> {}));
    Refusals.assertRefused("is 0", () -> WorkerTeam.traced(0, (tasks, nanos) -> {}));
  }

  @Test
  void theSharedTeamStays() {
    WorkerTeam team = WorkerTeam.shared();
    team.close();
    assertSame(team, WorkerTeam.shared());
    assertEquals(Runtime.getRuntime().availableProcessors(), team.threads());
    AtomicInteger tasks = new AtomicInteger();
    team.run(50, (index, worker) -> tasks.incrementAndGet());
    assertEquals(50, tasks.get());
  }
}
