// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RandomStreamTest {
  /** Published test values of SplitMix64. */
  @Test
  void theSequenceIsSplitMix64() {
    RandomStream random = new RandomStream(1234567);
    assertEquals(6457827717110365317L, random.nextLong());
    assertEquals(3203168211198807973L, random.nextLong());
    assertEquals(Long.parseUnsignedLong("9817491932198370423"), random.nextLong());
    assertEquals(4593380528125082431L, random.nextLong());
    assertEquals(Long.parseUnsignedLong("16408922859458223821"), random.nextLong());
  }

  @Test
  void theSequenceIsThatOfTheJdk() {
    for (long seed : new long[] {0, 1, -1, 42, Long.MIN_VALUE}) {
      RandomStream random = new RandomStream(seed);
      SplittableRandom jdk = new SplittableRandom(seed);
      for (int i = 0; i < 100; i++) {
        assertEquals(jdk.nextLong(), random.nextLong());
      }
      assertEquals((jdk.nextLong() >>> 11) * 0x1p-53, random.nextDouble());
    }
  }

  /** These sequences are a promise: training runs of the past depend on them. */
  @Test
  void derivedNumbersArePinned() {
    RandomStream random = new RandomStream(42);
    assertArrayEquals(
        new int[] {74, 15, 27, 34, 3, 86, 21, 80},
        IntStream.range(0, 8).map(i -> random.nextInt(100)).toArray());
    int[] values = IntStream.range(0, 10).toArray();
    random.shuffle(values);
    assertArrayEquals(new int[] {7, 8, 0, 4, 2, 6, 9, 1, 5, 3}, values);
    long[] splits = {
      random.split("").nextLong(),
      random.split("initialize").nextLong(),
      random.split(0).nextLong(),
      random.split(7).nextLong()
    };
    long[] expected = {
      -1676526958643116447L, -3528774863820405094L, 2393120886127978526L, -4822407476554897567L
    };
    assertArrayEquals(expected, splits);
    assertEquals(-0.010068551268329876, random.nextGaussian());
  }

  /** Computed by an implementation in Python, from the specification in the class comment. */
  @Test
  void theStreamsOfPurposesAreThoseOfAnotherImplementation() {
    RandomStream seed = new RandomStream(2025);
    assertStream(
        seed.split("initialize"),
        0x319F4B0AC9ED0F49L,
        193,
        0x1.8cfa58564f684p-3,
        -0x1.43dbfa7a8fc73p-1);
    assertStream(
        seed.split("shuffle"),
        0x0DA676903518A98DL,
        53,
        0x1.b4ced206a3150p-5,
        -0x1.4304d539179d7p-2);
    assertStream(
        seed.split("augment"),
        0xCB928963FD998F40L,
        795,
        0x1.972512c7fb331p-1,
        0x1.8efb45de2d764p-1);
    assertStream(
        seed.split("dropout"),
        0x1B0C0F64192D8B4EL,
        105,
        0x1.b0c0f64192d88p-4,
        0x1.5a3e3b3fa6ee9p+0);
    int[] values = IntStream.range(0, 12).toArray();
    new RandomStream(-1).split("shuffle").split(0).shuffle(values);
    assertArrayEquals(new int[] {9, 2, 7, 5, 1, 10, 8, 0, 6, 3, 11, 4}, values);
    RandomStream rejecting = new RandomStream(9);
    assertArrayEquals(
        new int[] {1099022111, 1209078755, 427331701, 1264030928, 184589245, 1040147774},
        IntStream.range(0, 6).map(i -> rejecting.nextInt(3 << 29)).toArray());
  }

  private static void assertStream(
      RandomStream purpose, long bits, int below1000, double uniform, double normal) {
    assertEquals(bits, purpose.split(3).nextLong());
    assertEquals(below1000, purpose.split(3).nextInt(1000));
    assertEquals(uniform, purpose.split(3).nextDouble());
    assertEquals(normal, purpose.split(3).nextGaussian());
  }

  /** Whatever the seed: no number twice, and no linear relation between two purposes. */
  @Test
  void purposesAreIndependent() {
    String[] purposes = {"initialize", "shuffle", "augment", "dropout"};
    int n = 20_000;
    for (long seed : new long[] {0, 1, 2, -1}) {
      Set<Long> seen = new HashSet<>();
      double[][] normal = new double[purposes.length][n];
      for (int p = 0; p < purposes.length; p++) {
        RandomStream purpose = new RandomStream(seed).split(purposes[p]);
        for (int i = 0; i < n; i++) {
          seen.add(purpose.split(i).nextLong());
          normal[p][i] = purpose.split(i).nextGaussian();
        }
      }
      assertEquals(purposes.length * n, seen.size(), "seed " + seed);
      for (int p = 0; p < purposes.length; p++) {
        for (int q = 0; q < p; q++) {
          double sum = 0;
          for (int i = 0; i < n; i++) {
            sum += normal[p][i] * normal[q][i];
          }
          assertEquals(0, sum / n, 5 / Math.sqrt(n), purposes[p] + ", " + purposes[q]);
        }
      }
    }
  }

  @Test
  void aStreamForEachImageDoesNotDependOnThreads() {
    RandomStream dropout = new RandomStream(8).split("dropout");
    float[][] expected = new float[500][7];
    for (int image = 0; image < expected.length; image++) {
      draw(dropout.split(image), expected[image]);
    }
    for (int threads : new int[] {1, 2, 7}) {
      float[][] actual = new float[expected.length][7];
      try (WorkerTeam team = new WorkerTeam(threads)) {
        team.run(expected.length, (image, worker) -> draw(dropout.split(image), actual[image]));
      }
      assertArrayEquals(expected, actual);
    }
  }

  private static void draw(RandomStream random, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
  }

  @Test
  void boundedNumbersAreUniform() {
    RandomStream random = new RandomStream(1);
    for (int bound : new int[] {1, 2, 3, 10, 64, 1000}) {
      int[] counts = new int[bound];
      int draws = 300 * bound;
      for (int i = 0; i < draws; i++) {
        counts[random.nextInt(bound)]++;
      }
      double chiSquare = 0;
      for (int count : counts) {
        chiSquare += (count - 300.0) * (count - 300.0) / 300;
      }
      int freedom = bound - 1;
      assertTrue(chiSquare <= freedom + 5 * Math.sqrt(2 * freedom), bound + ": " + chiSquare);
    }
  }

  /**
   * With a bound of 3 * 2^29 the plain product would give a third of the numbers twice as often.
   */
  @Test
  void largeBoundsAreNotBiased() {
    RandomStream random = new RandomStream(2);
    int bound = 3 << 29;
    int[] counts = new int[3];
    for (int i = 0; i < 30_000; i++) {
      int value = random.nextInt(bound);
      assertTrue(value >= 0 && value < bound);
      counts[value % 3]++;
    }
    for (int count : counts) {
      assertEquals(10_000, count, 500);
    }
    assertThrows(IllegalArgumentException.class, () -> random.nextInt(0));
    assertThrows(IllegalArgumentException.class, () -> random.nextInt(-5));
  }

  @Test
  void momentsOfTheNormalDistribution() {
    RandomStream random = new RandomStream(3);
    int n = 200_000;
    double[] sums = new double[5];
    for (int i = 0; i < n; i++) {
      double z = random.nextGaussian();
      double power = 1;
      for (int m = 1; m <= 4; m++) {
        sums[m] += power *= z;
      }
    }
    assertEquals(0, sums[1] / n, 5 / Math.sqrt(n));
    assertEquals(1, sums[2] / n, 5 * Math.sqrt(2.0 / n));
    assertEquals(0, sums[3] / n, 5 * Math.sqrt(15.0 / n));
    assertEquals(3, sums[4] / n, 5 * Math.sqrt(96.0 / n));
  }

  @Test
  void doublesAreInTheUnitInterval() {
    RandomStream random = new RandomStream(4);
    double sum = 0;
    for (int i = 0; i < 100_000; i++) {
      double u = random.nextDouble();
      assertTrue(u >= 0 && u < 1);
      sum += u;
    }
    assertEquals(0.5, sum / 100_000, 0.005);
  }

  @Test
  void shufflesAreUniformPermutations() {
    RandomStream random = new RandomStream(5);
    int[] many = IntStream.range(0, 1000).toArray();
    random.shuffle(many);
    int[] sorted = many.clone();
    Arrays.sort(sorted);
    assertArrayEquals(IntStream.range(0, 1000).toArray(), sorted);
    assertNotEquals(0, Arrays.compare(many, sorted));
    int[] counts = new int[27];
    for (int i = 0; i < 6000; i++) {
      int[] three = {0, 1, 2};
      random.shuffle(three);
      counts[9 * three[0] + 3 * three[1] + three[2]]++;
    }
    for (int permutation : new int[] {5, 7, 11, 15, 19, 21}) {
      assertEquals(1000, counts[permutation], 150, "permutation " + permutation);
    }
    random.shuffle(new int[0]);
  }

  @Test
  void splittingLeavesTheStreamAsItWas() {
    RandomStream random = new RandomStream(6);
    RandomStream untouched = new RandomStream(6);
    random.split("a").nextLong();
    random.split(1).nextLong();
    assertEquals(untouched.nextLong(), random.nextLong());
  }

  @Test
  void splitStreamsDiffer() {
    Set<Long> seen = new HashSet<>();
    int count = 0;
    for (long seed = 0; seed < 20; seed++) {
      RandomStream random = new RandomStream(seed);
      for (String name : new String[] {"", "a", "b", "ab", "ba", "initialize", "shuffle"}) {
        seen.add(random.split(name).nextLong());
        count++;
      }
      for (long index = -3; index < 20; index++) {
        seen.add(random.split(index).nextLong());
        count++;
      }
      seen.add(random.nextLong());
      seen.add(random.split("a").nextLong()); // depends on the state
      count += 2;
    }
    assertEquals(count, seen.size());
  }

  /** Neighbouring indices give streams without linear relation. */
  @Test
  void splitStreamsAreNotCorrelated() {
    RandomStream random = new RandomStream(7);
    int n = 20_000;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += random.split(i).nextGaussian() * random.split(i + 1).nextGaussian();
    }
    assertEquals(0, sum / n, 5 / Math.sqrt(n));
  }

  /** What a layer draws for an image in a step, without garbage. */
  @Test
  void aStreamStartsAnewWhereSplitsWouldLead() {
    RandomStream random = new RandomStream(7).split("layers");
    RandomStream again = new RandomStream(0);
    for (long step : new long[] {0, 1, 1L << 40}) {
      for (long image : new long[] {0, 1, 59}) {
        again.restart(random.key());
        again.splitInto(again, step);
        again.splitInto(again, image);
        RandomStream expected = random.split(step).split(image);
        for (int i = 0; i < 5; i++) {
          assertEquals(expected.nextLong(), again.nextLong());
        }
      }
    }
  }

  @Test
  void aStreamGoesOnFromItsKey() {
    RandomStream random = new RandomStream(7);
    random.nextLong();
    RandomStream same = new RandomStream(random.key());
    assertEquals(random.split("a").nextLong(), same.split("a").nextLong());
    assertEquals(random.nextLong(), same.nextLong());
  }
}
