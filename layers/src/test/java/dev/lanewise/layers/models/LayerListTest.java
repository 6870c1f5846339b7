// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerListTest {
  private static final Shape MNIST = Shape.of(28, 28, 1);

  @Test
  void theNetworksOfTheApplicationCanBeWrittenSo() {
    assertEquals(
        kinds(Models.simple(MNIST, 10)), kinds(list("conv 8, relu, pool 2, flatten, dense 10")));
    assertEquals(
        kinds(Models.complex(MNIST, 10)),
        kinds(
            list(
                "Conv 32, ReLU, conv 32 3, relu, pool,"
                    + "conv 64 3x3 1, relu, conv 64, relu, pool 2 2, dense 128, relu, dense")));
  }

  /** But for the first values of the last layer, which those networks draw by Glorot's rule. */
  private static List<String> kinds(Network network) {
    return network.nodes().stream()
        .map(node -> node.toString().replaceAll(", initializer=glorot_uniform", ""))
        .toList();
  }

  private static Network list(String list) {
    return LayerList.network(list, MNIST, 10);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          conv 4                  | [28, 28, 4] | conv2d(channels=4, kernel=[3, 3], same=true)
          conv 4 5x1 valid        | [24, 28, 4] | conv2d(channels=4, kernel=[5, 1])
          conv 4 3 2              | [14, 14, 4] | conv2d(channels=4, kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1])
          conv 4 4 3 nobias       | [10, 10, 4] | conv2d(channels=4, kernel=[4, 4], stride=[3, 3], padding=[1, 2, 1, 2], bias=false)
          conv 4 4 3 valid nobias | [9, 9, 4]   | conv2d(channels=4, kernel=[4, 4], stride=[3, 3], bias=false)
          depthwise               | [28, 28, 1] | conv2d(channels=1, kernel=[3, 3], same=true)
          pool                    | [14, 14, 1] | max_pool2d(kernel=[2, 2], stride=[2, 2])
          pool 3 2                | [13, 13, 1] | max_pool2d(kernel=[3, 3], stride=[2, 2])
          avgpool 2x4             | [14, 7, 1]  | avg_pool2d(kernel=[2, 4], stride=[2, 4])
          globalpool              | [1, 1, 1]   | avg_pool2d(global=true)
          globalmaxpool           | [1, 1, 1]   | max_pool2d(global=true)
          dropout                 | [28, 28, 1] | dropout(p=0.5)
          dropout2d 0.25          | [28, 28, 1] | dropout2d(p=0.25)
          leakyrelu 0.2           | [28, 28, 1] | leaky_relu(slope=0.2)
          groupnorm 1             | [28, 28, 1] | group_norm(groups=1)
          dense                   | [1, 1, 10]  | dense(features=10)
          dense 7 nobias          | [1, 1, 7]   | dense(features=7, bias=false)
          """)
  void whatALayerIsGiven(String layer, String shape, String description) {
    Network network = list(layer);

    assertEquals(shape, network.outputShape().toString());
    assertEquals(description, network.nodes().getLast().layer().description().toString());
  }

  @Test
  void aDepthwiseConvolutionHasAFilterForEachChannel() {
    Network network = list("conv 6, bn, depthwise 5 2, relu6, globalpool, dense 3");

    assertArrayEquals(new int[] {5, 5, 1, 6}, network.parameters().get("2.weight").value().dims());
    assertEquals(Shape.of(14, 14, 6), network.nodes().get(2).shape());
    // Already flat: nothing is put in front of the dense layer.
    assertArrayEquals(new int[] {3, 6}, network.parameters().get("5.weight").value().dims());
  }

  @Test
  void everyLayerThatIsOfferedCanBeMade() {
    for (String usage : LayerList.usages()) {
      String least = usage.replaceAll(" \\[.*", "").replaceAll(" [A-Z]+", " 1");
      assertEquals(1, list("conv 1, " + least).nodes().size() - (least.equals("dense") ? 2 : 1));
    }
  }

  @Test
  void theDocumentListsThem() throws IOException {
    String document = Files.readString(Path.of("..", "docs", "commands.md"));

    for (String usage : LayerList.usages()) {
      assertTrue(document.contains("`" + usage + "`"), usage);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          ""                      | the list of layers is empty, expected such as 'conv 8, relu, pool 2, dense 10'
          conv 8,, relu           | at character 8 of the list of layers there is none, expected one
          conv 8, relu,           | at character 14 of the list of layers there is none, expected one
          conv 8,  pol 2, dense 3 | 'pol' at character 10: there is no such layer, expected one of conv, depthwise, bn,
          conv                    | 'conv' at character 1: CHANNELS is missing, expected conv CHANNELS [KERNEL [STRIDE]] [valid] [nobias]
          relu, conv x8           | 'x8' at character 12: expected CHANNELS, a whole number from 1 to 1000000, in conv CHANNELS
          conv 0                  | '0' at character 6: expected CHANNELS
          conv 1000001            | '1000001' at character 6: expected CHANNELS
          conv 99999999999        | '99999999999' at character 6: expected CHANNELS
          conv 8 3x               | '3x' at character 8: expected KERNEL, such as 3 or 3x5, in conv
          conv 8 0x3              | '0x3' at character 8: expected KERNEL
          conv 8 3 2 1            | '1' at character 12: there is no place for it in conv CHANNELS
          conv 8 nobias valid     | 'valid' at character 15: there is no place for it in conv
          relu 6                  | '6' at character 6: there is no place for it in relu
          dropout 1               | '1' at character 9: expected P, a number from 0 to below 1, in dropout [P]
          dropout NaN             | 'nan' at character 9: expected P
          leakyrelu steep         | 'steep' at character 11: expected SLOPE, a number that is finite
          conv 3, groupnorm 2     | 'groupnorm 2' at character 9:
          pool 4, pool 4, pool 4  | 'pool 4' at character 17:
          conv 8 999999x999999    | 'conv 8 999999x999999' at character 1:
          """)
  void saysWhatIsWrongWhereAndWhatIsExpected(String list, String message) {
    String said = assertThrows(IllegalArgumentException.class, () -> list(list)).getMessage();

    assertTrue(said.startsWith(message), said);
    boolean ofShapes = message.matches("'(groupnorm 2|pool 4)' at .*");
    if (ofShapes) {
      LayerList.check(list);
    } else {
      String early =
          assertThrows(IllegalArgumentException.class, () -> LayerList.check(list)).getMessage();
      assertEquals(said, early);
    }
  }

  @Test
  void aModelIsANameOrAList() {
    assertEquals("simple", kindOf("simple"));
    assertEquals("list", kindOf("dense"));
    assertEquals("list", kindOf("conv 8"));
    assertEquals("list", kindOf("relu,dense"));
    for (String neither : new String[] {"", "large"}) {
      String said =
          assertThrows(IllegalArgumentException.class, () -> Models.of(neither, MNIST, 10))
              .getMessage();
      assertTrue(said.startsWith("there is no network '" + neither + "', expected one of"), said);
    }
  }

  private static String kindOf(String model) {
    String nodes = Models.of(model, MNIST, 10).nodes().toString();
    return nodes.equals(Models.simple(MNIST, 10).nodes().toString()) ? "simple" : "list";
  }
}
