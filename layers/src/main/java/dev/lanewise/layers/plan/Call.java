// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Tensor;

/**
 * A step with the tensors and the pass that it runs on, or with those of some images.
 *
 * @param step what to do
 * @param pass the running computation of its layer; {@code null} for a sum
 * @param elementwise for a sum
 * @param x see {@link Step}; a tensor is {@code null} where the layer has said that it ignores it
 * @param y likewise
 * @param dy likewise
 * @param dx likewise
 */
record Call(
    Step step, Pass pass, Elementwise elementwise, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
  /** An image of the needed modules alone may lack it. */
  private static final boolean FLIGHT_RECORDER =
      ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  void run(Context context) {
    if (FLIGHT_RECORDER && StepEvent.recorded()) {
      StepEvent event = StepEvent.start();
      compute(context);
      event.end(step, context.images());
    } else {
      compute(context);
    }
  }

  private void compute(Context context) {
    switch (step.kind()) {
      case FORWARD -> pass.forward(context, x, y);
      case BACKWARD -> pass.backward(context, x, y, dy, dx);
      case BACKWARD_DATA -> pass.backwardData(context, x, y, dy, dx);
      case BACKWARD_PARAMETERS -> pass.backwardParameters(context, x, y, dy);
      case BACKWARD_SLICE -> {
        pass.addGradients(context, x, dy); // first: dx may be dy
        if (step.wantsData()) {
          pass.backwardData(context, x, y, dy, dx);
        }
      }
      case SUM -> elementwise.axpy(context.images() * step.y().shape().size(), 1f, x[0], y);
    }
  }
}
