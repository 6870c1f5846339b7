package dev.lanewise.layers;

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
import java.util.List;
import java.util.Set;

/** Several inputs of one height and width, side by side in the channels. Immutable. */
public final class Concatenate implements Layer {
  private static final Description DESCRIPTION = Description.of("concatenate");

  /** A concatenation; it has no parameters. */
  public Concatenate() {}

  @Override
  public Description description() {
    return DESCRIPTION;
  }

  @Override
  public boolean accepts(int inputs) {
    return inputs >= 1;
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    long channels = 0;
    for (Shape input : inputs) {
      if (input.height() != inputs[0].height() || input.width() != inputs[0].width()) {
        throw new IllegalArgumentException(
            "a concatenation needs inputs of one height and width, but they are "
                + inputs[0]
                + " and "
                + input);
      }
      channels += input.channels();
    }
    if (channels > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a concatenation needs fewer than 2^31 channels, but they are " + channels);
    }
    return new Shape(inputs[0].height(), inputs[0].width(), (int) channels);
  }

  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_X, Trait.IGNORES_Y);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site.inputs().shapes(), site.output());
  }

  @Override
  public String toString() {
    return DESCRIPTION.toString();
  }

  /** One running computation. */
  private record Running(List<Shape> inputs, Shape output) implements Pass {
    /** {@code y[n,h,w] = x[0][n,h,w], x[1][n,h,w], ...}. */
    @Override
    public void forward(Context context, Tensor[] x, Tensor y) {
      int pixels = context.images() * output.height() * output.width();
      for (int i = 0, first = 0; i < x.length; first += inputs.get(i++).channels()) {
        int c = inputs.get(i).channels();
        for (int p = 0; p < pixels; p++) {
          int at = y.offset + p * output.channels() + first;
          System.arraycopy(x[i].data, x[i].offset + p * c, y.data, at, c);
        }
      }
    }

    /** Each channel of dy goes back to where it came from. */
    @Override
    public void backwardData(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
      int pixels = context.images() * output.height() * output.width();
      for (int i = 0, first = 0; i < dx.length; first += inputs.get(i++).channels()) {
        int c = inputs.get(i).channels();
        for (int p = 0; p < pixels && dx[i] != null; p++) {
          int at = dy.offset + p * output.channels() + first;
          System.arraycopy(dy.data, at, dx[i].data, dx[i].offset + p * c, c);
        }
      }
    }
  }
}
