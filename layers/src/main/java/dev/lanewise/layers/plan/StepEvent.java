// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Node;
import java.util.Locale;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * What Java's Flight Recorder learns of a step: its layer, how long it took and how much it
 * computed. Where slices of a batch run, there is an event for each slice, in the thread that ran
 * it. Off unless a recording enables {@code dev.lanewise.Step}.
 */
@Name("dev.lanewise.Step")
@Label("Step of a Plan")
@Category("Lanewise")
@Description("One layer, forward or backward, for a batch or a slice of it")
@Enabled(false)
@StackTrace(false)
final class StepEvent extends Event {
  /** Asked whether events are recorded, so that none is made where they are not. */
  private static final StepEvent PROBE = new StepEvent();

  @Label("Layer")
  String layer;

  @Label("Kind of Layer")
  String kind;

  @Label("Step")
  @Description("forward, backward, backward_data, backward_parameters, backward_slice or sum")
  String step;

  @Label("Output Shape")
  @Description("Of one image")
  String shape;

  @Label("Images")
  int images;

  @Label("Floating-Point Operations")
  @Description("Of the definition: two for each multiply-add")
  long operations;

  /** Whether a recording wants these events; free where none does. */
  static boolean recorded() {
    return PROBE.isEnabled();
  }

  /** A step that begins now. */
  static StepEvent start() {
    StepEvent event = new StepEvent();
    event.begin();
    return event;
  }

  /** The step ends now. */
  void end(Step done, int images) {
    end();
    Node node = done.node();
    layer = node.name();
    kind = node.layer().description().kind();
    step = done.kind().name().toLowerCase(Locale.ROOT);
    shape = node.shape().toString();
    this.images = images;
    operations = 2 * products(done) * node.layer().multiplyAdds(node.in()) * images;
    commit();
  }

  /** How often the multiply-adds of forward are done: once for each gradient. */
  private static long products(Step step) {
    return switch (step.kind()) {
      case FORWARD, BACKWARD_DATA, BACKWARD_PARAMETERS -> 1;
      case BACKWARD, BACKWARD_SLICE -> step.wantsData() ? 2 : 1;
      default -> 0;
    };
  }
}
