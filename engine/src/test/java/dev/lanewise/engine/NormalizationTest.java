// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static dev.lanewise.engine.testing.Views.at;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.testing.Guards;
import dev.lanewise.engine.testing.Values;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The facade: how work is cut, and what is refused. */
final class NormalizationTest {
  /** Of few channels, whose tables repeat them, of a vector's, and of many. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 33, 64, 700})
  void channelsAreScaled(int channels) {
    SplittableRandom random = new SplittableRandom(channels);
    ChannelScale scale = new ChannelScale(channels);
    assertTrue(scale.width() % channels == 0);
    for (int c = 0; c < channels; c++) {
      scale.set(c, c / 4f, 2 - c, c + 1);
    }
    int pixels = 10_000 / channels;
    float[] x = Values.SPECIAL.guarded(3, pixels * channels, 5, random);
    for (Epilogue epilogue : Epilogue.values()) {
      float[] expected = Guards.array(x.length + 9);
      for (int i = 0; i < pixels * channels; i++) {
        int c = i % channels;
        float y = Math.fma(2 - c, x[3 + i] - c / 4f, c + 1);
        expected[4 + i] = epilogue == Epilogue.RELU ? Math.max(y, 0f) : y;
      }
      for (int threads : new int[] {1, 3}) {
        try (WorkerTeam team = new WorkerTeam(threads)) {
          float[] y = Guards.array(x.length + 9);
          new Normalization(channels, team).scale(0, pixels, scale, epilogue, at(x, 3), at(y, 4));
          Guards.assertSame(expected, y, epilogue + " by " + threads);
        }
      }
    }
  }

  /** What the center loses goes into the offset: 1e8 + 1 is no float. */
  @Test
  void aCenterIsRoundedWithoutLoss() {
    ChannelScale scale = new ChannelScale(1);
    scale.set(0, 1e8 + 1, 2, 0);
    assertEquals(1e8f, scale.center()[0]);
    assertEquals(-2, scale.offset()[0]);
    assertRefused("channels must", () -> new ChannelScale(0));
  }

  /** Over several blocks and tiles, where all sums are exact. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 33, 64, 700})
  void channelsAreAddedUp(int channels) {
    SplittableRandom random = new SplittableRandom(channels);
    int pixels = 200_000 / channels;
    float[] x = Values.INTEGERS.guarded(3, pixels * channels, 5, random);
    float[] dy = Values.INTEGERS.guarded(2, pixels * channels, 5, random);
    long[] sums = new long[channels];
    long[] products = new long[channels];
    long[] squares = new long[channels];
    for (int i = 0; i < pixels * channels; i++) {
      sums[i % channels] += (long) dy[2 + i];
      products[i % channels] += (long) (dy[2 + i] * x[3 + i]);
      squares[i % channels] += (long) (x[3 + i] * x[3 + i]);
    }
    for (int threads : new int[] {1, 3}) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        Normalization normalization = new Normalization(channels, team);
        normalization.sums(0, pixels, at(x, 3), at(dy, 2));
        for (int c = 0; c < channels; c++) {
          assertEquals(sums[c], normalization.sum(c));
          assertEquals(products[c], normalization.product(c));
        }
        normalization.sums(0, pixels, at(x, 3), at(x, 3));
        for (int c = 0; c < channels; c++) {
          assertEquals(squares[c], normalization.product(c));
        }
        normalization.sums(0, 0, at(x, 3), at(dy, 2));
        assertEquals(0, normalization.sum(0));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 700})
  void gradientsAreScaled(int channels) {
    SplittableRandom random = new SplittableRandom(channels);
    ChannelScale scale = new ChannelScale(channels);
    for (int c = 0; c < channels; c++) {
      scale.set(c, c / 4f, 2 - c, c + 1, c / 2f);
    }
    int pixels = 10_000 / channels;
    float[] x = Values.SPECIAL.guarded(3, pixels * channels, 5, random);
    float[] dy = Values.SPECIAL.guarded(1, pixels * channels, 5, random);
    float[] expected = Guards.array(x.length + 9);
    for (int i = 0; i < pixels * channels; i++) {
      int c = i % channels;
      float v = Math.fma(2 - c, x[3 + i] - c / 4f, c + 1);
      expected[4 + i] = Math.fma(c / 2f, dy[1 + i], v);
    }
    for (int threads : new int[] {1, 3}) {
      try (WorkerTeam team = new WorkerTeam(threads)) {
        float[] dx = Guards.array(x.length + 9);
        new Normalization(channels, team)
            .gradient(0, pixels, scale, at(x, 3), at(dy, 1), at(dx, 4));
        Guards.assertSame(expected, dx, threads + " threads");
      }
    }
  }

  /** As in a layer that looks at an image after the other. */
  @Test
  void pixelsFromSomewhereOn() {
    Floats x = Floats.of(1, 2, 3, 4, 5, 6);
    Floats dy = Floats.of(6, 5, 4, 3, 2, 1);
    Normalization n = new Normalization(2, WorkerTeam.single());
    n.sums(1, 2, x, dy);
    assertEquals(4 + 2, n.sum(0));
    assertEquals(3 * 4 + 1 * 6, n.product(1));
    ChannelScale scale = new ChannelScale(2);
    scale.set(0, 1, 2, 3, 4);
    float[] y = new float[6];
    n.scale(2, 1, scale, Epilogue.NONE, x, Floats.of(y));
    assertArrayEquals(new float[] {0, 0, 0, 0, 11, 0}, y);
    n.gradient(1, 1, scale, x, dy, Floats.of(y));
    assertArrayEquals(new float[] {0, 0, 4 * 4 + 2 * 2 + 3, 0, 11, 0}, y);
  }

  @Test
  void argumentsAreCheckedBeforeAnythingIsWritten() {
    Normalization n = new Normalization(2, WorkerTeam.single());
    ChannelScale two = new ChannelScale(2);
    ChannelScale three = new ChannelScale(3);
    Epilogue none = Epilogue.NONE;
    Floats x = Floats.of(new float[10]);
    Floats z = Floats.of(new float[10]);
    float[] out = Guards.array(10);
    Floats y = Floats.of(out);
    assertRefused("channels must", () -> new Normalization(0, WorkerTeam.single()));
    assertRefused("pixels must", () -> n.sums(0, -1, x, x));
    assertRefused("the first pixel must", () -> n.sums(-1, 1, x, x));
    assertRefused("x needs", () -> n.sums(3, 3, x, z));
    assertRefused("x needs", () -> n.sums(0, 5, at(x.data, 1), z));
    assertRefused("dy needs", () -> n.sums(0, 5, x, at(z.data, 1)));
    assertRefused("pixels must", () -> n.scale(0, -1, two, none, x, y));
    assertRefused("for 3 channels, not for 2", () -> n.scale(0, 5, three, none, x, y));
    assertRefused("x needs", () -> n.scale(0, 5, two, none, at(x.data, 1), y));
    assertRefused("y needs", () -> n.scale(0, 5, two, none, x, at(out, 1)));
    assertRefused("overlaps", () -> n.scale(0, 2, two, none, x, at(x.data, 1)));
    assertRefused("pixels must", () -> n.gradient(0, -1, two, x, z, y));
    assertRefused("for 3 channels, not for 2", () -> n.gradient(0, 5, three, x, z, y));
    assertRefused("x needs", () -> n.gradient(0, 5, two, at(x.data, 1), z, y));
    assertRefused("dy needs", () -> n.gradient(0, 5, two, x, at(z.data, 1), y));
    assertRefused("dx needs", () -> n.gradient(0, 5, two, x, z, at(out, 1)));
    assertRefused("overlaps x", () -> n.gradient(0, 2, two, x, z, x));
    assertRefused("overlaps dy", () -> n.gradient(0, 2, two, x, z, at(z.data, 1)));
    Guards.assertSame(Guards.array(10), out, "out");
  }
}
