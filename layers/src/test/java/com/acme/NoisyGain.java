// SPDX-License-Identifier: Apache-2.0
package com.acme;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A layer of a user, with some of everything: {@code y = weight * x + offset + noise}, with a
 * weight that is trained and an offset that is not for each channel, and in a training a noise for
 * each channel of an image. Images are independent of one another, and ReLUs next to it are its
 * own. Counts the passes that were made for slices.
 */
final class NoisyGain implements Layer {
  static final String KIND = "acme.noisy_gain";
  static final AtomicInteger SLICES = new AtomicInteger();

  private final double noise;

  NoisyGain(double noise) {
    this.noise = noise;
  }

  static NoisyGain of(Description description) {
    return new NoisyGain(description.number("noise", 0));
  }

  @Override
  public Description description() {
    return Description.of(KIND).with("noise", noise, 0.0);
  }

  @Override
  public Shape outputShape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public List<TensorSpec> parameters(Inputs in) {
    return List.of(TensorSpec.of("weight", in.shape().channels()).ones());
  }

  @Override
  public List<TensorSpec> buffers(Inputs in) {
    return List.of(TensorSpec.of("offset", in.shape().channels()));
  }

  /** IN_PLACE it cannot be: the gradient of the weight reads x. */
  @Override
  public Set<Trait> traits(Mode mode, Inputs in) {
    return Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER, Trait.FUSES_GATE);
  }

  @Override
  public Pass newPass(Site site) {
    return new Running(site);
  }

  @Override
  public Pass newSlicePass(Pass whole, Site site) {
    SLICES.incrementAndGet();
    return newPass(site);
  }

  private final class Running implements UnaryPass {
    private final Shape shape;
    private final Tensor weight;
    private final Tensor dWeight;
    private final Tensor offset;
    private final long key;
    private final boolean rectified;
    private final boolean gated;
    private final double amplitude;

    Running(Site site) {
      shape = site.input();
      weight = site.parameter("weight").value();
      dWeight = site.parameter("weight").grad();
      offset = site.buffer("offset");
      key = site.key();
      rectified = site.epilogue() == Epilogue.RELU;
      gated = site.gated();
      amplitude = site.mode() == Mode.TRAINING ? noise : 0;
    }

    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      for (int image = 0; image < context.images(); image++) {
        RandomStream random = context.random(key, image);
        for (int c = 0; c < shape.channels(); c++) {
          float b = offset.data[offset.offset + c] + (float) (amplitude * random.nextDouble());
          for (int i = image * shape.size() + c;
              i < (image + 1) * shape.size();
              i += shape.channels()) {
            float value = Math.fma(weight.data[weight.offset + c], x.data[x.offset + i], b);
            y.data[y.offset + i] = rectified ? Math.max(value, 0f) : value;
          }
        }
      }
    }

    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      for (int i = 0; i < context.images() * shape.size(); i++) {
        float value = weight.data[weight.offset + i % shape.channels()] * dy.data[dy.offset + i];
        dx.data[dx.offset + i] = gated && x.data[x.offset + i] <= 0 ? 0 : value;
      }
    }

    @Override
    public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
      for (int i = 0; i < context.images() * shape.size(); i++) {
        dWeight.data[dWeight.offset + i % shape.channels()] +=
            x.data[x.offset + i] * dy.data[dy.offset + i];
      }
    }
  }
}
