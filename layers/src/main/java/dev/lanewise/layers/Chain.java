package dev.lanewise.layers;

/**
 * The passes of consecutive layers over the same images, one after the other, with rectifiers fused
 * into their neighbours.
 */
final class Chain {
  private final Layer.Pass[] passes;
  private final Tensor[] activations; // [i]: the input of passes[i]; the last: the output
  private final Tensor[] gradients; // likewise; null where nobody needs it
  private final boolean[] forwardFused; // a Relu whose work its neighbours do
  private final boolean[] backwardFused;

  /**
   * @param passes of the layers; those beside a rectifier may take over its work
   * @param rectifiers which of them may be left to their neighbours
   */
  Chain(Layer.Pass[] passes, boolean[] rectifiers, Tensor[] activations, Tensor[] gradients) {
    this.passes = passes;
    this.activations = activations;
    this.gradients = gradients;
    forwardFused = new boolean[passes.length];
    backwardFused = new boolean[passes.length];
    for (int i = 0; i < passes.length; i++) {
      if (rectifiers[i]) {
        fuse(i);
      }
    }
  }

  /** Lets the neighbours of a rectifier do its work. */
  private void fuse(int i) {
    Rectifying before = i > 0 && passes[i - 1] instanceof Rectifying p ? p : null;
    Rectifying behind = i + 1 < passes.length && passes[i + 1] instanceof Rectifying p ? p : null;
    boolean both = behind != null && behind.rectifyInput();
    forwardFused[i] = both || before != null && before.rectifyOutput();
    backwardFused[i] = both || behind != null && behind.rectifyGradient();
  }

  void fixParameters() {
    for (Layer.Pass pass : passes) {
      if (pass instanceof PerImage perImage) {
        perImage.fixParameters();
      }
    }
  }

  void forward(int batch) {
    for (int i = 0; i < passes.length; i++) {
      if (!forwardFused[i]) {
        passes[i].forward(batch, activations[i], activations[i + 1]);
      }
    }
  }

  void backward(int batch) {
    for (int i = passes.length - 1; i >= 0; i--) {
      if (!backwardFused[i]) {
        passes[i].backward(
            batch, activations[i], activations[i + 1], gradients[i + 1], gradients[i]);
      }
    }
  }

  /**
   * {@link #backward} of a lane.
   *
   * @param first the number of the first of these images in the batch
   * @param parameters whether to take part in the gradients of those parameters for which {@link
   *     PerImage#parametersByLanes} allows it, or in none
   */
  void backwardLane(int first, int images, boolean parameters) {
    for (int i = passes.length - 1; i >= 0; i--) {
      PerImage pass = (PerImage) passes[i];
      Tensor x = activations[i];
      Tensor dy = gradients[i + 1];
      if (parameters && pass.parametersByLanes()) {
        pass.addParameters(first, images, x, dy); // first: dx may be dy
      }
      if (!backwardFused[i] && gradients[i] != null) {
        pass.backwardData(images, x, activations[i + 1], dy, gradients[i]);
      }
    }
  }
}
