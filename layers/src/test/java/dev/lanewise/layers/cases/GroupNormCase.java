// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.GroupNorm;
import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** See {@link GroupNorm}. */
final class GroupNormCase implements LayerCase {
  private static Oracle oracle(GroupNorm layer, double eps, int groups, Shape in) {
    int perGroup = in.channels() / groups;
    return new NormOracle(
        layer, eps, in, i -> i % in.channels() / perGroup, i -> i % in.channels());
  }

  @Override
  public List<Oracle> oracles() {
    return List.of(
        oracle(new GroupNorm(3), 1e-5, 3, Shape.of(4, 5, 6)),
        oracle(new GroupNorm(1).eps(0.5), 0.5, 1, Shape.of(3, 2, 17)),
        oracle(new GroupNorm(2).affine(false), 1e-5, 2, Shape.flat(10)),
        oracle(GroupNorm.instance(), 1e-5, 5, Shape.of(3, 4, 5)),
        oracle(GroupNorm.instance().affine(true), 1e-5, 2, Shape.of(1, 7, 2)));
  }

  @Override
  public List<Said> said() {
    return List.of(
        said(new GroupNorm(2), "group_norm(groups=2)"),
        said(new GroupNorm(4).eps(0.5), "group_norm(groups=4, eps=0.5)"),
        said(new GroupNorm(1).affine(false), "group_norm(groups=1, affine=false)"),
        said(GroupNorm.instance(), "group_norm(instance=true)"),
        said(GroupNorm.instance().affine(true), "group_norm(instance=true, affine=true)"));
  }

  private static Said said(GroupNorm norm, String text) {
    Shape image = Shape.of(4, 3, 4);
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

  /** With the layer normalisations. */
  @Override
  public List<Block> trained() {
    Window same = Window.same(3);
    return List.of(
        new Conv2d(16, same).bias(false),
        new GroupNorm(4),
        new Relu(),
        new Conv2d(24, same),
        LayerNorm.perPixel(),
        new Relu(),
        new AvgPool2d(2),
        new LayerNorm(),
        new Conv2d(6, same),
        GroupNorm.instance(),
        AvgPool2d.global(),
        new Dense(4));
  }
}
