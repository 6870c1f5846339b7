package dev.lanewise.layers.loss;

import dev.lanewise.engine.CrossEntropy;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;

/**
 * Softmax and cross-entropy over the logits of a classifier, fused. With p = softmax(logits):
 *
 * <pre>
 * loss    = -log p[label] = log(sum over j of exp(z[j])) - z[label]
 * dLogits = (p - onehot(label)) / N      the gradient of the mean loss of a batch of N
 * </pre>
 *
 * <p>Finite for any finite logits. The targets are labels from 0 to classes - 1, where classes is
 * the size of an output.
 */
public final class SoftmaxCrossEntropy implements Loss {
  /** The loss of a classifier. */
  public SoftmaxCrossEntropy() {}

  @Override
  public Loss.Pass newPass(Shape output, int maxBatch) {
    return new Pass(output.size(), maxBatch);
  }

  /** One running computation. */
  private static final class Pass implements Loss.Pass {
    private final int maxBatch;
    private final int classes;
    private final Tensor work; // [maxBatch, classes]

    Pass(int classes, int maxBatch) {
      if (maxBatch < 1) {
        throw new IllegalArgumentException("maxBatch must be positive, but is " + maxBatch);
      }
      this.maxBatch = maxBatch;
      this.classes = classes;
      work = Tensor.zeros(maxBatch, classes);
    }

    @Override
    public double forward(int batch, Tensor logits, Targets targets) {
      checkBatch(batch, "logits", logits);
      return compute(batch, logits, targets, work, 0f);
    }

    @Override
    public double forwardBackward(int batch, Tensor logits, Targets targets, Tensor dLogits) {
      checkBatch(batch, "logits", logits);
      checkBatch(batch, "dLogits", dLogits);
      return compute(batch, logits, targets, dLogits, 1f / Math.max(1, batch));
    }

    private double compute(int batch, Tensor z, Targets targets, Tensor dz, float scale) {
      return CrossEntropy.forwardBackward(batch, classes, z, targets.labels(), dz, scale);
    }

    /** The array behind a tensor may be longer: the engine would not notice. */
    private void checkBatch(int batch, String name, Tensor tensor) {
      int most = Math.min(maxBatch, tensor.size() / classes);
      if (batch < 0 || batch > most) {
        throw new IllegalArgumentException(
            ("batch must be from 0 to " + most + " for " + name + " " + tensor)
                + (" of " + classes + " classes, but is " + batch));
      }
    }
  }
}
