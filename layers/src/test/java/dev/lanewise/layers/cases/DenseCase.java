// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Dense;
import dev.lanewise.layers.graph.Initializer;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.List;
import java.util.Set;

/** See {@link Dense}. */
final class DenseCase implements LayerCase {
  /** x: [N, in], weight: [out, in], bias: [out], y: [N, out]. */
  private static final class Product extends Bilinear {
    private final int in;
    private final int out;

    Product(Dense layer, int in, int out) {
      super(layer, 0, Shape.flat(in));
      this.in = in;
      this.out = out;
    }

    @Override
    public int[] batches() {
      return new int[] {1, 2, 5, 19};
    }

    @Override
    int outputs() {
      return out;
    }

    @Override
    int biases() {
      return out;
    }

    @Override
    void terms(int batch, Term term) {
      for (int n = 0; n < batch; n++) {
        for (int j = 0; j < out; j++) {
          for (int i = 0; i < in; i++) {
            term.at(n * in + i, j * in + i, n * out + j);
          }
        }
      }
    }
  }

  static Oracle oracle(int in, int out) {
    return new Product(new Dense(out), in, out);
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(oracle(13, 9), new Product(new Dense(6).bias(false), 7, 6));
  }

  @Override
  public List<Said> said() {
    Dense dense = new Dense(3);
    return List.of(
        said(dense, "dense(features=3)"),
        said(dense.bias(false), "dense(features=3, bias=false)"),
        said(
            dense.initializer(Initializer.GLOROT_UNIFORM),
            "dense(features=3, initializer=glorot_uniform)"));
  }

  private static Said said(Dense dense, String text) {
    return new Said(dense, text, Set.of(Trait.IGNORES_Y), Shape.flat(3), Shape.flat(8));
  }

  @Override
  public String pytorchWord() {
    return "dense";
  }

  /** Words: dense, length of the input, length of the output. */
  @Override
  public Layer ofPyTorch(String... words) {
    return new Dense(Integer.parseInt(words[2]));
  }
}
