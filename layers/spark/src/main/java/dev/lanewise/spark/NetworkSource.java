// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.models.Models;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Where a network to be trained comes from: by name from the library, or from a model file. */
final class NetworkSource {
  /** Names of the parameter {@code framing}. */
  static final String[] FRAMINGS = {"auto", "crop", "stretch", "digit", "exact"};

  private static final String FILE = ".safetensors";

  private NetworkSource() {}

  static boolean isFile(String network) {
    return network.endsWith(FILE);
  }

  /**
   * A network of the library.
   *
   * @throws LanewiseSparkException if there is none of that name, or not for such images
   */
  static Network named(String name, Shape images, int classes, long seed) {
    if (!Models.names().contains(name)) {
      throw new LanewiseSparkException(
          ("there is no network '" + name + "': there are " + String.join(", ", Models.names()))
              + ", or the path of a model file *"
              + FILE);
    }
    try {
      Network network = Models.named(name, images, classes);
      network.initialize(seed);
      return network;
    } catch (IllegalArgumentException e) {
      throw new LanewiseSparkException(
          "the network '" + name + "' cannot be made: " + e.getMessage(), e);
    }
  }

  /**
   * A model file, with its weights, from any file system that Hadoop knows.
   *
   * @throws LanewiseSparkException if it cannot be read, or is no model file
   */
  static Network file(String file, Map<String, String> settings) {
    Configuration configuration = new Configuration();
    settings.forEach(configuration::set);
    Path path = new Path(file);
    try (var in = path.getFileSystem(configuration).open(path)) {
      return ModelBytes.network(in.readAllBytes());
    } catch (IOException | UncheckedIOException e) {
      throw new LanewiseSparkException(
          "no network can be read from " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The network with values of images normalised first.
   *
   * @param mean of each channel, or one for all; empty for no normalisation
   * @param deviation as many
   */
  static Network normalized(Network network, double[] mean, double[] deviation) {
    if (mean.length == 0 && deviation.length == 0) {
      return network;
    }
    int channels = network.inputShape().channels();
    try {
      Normalize normalize = new Normalize(floats(mean, channels), floats(deviation, channels));
      return network.with(network.preparation().normalize(normalize));
    } catch (IllegalArgumentException e) {
      throw new LanewiseSparkException("mean and std: " + e.getMessage(), e);
    }
  }

  /**
   * A framing by name.
   *
   * @param known that of the network
   */
  static Framing framing(String name, Framing known) {
    return switch (name) {
      case "auto" -> known.mode() == Framing.Mode.EXACT ? Framing.CROP : known;
      case "crop" -> Framing.CROP;
      case "stretch" -> Framing.STRETCH;
      case "digit" -> Framing.DIGIT;
      default -> Framing.EXACT;
    };
  }

  /** The network with pictures framed first. */
  static Network framed(Network network, Framing framing) {
    try {
      return network.with(network.preparation().framing(framing));
    } catch (IllegalArgumentException e) {
      throw new LanewiseSparkException("framing: " + e.getMessage(), e);
    }
  }

  private static float[] floats(double[] values, int channels) {
    float[] floats = new float[values.length == 1 ? channels : values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[values.length == 1 ? 0 : i];
    }
    return floats;
  }
}
