package dev.lanewise.mnist;

import dev.lanewise.layers.Models;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Shape;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.io.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/** The networks that can be chosen by name. */
enum Model {
  SIMPLE("4.weight"),
  COMPLEX("11.weight");

  /** The key of the model's name in the metadata of a weight file. */
  static final String METADATA_KEY = "lanewise.model";

  private final String ownTensor;

  Model(String ownTensor) {
    this.ownTensor = ownTensor;
  }

  /**
   * Reads a name from the command line.
   *
   * @param name in capitals or not
   * @return the network
   * @throws TypeConversionException if there is none of that name
   */
  static Model parse(String name) {
    for (Model model : values()) {
      if (model.toString().equalsIgnoreCase(name)) {
        return model;
      }
    }
    throw new TypeConversionException(
        "expected one of " + Arrays.toString(values()) + ", but is '" + name + "'");
  }

  /**
   * Builds the network, not yet initialised.
   *
   * @param input the shape of one image
   * @param classes how many there are
   * @return the network
   * @throws IllegalArgumentException if the images are too small for it
   */
  Network build(Shape input, int classes) {
    return this == SIMPLE ? Models.simple(input, classes) : Models.complex(input, classes);
  }

  /**
   * Finds out which network saved weights are for: from what {@code train} notes in the file, else
   * from a tensor that only one of the networks has.
   *
   * @param weights a safetensors file
   * @return the network
   * @throws DataException if it is no such file, or for neither network
   * @throws IOException if it cannot be read
   */
  static Model of(Path weights) throws IOException {
    Safetensors file = Safetensors.read(weights);
    for (Model model : values()) {
      if (model.toString().equals(file.metadata().get(METADATA_KEY))) {
        return model;
      }
    }
    for (Model model : values()) {
      if (file.tensors().containsKey(model.ownTensor)) {
        return model;
      }
    }
    throw new DataException(
        weights,
        "the weights are of another network: expected a tensor '%s' (simple) or '%s' (complex)"
            .formatted(SIMPLE.ownTensor, COMPLEX.ownTensor));
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
