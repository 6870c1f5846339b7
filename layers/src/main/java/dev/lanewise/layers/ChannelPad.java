// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.Arrays;
import java.util.Set;

/**
 * Channels of zeros before and after those of the input: what makes a shortcut without parameters
 * fit a wider branch in He, Zhang, Ren and Sun ("Deep residual learning for image recognition",
 * 2015, option A). Immutable.
 */
public final class ChannelPad implements Layer {
  private static final String KIND = "channel_pad";

  private final int before;
  private final int after;

  /**
   * A padding of the channels.
   *
   * @param before channels of zeros in front
   * @param after channels of zeros behind
   * @throws IllegalArgumentException if one is negative
   */
  public ChannelPad(int before, int after) {
    if (before < 0 || after < 0) {
      throw new IllegalArgumentException(
          "a channel padding needs at least 0 channels on each side, not "
              + before
              + " and "
              + after);
    }
    this.before = before;
    this.after = after;
  }

  static ChannelPad of(Description description) {
    return new ChannelPad(description.integer("before", 0), description.integer("after", 0));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("before", before, 0).with("after", after, 0);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    Shape in = inputs[0];
    long channels = (long) before + in.channels() + after;
    if (channels > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a channel padding needs fewer than 2^31 channels, but they are " + channels);
    }
    return new Shape(in.height(), in.width(), (int) channels);
  }

  /** The output of a flat input is flat, but its elements are at other places. */
  @Override
  public boolean keepsOrder(Inputs in) {
    return false;
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public String toString() {
    return description().toString();
  }

  /** One running computation. A task is a row of an image. */
  private final class Running implements UnaryPass {
    private final int width;
    private final int rows; // of an image
    private final int narrow; // channels of x
    private final int wide; // channels of y
    private final WorkerTeam team;
    private final WorkerTeam.Task pad = this::pad;
    private final WorkerTeam.Task crop = this::crop;

    // The running call.
    private Tensor from;
    private Tensor to;

    Running(Site site) {
      width = site.input().width();
      rows = site.input().height();
      narrow = site.input().channels();
      wide = site.output().channels();
      team = site.team();
    }

    /** {@code y[n,h,w] = 0, ..., x[n,h,w], ..., 0}. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      from = x;
      to = y;
      team.run(context.images() * rows, pad);
    }

    private void pad(int row, int worker) {
      int x = from.offset + row * width * narrow;
      int y = to.offset + row * width * wide;
      Arrays.fill(to.data, y, y + width * wide, 0);
      for (int w = 0; w < width; w++) {
        System.arraycopy(from.data, x + w * narrow, to.data, y + w * wide + before, narrow);
      }
    }

    /** The channels of zeros are constants: their dy goes nowhere. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      from = dy;
      to = dx;
      team.run(context.images() * rows, crop);
    }

    private void crop(int row, int worker) {
      int dy = from.offset + row * width * wide;
      int dx = to.offset + row * width * narrow;
      for (int w = 0; w < width; w++) {
        System.arraycopy(from.data, dy + w * wide + before, to.data, dx + w * narrow, narrow);
      }
    }
  }
}
