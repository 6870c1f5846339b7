// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import dev.lanewise.engine.Elementwise;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.data.Views;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.plan.Execution;

/** The average of what a network makes of several views of its images. Not thread-safe. */
final class ViewAverage {
  private final Views views;
  private final Shape shape;
  private final int outputs;
  private final Tensor input;
  private final Tensor output;
  private final WorkerTeam team;
  private final Elementwise elementwise;
  private final WorkerTeam.Task copy = this::copy;
  private final Elementwise.Range add = this::add;

  // The running call.
  private int view;
  private Tensor viewed;
  private Tensor answer;

  /**
   * Prepares averages.
   *
   * @param shape of an image
   * @param outputs how many values the network makes of it
   */
  ViewAverage(Views views, Shape shape, int outputs, int maxBatch, WorkerTeam team) {
    this.views = views;
    this.shape = shape;
    this.outputs = outputs;
    this.team = team;
    elementwise = new Elementwise(team);
    input = Tensor.zeros(maxBatch, shape);
    output = Tensor.zeros(maxBatch, outputs);
  }

  /** Where the images go, {@code [maxBatch, H, W, C]}. */
  Tensor input() {
    return input;
  }

  /** The averages, {@code [maxBatch, outputs]}. */
  Tensor output() {
    return output;
  }

  void forward(long step, int batch, Execution execution) {
    viewed = execution.input();
    answer = execution.output();
    elementwise.zero(batch * outputs, output);
    for (view = 0; view < views.count(); view++) {
      team.run(batch, copy);
      execution.forward(step, batch);
      elementwise.run(batch * outputs, add);
    }
  }

  private void copy(int image, int worker) {
    int at = image * shape.size();
    views.copy(view, shape, input.data, input.offset + at, viewed.data, viewed.offset + at);
  }

  private void add(int from, int to) {
    float weight = views.weight(view);
    for (int i = from; i < to; i++) {
      output.data[output.offset + i] += weight * answer.data[answer.offset + i];
    }
  }
}
