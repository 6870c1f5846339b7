// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Shape;
import java.util.List;
import java.util.Objects;

/**
 * How images are prepared for a network, and what its answers mean: with the network this is all
 * that a prediction needs, and a model file keeps it. Immutable.
 *
 * <p>Images are grey or coloured as the network takes 1 or 3 channels.
 *
 * @param framing how pictures become images of the size that the network takes; {@link
 *     Framing#EXACT} if nothing is known
 * @param normalize what is done to the values, which are from 0 to 1 for pictures; {@code null} for
 *     nothing
 * @param classNames what the outputs are called; empty if they have no names
 * @param views the views of an image whose outputs a prediction averages
 */
public record Preparation(
    Framing framing, Normalize normalize, List<String> classNames, Views views) {
  /** Nothing is done and nothing known, as for a network from elsewhere. */
  public static final Preparation NONE = new Preparation(Framing.EXACT, null, List.of());

  /** Copies the names. */
  public Preparation {
    Objects.requireNonNull(framing);
    Objects.requireNonNull(views);
    classNames = List.copyOf(classNames);
  }

  /**
   * A preparation of single views.
   *
   * @param framing how pictures become images of the size that the network takes
   * @param normalize what is done to the values; {@code null} for nothing
   * @param classNames what the outputs are called; empty if they have no names
   */
  public Preparation(Framing framing, Normalize normalize, List<String> classNames) {
    this(framing, normalize, classNames, Views.ONE);
  }

  /**
   * What the images that are trained on say: their {@linkplain Normalize#of normalisation} and the
   * names of their classes.
   *
   * @param train the images
   * @param team the threads to use
   * @return the preparation, for pictures of the right size
   * @throws IllegalArgumentException if there are no images, or a value is not finite
   */
  public static Preparation of(Dataset train, WorkerTeam team) {
    return new Preparation(Framing.EXACT, Normalize.of(train, team), train.classNames());
  }

  /**
   * The same with another framing.
   *
   * @param framing how pictures become images
   * @return the preparation
   */
  public Preparation framing(Framing framing) {
    return new Preparation(framing, normalize, classNames, views);
  }

  /**
   * The same with another normalisation.
   *
   * @param normalize what is done to the values; {@code null} for nothing
   * @return the preparation
   */
  public Preparation normalize(Normalize normalize) {
    return new Preparation(framing, normalize, classNames, views);
  }

  /**
   * The same with other names.
   *
   * @param classNames what the outputs are called; empty if they have no names
   * @return the preparation
   */
  public Preparation classNames(List<String> classNames) {
    return new Preparation(framing, normalize, classNames, views);
  }

  /**
   * The same with other views.
   *
   * @param views the views of an image whose outputs a prediction averages
   * @return the preparation
   */
  public Preparation views(Views views) {
    return new Preparation(framing, normalize, classNames, views);
  }

  /**
   * What is done to images on their way into the network.
   *
   * @param first what is done before, such as augmentation
   * @return both, the normalisation last
   */
  public Transform after(Transform first) {
    return normalize == null ? first : first.then(normalize);
  }

  /**
   * Makes an image of a picture, as a data set hands it out: not normalised yet.
   *
   * @param picture the picture
   * @param shape the shape of the image
   * @return values from 0 to 1, {@code [H, W, C]}
   * @throws IllegalArgumentException if the picture has another size and the framing does not
   *     change that, or the shape another number of channels than 1 and 3
   */
  public float[] image(Picture picture, Shape shape) {
    byte[] pixels = framing.image(picture, shape);
    float[] image = new float[pixels.length];
    Pixels.toFloats(pixels, 0, image, 0, pixels.length);
    return image;
  }

  /**
   * How pictures of any size become images: as {@link #framing} says, and where that knows the
   * right size alone, grey ones as MNIST's digits were framed, and coloured ones cropped.
   *
   * @param shape the shape of the images
   * @return the framing, never {@link Framing.Mode#EXACT}
   */
  public Framing framingOfAnySize(Shape shape) {
    if (framing.mode() != Framing.Mode.EXACT) {
      return framing;
    }
    return shape.channels() == 1 ? Framing.DIGIT : Framing.CROP.background(framing.background());
  }

  /**
   * Checks that this can be said of a network.
   *
   * @param input the shape of the images that it takes
   * @param outputs how many outputs it has for each
   * @throws IllegalArgumentException if the normalisation is for another number of channels, the
   *     framing makes no such images, views are shifted out of them, or there are names, but not
   *     one for each output
   */
  public void requireFit(Shape input, int outputs) {
    if (normalize != null) {
      normalize.requireFit(input);
    }
    if (framing.mode() != Framing.Mode.EXACT) {
      framing.requireMakes(input);
    }
    views.requireFit(input);
    if (!classNames.isEmpty() && classNames.size() != outputs) {
      throw new IllegalArgumentException(
          "there are "
              + classNames.size()
              + " class names, but the network has "
              + outputs
              + " outputs");
    }
  }
}
