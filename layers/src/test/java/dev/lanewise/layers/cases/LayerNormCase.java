// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** See {@link LayerNorm}. It is trained with {@link GroupNormCase}. */
final class LayerNormCase implements LayerCase {
  private static Oracle whole(LayerNorm layer, double eps, Shape in) {
    return new NormOracle(layer, eps, in, i -> 0, i -> i);
  }

  private static Oracle perPixel(LayerNorm layer, double eps, Shape in) {
    return new NormOracle(layer, eps, in, i -> i / in.channels(), i -> i % in.channels());
  }

  @Override
  public List<Oracle> oracles() {
    LayerNorm whole = new LayerNorm();
    LayerNorm pixel = LayerNorm.perPixel();
    return List.of(
        whole(whole, 1e-5, Shape.of(3, 4, 5)),
        whole(whole.eps(0.5), 0.5, Shape.flat(19)),
        whole(whole.affine(false), 1e-5, Shape.of(2, 3, 2)),
        perPixel(pixel, 1e-5, Shape.of(3, 2, 21)),
        perPixel(pixel.eps(0.1), 0.1, Shape.of(2, 2, 3)),
        perPixel(pixel.affine(false), 1e-5, Shape.flat(8)));
  }

  @Override
  public List<Said> said() {
    return List.of(
        said(new LayerNorm(), "layer_norm"),
        said(LayerNorm.perPixel(), "layer_norm(per_pixel=true)"),
        said(new LayerNorm().eps(0.5), "layer_norm(eps=0.5)"),
        said(new LayerNorm().affine(false), "layer_norm(affine=false)"));
  }

  private static Said said(LayerNorm norm, String text) {
    Shape image = Shape.of(4, 3, 2);
    Set<Trait> traits = Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y, Trait.FUSES_RELU_AFTER);
    return new Said(norm, text, traits, image, image);
  }

  /** Only backward needs x. */
  @Override
  public Set<Trait> inferenceTraits(Said said) {
    Set<Trait> traits = EnumSet.of(Trait.IN_PLACE);
    traits.addAll(said.traits());
    return traits;
  }
}
