// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.models;

import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Celu;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Dropout2d;
import dev.lanewise.layers.Elu;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Gelu;
import dev.lanewise.layers.GroupNorm;
import dev.lanewise.layers.HardSigmoid;
import dev.lanewise.layers.HardSwish;
import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Mish;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.PRelu;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Relu6;
import dev.lanewise.layers.Selu;
import dev.lanewise.layers.Sigmoid;
import dev.lanewise.layers.Silu;
import dev.lanewise.layers.Softplus;
import dev.lanewise.layers.Tanh;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.LayerWords.Sides;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A network written as a list of layers, from the first to the last, with commas between them:
 *
 * <pre>{@code
 * conv 32, relu, conv 32, relu, pool, dropout 0.25, dense 128, relu, dense 10
 * }</pre>
 *
 * <p>{@link #usages} lists the layers and what each may be given. Numbers come in the order of
 * PyTorch's constructors, without the number of inputs, which is known:
 *
 * <ul>
 *   <li>{@code conv 64 5 2}: 64 filters of 5x5 with stride 2; without the last two numbers 3x3 with
 *       stride 1. A kernel need not be square: {@code conv 64 3x5}. Zeros around the image keep its
 *       size where the stride is 1, as {@code padding=2} of 5x5 in PyTorch; {@code valid} leaves
 *       them out. {@code nobias} leaves out the bias, as in front of {@code bn}.
 *   <li>{@code depthwise 3 2}: a filter for each channel; 3x3 without a number.
 *   <li>{@code pool 3 2}: the maximum of 3x3 pixels with stride 2; without the last number the
 *       stride is the size, and without both 2. {@code avgpool} likewise.
 *   <li>{@code globalpool}: the mean of each map; {@code globalmaxpool}: the maximum.
 *   <li>{@code dense 128}: 128 outputs; without a number, one for each class. Maps are flattened in
 *       front of it.
 *   <li>{@code dropout 0.25}: 0.5 without a number.
 * </ul>
 *
 * <p>First values are drawn as each layer does by itself. The names of layers and weights are those
 * of the same {@code nn.Sequential} in PyTorch, with an {@code nn.Flatten} where maps are
 * flattened.
 */
public final class LayerList {
  private static final String NO_BIAS = "nobias";
  private static final String VALID = "valid";

  /** Makes a layer. */
  @FunctionalInterface
  private interface Maker {
    Layer make(LayerWords words, Shape in, int classes);
  }

  /**
   * A layer that may be in a list.
   *
   * @param arguments what it may be given, for people
   * @param maker takes that from the words
   */
  private record Entry(String arguments, Maker maker) {}

  private static final Map<String, Entry> LAYERS = new LinkedHashMap<>();

  static {
    String window = "[KERNEL [STRIDE]] [" + VALID + "] [" + NO_BIAS + "]";
    put("conv", "CHANNELS " + window, LayerList::convolution);
    put("depthwise", window, LayerList::depthwise);
    put("bn", "", BatchNorm2d::new);
    put("groupnorm", "GROUPS", (words, in, classes) -> new GroupNorm(words.whole("GROUPS")));
    put("layernorm", "", LayerNorm::new);
    put("relu", "", Relu::new);
    put("relu6", "", Relu6::new);
    put("leakyrelu", "[SLOPE]", LayerList::leakyRelu);
    put("prelu", "", PRelu::new);
    put("elu", "", Elu::new);
    put("celu", "", Celu::new);
    put("selu", "", Selu::new);
    put("gelu", "", Gelu::new);
    put("silu", "", Silu::new);
    put("mish", "", Mish::new);
    put("softplus", "", Softplus::new);
    put("hardswish", "", HardSwish::new);
    put("hardsigmoid", "", HardSigmoid::new);
    put("sigmoid", "", Sigmoid::new);
    put("tanh", "", Tanh::new);
    put("pool", "[SIZE [STRIDE]]", (words, in, classes) -> new MaxPool2d(pooling(words)));
    put("avgpool", "[SIZE [STRIDE]]", (words, in, classes) -> new AvgPool2d(pooling(words)));
    put("globalpool", "", AvgPool2d::global);
    put("globalmaxpool", "", MaxPool2d::global);
    put("dropout", "[P]", (words, in, classes) -> new Dropout(probability(words)));
    put("dropout2d", "[P]", (words, in, classes) -> new Dropout2d(probability(words)));
    put("flatten", "", Flatten::new);
    put("dense", "[FEATURES] [" + NO_BIAS + "]", LayerList::dense);
  }

  private LayerList() {}

  private static void put(String name, String arguments, Supplier<Layer> maker) {
    put(name, arguments, (words, in, classes) -> maker.get());
  }

  private static void put(String name, String arguments, Maker maker) {
    LAYERS.put(name, new Entry(arguments, maker));
  }

  /**
   * The layers that a list may have, and what each may be given.
   *
   * @return such as {@code dense [FEATURES] [nobias]}
   */
  public static List<String> usages() {
    return LAYERS.keySet().stream().map(LayerList::usage).toList();
  }

  /**
   * Whether a text can only be meant as a list, right or wrong: it has several words, or is one of
   * the layers.
   *
   * @param text any text
   * @return whether it is no name
   */
  public static boolean isMeant(String text) {
    String plain = text.strip().toLowerCase(Locale.ROOT);
    return plain.matches("(?s).*[,\\s].*") || LAYERS.containsKey(plain);
  }

  private static String usage(String name) {
    return (name + " " + LAYERS.get(name).arguments).strip();
  }

  /**
   * Makes the network of a list.
   *
   * @param list the layers, in capitals or not
   * @param input the shape of an image
   * @param classes how many outputs a {@code dense} without a number has
   * @return the network, its parameters still zero
   * @throws IllegalArgumentException if the list is not as it should be, or a layer does not take
   *     what comes in; the message names the word, its place, and what was expected
   */
  public static Network network(String list, Shape input, int classes) {
    List<Layer> layers = new ArrayList<>();
    Shape shape = input;
    for (LayerWords words : LayerWords.split(list)) {
      try {
        Layer layer = layer(words, shape, classes);
        if (layer instanceof Dense && !shape.isFlat()) {
          layers.add(new Flatten());
          shape = Shape.flat(shape.size());
        }
        shape = layer.outputShape(shape);
        layers.add(layer);
      } catch (IllegalArgumentException e) {
        throw words.misfit(e);
      }
    }
    return new Network(input, layers);
  }

  /**
   * Checks the words of a list, before it is known which images the network is for.
   *
   * @param list the layers, in capitals or not
   * @throws IllegalArgumentException if the list is not as it should be; the message names the
   *     word, its place, and what was expected
   */
  public static void check(String list) {
    for (LayerWords words : LayerWords.split(list)) {
      try {
        layer(words, Shape.flat(1), 1);
      } catch (IllegalArgumentException e) {
        throw words.misfit(e);
      }
    }
  }

  private static Layer layer(LayerWords words, Shape in, int classes) {
    Entry entry = LAYERS.get(words.name());
    if (entry == null) {
      throw words.unknown(String.join(", ", LAYERS.keySet()));
    }
    words.usage(usage(words.name()));
    Layer layer = entry.maker.make(words, in, classes);
    words.end();
    return layer;
  }

  private static Layer convolution(LayerWords words, Shape in, int classes) {
    int channels = words.whole("CHANNELS");
    Window window = window(words);
    return new Conv2d(channels, window).bias(!words.flag(NO_BIAS));
  }

  private static Layer depthwise(LayerWords words, Shape in, int classes) {
    Window window = window(words);
    return new Conv2d(in.channels(), window).groups(in.channels()).bias(!words.flag(NO_BIAS));
  }

  private static Window window(LayerWords words) {
    Sides kernel = words.sides("KERNEL", 3);
    int stride = words.whole("STRIDE", 1);
    int h = kernel.height();
    int w = kernel.width();
    if (words.flag(VALID)) {
      return Window.valid(h, w).stride(stride);
    }
    return stride == 1 // the two agree, but this one is what the networks of Models have
        ? Window.same(h, w)
        : Window.valid(h, w).stride(stride).padding((h - 1) / 2, h / 2, (w - 1) / 2, w / 2);
  }

  private static Window pooling(LayerWords words) {
    Sides size = words.sides("SIZE", 2);
    int stride = words.whole("STRIDE", 0);
    Window window = Window.valid(size.height(), size.width());
    return stride == 0 ? window.stride(size.height(), size.width()) : window.stride(stride);
  }

  private static double probability(LayerWords words) {
    return words.number("P", 0.5, p -> p >= 0 && p < 1, "from 0 to below 1");
  }

  private static Layer leakyRelu(LayerWords words, Shape in, int classes) {
    return new LeakyRelu(words.number("SLOPE", 0.01, Double::isFinite, "that is finite"));
  }

  private static Layer dense(LayerWords words, Shape in, int classes) {
    int features = words.whole("FEATURES", classes);
    return new Dense(features).bias(!words.flag(NO_BIAS));
  }
}
