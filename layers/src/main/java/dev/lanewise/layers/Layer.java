package dev.lanewise.layers;

import dev.lanewise.engine.run.Workspace;
import java.util.List;

/**
 * One step of a network: a function from feature maps to feature maps and, written out by hand, its
 * derivative.
 *
 * <p>A layer holds its parameters, which all passes share. Whatever belongs to one running
 * computation (workspaces, the argmax of a pooling) is in a {@link Pass}, so that one network can
 * serve many threads, each with a pass of its own. Implementations in this package keep {@code
 * backward} right under {@code forward}, with the equations of both.
 */
public interface Layer {
  /**
   * The shape that this layer makes of an input.
   *
   * @param input the shape of one input image, {@code [H, W, C]}
   * @return the shape of one output
   * @throws IllegalArgumentException if the layer does not accept {@code input}; the message says
   *     what it expects
   */
  Shape outputShape(Shape input);

  /**
   * The trained tensors.
   *
   * @return parameters in the order of the model file; empty for a layer without any
   */
  default List<Parameter> parameters() {
    return List.of();
  }

  /**
   * Draws initial parameters.
   *
   * @param random the only source of randomness to be used
   */
  default void initialize(RandomStream random) {}

  /**
   * Whether this layer can work in place: a pass may then be given a {@code y} that is the same
   * elements as {@code x}, and a {@code dx} that is the same as {@code dy}. Its backward must not
   * read {@code x}. Not asked of a layer with parameters.
   *
   * @return false unless the layer says otherwise
   */
  default boolean inPlace() {
    return false;
  }

  /**
   * Whether {@link Pass#backward} reads {@code y}. Where it does not, a layer behind this one may
   * work in place and overwrite {@code y}.
   *
   * @return true unless the layer says otherwise
   */
  default boolean backwardReadsOutput() {
    return true;
  }

  /**
   * Prepares one running computation: everything it needs is allocated here, or when it first meets
   * a batch of that size.
   *
   * @param input the shape of one input image
   * @param maxBatch the largest batch that will be passed
   * @param workspace the threads to use, and scratch memory that all layers of a pass share
   * @return the pass; not thread-safe
   */
  Pass newPass(Shape input, int maxBatch, Workspace workspace);

  /**
   * A running computation of one layer. Allocates nothing once a batch of the largest size has gone
   * both ways. Not thread-safe.
   */
  interface Pass {
    /**
     * Computes {@code y} from {@code x}.
     *
     * @param batch the number of images, from 0 to {@code maxBatch}
     * @param x the input, {@code [batch, H, W, C]}; unchanged unless y is the same
     * @param y the output, {@code [batch, OH, OW, OC]}; overwritten
     */
    void forward(int batch, Tensor x, Tensor y);

    /**
     * Computes {@code dx} from {@code dy} and adds to the gradients of the layer's parameters.
     * {@code x} and {@code y} are those of the last {@link #forward}.
     *
     * @param batch the number of images, as in the last {@code forward}
     * @param x the input of the forward pass; unchanged
     * @param y the output of the forward pass; unchanged
     * @param dy the gradient of the loss with respect to {@code y}; unchanged unless dx is the same
     * @param dx the gradient of the loss with respect to {@code x}, overwritten; or {@code null}
     *     when nobody needs it, as for the images
     */
    void backward(int batch, Tensor x, Tensor y, Tensor dy, Tensor dx);
  }
}
