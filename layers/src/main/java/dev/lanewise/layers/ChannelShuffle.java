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
import java.util.Set;

/**
 * Mixes the channels of groups, so that a grouped convolution that follows sees something of each
 * group: Zhang, Zhou, Lin and Sun ("ShuffleNet: an extremely efficient convolutional neural network
 * for mobile devices", 2018). The first channels of all groups come first, then the second ones,
 * and so on. Immutable.
 */
public final class ChannelShuffle implements Layer {
  private static final String KIND = "channel_shuffle";

  private final int groups;

  /**
   * A shuffle.
   *
   * @param groups of channels side by side; they have to divide the channels
   * @throws IllegalArgumentException if it is not positive
   */
  public ChannelShuffle(int groups) {
    if (groups < 1) {
      throw new IllegalArgumentException(
          "a shuffle needs a positive number of groups, not " + groups);
    }
    this.groups = groups;
  }

  static ChannelShuffle of(Description description) {
    return new ChannelShuffle(description.integer("groups"));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("groups", groups);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    if (inputs[0].channels() % groups != 0) {
      throw new IllegalArgumentException(
          groups + " groups do not divide " + inputs[0].channels() + " channels");
    }
    return inputs[0];
  }

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

  /** One running computation. A task is a row of pixels of one image. */
  private final class Running implements UnaryPass {
    private final int height;
    private final int width;
    private final int channels;
    private final WorkerTeam team;
    private final WorkerTeam.Task task = this::row;

    // The running call.
    private Tensor from;
    private Tensor to;
    private int rows; // of the matrix of channels that is transposed

    Running(Site site) {
      height = site.input().height();
      width = site.input().width();
      channels = site.input().channels();
      team = site.team();
    }

    /** {@code y[n,h,w, j*groups + g] = x[n,h,w, g*(C/groups) + j]}: a transposed matrix. */
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      transpose(context, x, y, groups);
    }

    /** The way back: {@code dx[n,h,w, g*(C/groups) + j] = dy[n,h,w, j*groups + g]}. */
    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      transpose(context, dy, dx, channels / groups);
    }

    private void transpose(Context context, Tensor from, Tensor to, int rows) {
      this.from = from;
      this.to = to;
      this.rows = rows;
      team.run(context.images() * height, task);
    }

    private void row(int row, int worker) {
      int columns = channels / rows;
      for (int at = row * width * channels, end = at + width * channels; at < end; at += channels) {
        if (rows < columns) {
          for (int r = 0; r < rows; r++) {
            spread(
                columns,
                from.data,
                from.offset + at + r * columns,
                to.data,
                to.offset + at + r,
                rows);
          }
        } else {
          for (int c = 0; c < columns; c++) {
            collect(
                rows, from.data, from.offset + at + c, columns, to.data, to.offset + at + c * rows);
          }
        }
      }
    }
  }

  private static void spread(int n, float[] x, int xAt, float[] y, int yAt, int step) {
    for (int i = 0; i < n; i++) {
      y[yAt + i * step] = x[xAt + i];
    }
  }

  private static void collect(int n, float[] x, int xAt, int step, float[] y, int yAt) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = x[xAt + i * step];
    }
  }
}
