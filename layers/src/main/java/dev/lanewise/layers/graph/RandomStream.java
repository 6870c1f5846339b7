// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

/**
 * A specified stream of random numbers: SplitMix64 (Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014). The same seed gives the same numbers on every
 * machine and in every version; tests fix the sequence. With 64-bit arithmetic that wraps around:
 *
 * <pre>
 * G       = 0x9E3779B97F4A7C15
 * mix(z)    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9;  z = (z ^ z >>> 27) * 0x94D049BB133111EB;
 *           z ^ z >>> 31
 * next      state = state + G;  mix(state)             the seed is the first state
 * split     by name:   h = mix(state + G);  for each char c of the name: h = mix(h ^ c * G)
 *           by number: h = mix(mix(state + G) + (number + 1) * G)
 *           h is the seed of the new stream
 * </pre>
 *
 * <p>Purposes do not share a stream: initialisation ({@code "initialize"}), shuffling ({@code
 * "shuffle"}) and drawing each {@link #split} one off by name, so that using more of one leaves the
 * others as they were. Within a purpose a stream is split off for each thing that is drawn: a
 * layer, an epoch, an image. Code that draws for images in several threads gives each image a
 * stream of its own, so that the numbers do not depend on the threads.
 *
 * <p>Not thread-safe, but several threads may split one stream while nobody draws from it.
 */
public final class RandomStream {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  /**
   * Starts a stream.
   *
   * @param seed any value
   */
  public RandomStream(long seed) {
    state = seed;
  }

  /**
   * A stream that depends on this stream's present state and a name, and leaves this stream as it
   * is.
   *
   * @param purpose what the numbers are for
   * @return the new stream
   */
  public RandomStream split(String purpose) {
    long hash = mix(state + GOLDEN_GAMMA);
    for (int i = 0; i < purpose.length(); i++) {
      hash = mix(hash ^ (purpose.charAt(i) * GOLDEN_GAMMA));
    }
    return new RandomStream(hash);
  }

  /**
   * A stream that depends on this stream's present state and a number (an epoch, an image), and
   * leaves this stream as it is.
   *
   * @param index which one
   * @return the new stream
   */
  public RandomStream split(long index) {
    RandomStream stream = new RandomStream(0);
    splitInto(stream, index);
    return stream;
  }

  /**
   * Makes of another stream what {@link #split(long)} returns, without allocating.
   *
   * @param stream the stream to start anew
   * @param index which one
   */
  public void splitInto(RandomStream stream, long index) {
    // A sum: mixing both and combining them evenly would confuse seed 1, index 2 with the reverse.
    stream.state = mix(mix(state + GOLDEN_GAMMA) + (index + 1) * GOLDEN_GAMMA);
  }

  /**
   * Begins again as {@code new RandomStream(key)} does. Allocates nothing.
   *
   * @param key the {@link #key} of a stream
   */
  public void restart(long key) {
    state = key;
  }

  /**
   * This stream as a number: {@code new RandomStream(key)} goes on as this one does.
   *
   * @return the present state
   */
  public long key() {
    return state;
  }

  /**
   * The next 64 random bits.
   *
   * @return any {@code long}, each equally likely
   */
  public long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /**
   * A number below a bound, by Lemire's multiplication ("Fast random integer generation in an
   * interval", 2019) with rejection, so without bias.
   *
   * @param bound positive
   * @return from 0 to {@code bound - 1}
   */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound must be positive, but is " + bound);
    }
    long product = (nextLong() >>> 32) * bound;
    if ((product & 0xFFFFFFFFL) < bound) {
      long threshold = (1L << 32) % bound;
      while ((product & 0xFFFFFFFFL) < threshold) {
        product = (nextLong() >>> 32) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /**
   * A number from the unit interval.
   *
   * @return uniform in [0, 1), a multiple of 2^-53
   */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /**
   * A number of the standard normal distribution, by Marsaglia's polar method (1964).
   *
   * @return mean 0, variance 1
   */
  public double nextGaussian() {
    while (true) {
      double u = 2 * nextDouble() - 1;
      double v = 2 * nextDouble() - 1;
      double s = u * u + v * v;
      if (s > 0 && s < 1) {
        return u * Math.sqrt(-2 * StrictMath.log(s) / s);
      }
    }
  }

  /**
   * Shuffles by Fisher and Yates.
   *
   * @param values permuted in place, each permutation equally likely
   */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
