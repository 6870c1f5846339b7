// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.cases;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The cases of all layers. */
public final class LayerCases {
  /** One for each layer; {@code LayersTest} makes sure of it. */
  public static final List<LayerCase> ALL =
      List.of(
          new AddCase(),
          new AvgPool2dCase(),
          new BatchNorm2dCase(),
          new CeluCase(),
          new ChannelPadCase(),
          new ChannelShuffleCase(),
          new ConcatenateCase(),
          new Conv2dCase(),
          new ConvTranspose2dCase(),
          new Crop2dCase(),
          new DenseCase(),
          new DropoutCase(),
          new Dropout2dCase(),
          new EluCase(),
          new FlattenCase(),
          new GeluCase(),
          new GroupNormCase(),
          new HardSigmoidCase(),
          new HardSwishCase(),
          new LayerNormCase(),
          new LeakyReluCase(),
          new MaxPool2dCase(),
          new MishCase(),
          new MultiplyCase(),
          new PReluCase(),
          new Pad2dCase(),
          new ReluCase(),
          new Relu6Case(),
          new SeluCase(),
          new SigmoidCase(),
          new SiluCase(),
          new SoftmaxCase(),
          new SoftplusCase(),
          new StochasticDepthCase(),
          new TanhCase(),
          new Upsample2dCase());

  private static final Pattern SPACE = Pattern.compile(" ");

  private LayerCases() {}

  /** What {@link LayerCase#trained} gives, by the kind of the layer. */
  public static Map<String, Network> networks(Shape input) {
    Map<String, Network> networks = new LinkedHashMap<>();
    for (LayerCase each : ALL) {
      List<Block> blocks = each.trained();
      if (!blocks.isEmpty()) {
        networks.put(
            each.said().getFirst().layer().description().kind(), new Network(input, blocks));
      }
    }
    return networks;
  }

  /** The layer of a line of {@code pytorch_cases.py}, such as {@code dense 12 4}. */
  public static Layer ofPyTorch(String line) {
    String[] words = SPACE.split(line);
    for (LayerCase each : ALL) {
      if (each.pytorchWord().equals(words[0])) {
        return each.ofPyTorch(words);
      }
    }
    throw new IllegalArgumentException(line);
  }
}
