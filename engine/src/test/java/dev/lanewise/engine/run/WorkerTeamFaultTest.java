// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** After whatever has gone wrong in a thread of a team, its caller knows and the team works. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WorkerTeamFaultTest {
  /** What the JVM itself throws, by doing what leads to it. */
  enum Fault {
    NO_HEAP(OutOfMemoryError.class) {
      @Override
      void happen() {
        List<long[]> all = new ArrayList<>();
        while (true) {
          all.add(new long[1 << 27]); // a gigabyte
        }
      }
    },
    NO_SUCH_ARRAY(OutOfMemoryError.class) {
      @Override
      void happen() {
        sink = new byte[Integer.MAX_VALUE];
      }
    },
    NO_STACK(StackOverflowError.class) {
      @Override
      void happen() {
        happen();
        sink = null;
      }
    },
    EXCEPTION(ArithmeticException.class) {
      @Override
      void happen() {
        sink = 1 / zero;
      }
    };

    static volatile Object sink;
    static volatile int zero;
    final Class<? extends Throwable> type;

    Fault(Class<? extends Throwable> type) {
      this.type = type;
    }

    abstract void happen();
  }

  private static void assertWorks(WorkerTeam team) {
    // As many tasks as threads that wait for each other: every helper must be there.
    CountDownLatch all = new CountDownLatch(team.threads());
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    team.run(
        team.threads(),
        (index, worker) -> {
          seen.add(Thread.currentThread());
          all.countDown();
          await(all);
        });
    assertEquals(team.threads(), seen.size());
  }

  private static void await(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      Thread.yield(); // no more interruptible than a kernel
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aFaultInAHelperReachesTheCaller(Fault fault) {
    try (WorkerTeam team = new WorkerTeam(3)) {
      Thread caller = Thread.currentThread();
      for (int round = 0; round < 3; round++) {
        CountDownLatch all = new CountDownLatch(3);
        AtomicInteger faults = new AtomicInteger();
        assertThrows(
            fault.type,
            () ->
                team.run(
                    3,
                    (index, worker) -> {
                      all.countDown();
                      await(all); // now each thread has one task
                      if (Thread.currentThread() != caller && faults.getAndIncrement() == 0) {
                        fault.happen();
                      }
                    }));
        assertWorks(team);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void faultsInAllThreadsAtOnceAreReportedOnce(Fault fault) {
    try (WorkerTeam team = new WorkerTeam(3)) {
      CountDownLatch all = new CountDownLatch(3);
      assertThrows(
          fault.type,
          () ->
              team.run(
                  3,
                  (index, worker) -> {
                    all.countDown();
                    await(all);
                    fault.happen();
                  }));
      assertWorks(team);
    }
  }

  @Test
  void aFaultInARegionInsideARegionReachesTheCallerOfBoth() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      RuntimeException boom = new RuntimeException("boom");
      RuntimeException thrown =
          assertThrows(
              RuntimeException.class,
              () ->
                  team.run(
                      9,
                      (outer, w) ->
                          team.run(
                              5,
                              (inner, worker) -> {
                                if (outer == 4 && inner == 3) {
                                  throw boom;
                                }
                              })));
      assertSame(boom, thrown);
      assertWorks(team);
    }
  }

  /** Faults of one user's regions stay with that user, whichever thread runs them. */
  @Test
  void aFaultOfOneCallerIsNoneOfTheOthers() throws Exception {
    try (WorkerTeam team = new WorkerTeam(3)) {
      AtomicReference<Throwable> wrong = new AtomicReference<>();
      List<Thread> users = new ArrayList<>();
      for (int user = 0; user < 4; user++) {
        boolean faulty = user % 2 == 0;
        users.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int round = 0; round < 2000; round++) {
                        try {
                          oneRegion(team, faulty);
                        } catch (Throwable e) {
                          wrong.set(e);
                        }
                      }
                    }));
      }
      for (Thread user : users) {
        user.join();
      }
      assertSame(null, wrong.get());
      assertWorks(team);
    }
  }

  private static void oneRegion(WorkerTeam team, boolean faulty) {
    RuntimeException boom = new RuntimeException("mine");
    AtomicInteger runs = new AtomicInteger();
    WorkerTeam.Task task =
        (index, worker) -> {
          runs.incrementAndGet();
          if (faulty && index == 5) {
            throw boom;
          }
        };
    if (faulty) {
      assertSame(boom, assertThrows(RuntimeException.class, () -> team.run(8, task)));
    } else {
      team.run(8, task);
      assertEquals(8, runs.get());
    }
  }

  /** Threads that are interrupted all the time, callers and helpers alike, lose no task. */
  @Test
  void interruptsLoseNothing() throws Exception {
    try (WorkerTeam team = new WorkerTeam(3)) {
      Set<Thread> targets = ConcurrentHashMap.newKeySet();
      targets.add(Thread.currentThread());
      CountDownLatch all = new CountDownLatch(3);
      team.run(
          3,
          (index, worker) -> {
            targets.add(Thread.currentThread());
            all.countDown();
            await(all);
          });
      assertEquals(3, targets.size());
      AtomicInteger interrupts = new AtomicInteger();
      CountDownLatch end = new CountDownLatch(1);
      Thread interrupter =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (end.getCount() > 0) {
                      targets.forEach(Thread::interrupt);
                      interrupts.incrementAndGet();
                    }
                  });
      AtomicInteger runs = new AtomicInteger();
      int regions = 0;
      while (regions < 20_000 || interrupts.get() < 1000) {
        team.run(4, (index, worker) -> runs.incrementAndGet());
        regions++;
      }
      assertTrue(Thread.currentThread().isInterrupted(), "the caller's interrupt is kept");
      end.countDown();
      while (interrupter.isAlive()) {
        Thread.onSpinWait();
      }
      Thread.interrupted();
      assertEquals(4 * regions, runs.get());
      assertWorks(team);
    }
  }

  /** A team that is closed among users who never pause runs a region whole or refuses it. */
  @RepeatedTest(41)
  void closingAmongUsersIsClean() throws Exception {
    WorkerTeam team = new WorkerTeam(3);
    CountDownLatch begun = new CountDownLatch(3);
    AtomicReference<Throwable> wrong = new AtomicReference<>();
    List<Thread> users = new ArrayList<>();
    for (int user = 0; user < 3; user++) {
      users.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    begun.countDown();
                    AtomicInteger runs = new AtomicInteger();
                    int regions = 0;
                    try {
                      while (true) {
                        team.run(7, (index, worker) -> runs.incrementAndGet());
                        regions++;
                      }
                    } catch (IllegalStateException e) {
                      if (runs.get() != 7 * regions) {
                        wrong.set(new AssertionError(runs + " tasks in " + regions, e));
                      }
                    } catch (Throwable e) {
                      wrong.set(e);
                    }
                  }));
    }
    begun.await();
    team.close();
    for (Thread user : users) {
      user.join();
    }
    assertSame(null, wrong.get());
  }

  @Test
  void closingAfterAFaultEndsTheThreads() {
    WorkerTeam team = new WorkerTeam(3);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch all = new CountDownLatch(3);
    assertThrows(
        OutOfMemoryError.class,
        () ->
            team.run(
                3,
                (index, worker) -> {
                  threads.add(Thread.currentThread());
                  all.countDown();
                  await(all);
                  Fault.NO_SUCH_ARRAY.happen();
                }));
    team.close();
    threads.remove(Thread.currentThread());
    assertEquals(2, threads.size());
    for (Thread thread : threads) {
      assertFalse(thread.isAlive());
    }
    assertThrows(IllegalStateException.class, () -> team.run(2, (index, worker) -> {}));
  }
}
