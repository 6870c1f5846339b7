// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.run.BatchParts;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Runs a section: slices of a batch, each through all steps of a group, divided among the threads.
 *
 * <p>In a training a slice has passes of its own, since backward needs to know what forward did;
 * their scratch memory is that of the worker that runs it. In an inference each worker has passes.
 */
final class SlicedRun {
  private final WorkerTeam team;
  private final Sites sites;
  private final Section section;
  private final Context whole;
  private final Map<Node, Pass> passes; // for whole batches, which prepare the parameters
  private final Workspace[] workers;
  private final Context[] contexts; // of workers, for an inference
  private final Slice[] slices;
  private final WorkerTeam.Task forward = (index, worker) -> run(index, worker, false);
  private final WorkerTeam.Task backward = (index, worker) -> run(index, worker, true);
  private final WorkerTeam.Task backwardPart = this::backwardPart;
  private final List<Pass> forwardPasses = new ArrayList<>();
  private final List<Pass> dataPasses = new ArrayList<>(); // that compute dx
  private final List<Pass> gradientPasses = new ArrayList<>(); // whose gradients slices add up
  private final int[] firstSlices =
      new int[BatchParts.COUNT + 1]; // of the parts of the running batch

  /**
   * Some images.
   *
   * @param context of a training; {@code null} for an inference
   * @param calls [direction][worker]: one for all workers if they need no memory of their own
   */
  private record Slice(int first, int images, Context context, Call[][][] calls) {}

  /**
   * @param forward the steps of the section on the way forward
   * @param backward those on the way back; none for an inference
   */
  SlicedRun(
      Plan plan,
      Sites sites,
      Section section,
      List<Step> forward,
      List<Step> backward,
      Places places,
      Map<Node, Pass> passes,
      Context whole) {
    this.sites = sites;
    this.section = section;
    this.whole = whole;
    this.passes = passes;
    team = whole.team();
    boolean training = plan.mode() == Mode.TRAINING;
    workers = new Workspace[team.threads()];
    Arrays.setAll(workers, worker -> new Workspace(WorkerTeam.single()));
    contexts = new Context[workers.length];
    List<Map<Node, Pass>> ofWorkers = new ArrayList<>();
    for (int w = 0; w < workers.length && !training; w++) {
      contexts[w] = new Context(plan.mode(), whole.seed(), workers[w]);
      ofWorkers.add(slicePasses(section.images(), contexts[w]));
    }
    int perThread = Math.ceilDiv(Math.ceilDiv(plan.maxBatch(), section.images()), team.threads());
    slices = new Slice[Math.min(perThread * team.threads(), plan.maxBatch())]; // as many for each
    for (int s = 0; s < slices.length; s++) {
      int first = (int) ((long) plan.maxBatch() * s / slices.length);
      int images = (int) ((long) plan.maxBatch() * (s + 1) / slices.length) - first;
      Context context =
          training ? new Context(plan.mode(), whole.seed(), Workspace.borrower()) : null;
      Map<Node, Pass> ofSlice = training ? slicePasses(images, context) : null;
      Function<List<Step>, Call[][]> bind =
          steps -> {
            boolean own = !training || steps.stream().anyMatch(step -> perWorker(step, places));
            Call[][] calls = new Call[own ? workers.length : 1][];
            for (int w = 0; w < calls.length; w++) {
              Binder binder =
                  new Binder(places, training ? ofSlice : ofWorkers.get(w), WorkerTeam.single());
              calls[w] = binder.calls(steps, first, images, w);
            }
            return calls;
          };
      slices[s] =
          new Slice(
              first, images, context, new Call[][][] {bind.apply(forward), bind.apply(backward)});
    }
    collectPasses(forward, backward);
  }

  private static boolean perWorker(Step step, Places places) {
    List<Value> values = new ArrayList<>(step.x());
    values.addAll(step.dx());
    values.add(step.y());
    values.add(step.dy());
    return values.stream().anyMatch(value -> value != null && places.perWorker(value));
  }

  private Map<Node, Pass> slicePasses(int images, Context context) {
    Map<Node, Pass> slice = new HashMap<>();
    for (Node node : section.nodes()) {
      Pass pass = passes.get(node);
      if (pass != null) {
        slice.put(node, node.layer().newSlicePass(pass, sites.site(node, images, context)));
      }
    }
    return slice;
  }

  private void collectPasses(List<Step> forward, List<Step> backward) {
    for (Step step : forward) {
      forwardPasses.add(passes.get(step.node()));
    }
    for (Step step : backward) {
      if (step.kind() == Step.Kind.BACKWARD_SLICE) {
        gradientPasses.add(passes.get(step.node()));
      }
      if (step.kind() != Step.Kind.SUM && step.wantsData()) {
        dataPasses.add(passes.get(step.node()));
      }
    }
  }

  void forward() {
    for (int i = 0; i < forwardPasses.size(); i++) { // an iterator would be garbage
      forwardPasses.get(i).prepareForward();
    }
    team.run(slices.length, forward);
  }

  void backward() {
    int batch = whole.images();
    for (int i = 0; i < gradientPasses.size(); i++) {
      gradientPasses.get(i).beginGradients(batch);
    }
    for (int i = 0; i < dataPasses.size(); i++) {
      dataPasses.get(i).prepareBackward();
    }
    if (section.byParts()) {
      findParts(batch);
      team.run(BatchParts.COUNT, backwardPart);
    } else {
      team.run(slices.length, backward);
    }
    for (int i = 0; i < gradientPasses.size(); i++) {
      gradientPasses.get(i).endGradients();
    }
  }

  /** Where a slice lies in two parts, as in a last, smaller batch, one task takes all slices. */
  private void findParts(int batch) {
    Arrays.fill(firstSlices, slices.length);
    firstSlices[0] = 0;
    for (int s = 0, part = 1; s < slices.length && part < BatchParts.COUNT; s++) {
      if (slices[s].first == BatchParts.first(part, batch)) {
        firstSlices[part++] = s;
      }
    }
  }

  private void backwardPart(int part, int worker) {
    for (int s = firstSlices[part]; s < firstSlices[part + 1]; s++) {
      run(s, worker, true);
    }
  }

  private void run(int index, int worker, boolean back) {
    Slice slice = slices[index];
    int images = Math.min(slice.images, whole.images() - slice.first);
    if (images <= 0) {
      return;
    }
    Context context = slice.context == null ? contexts[worker] : slice.context;
    if (slice.context != null) {
      context.workspace().borrow(workers[worker]);
    }
    context.set(whole.step(), slice.first, images);
    Call[][] calls = slice.calls[back ? 1 : 0];
    for (Call call : calls[calls.length == 1 ? 0 : worker]) {
      call.run(context);
    }
  }
}
