// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Add;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.ChannelShuffle;
import dev.lanewise.layers.Concatenate;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.ConvTranspose2d;
import dev.lanewise.layers.Crop2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Dropout2d;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.GroupNorm;
import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Multiply;
import dev.lanewise.layers.PRelu;
import dev.lanewise.layers.Pad2d;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.Shared;
import dev.lanewise.layers.Silu;
import dev.lanewise.layers.Softmax;
import dev.lanewise.layers.SqueezeExcitation;
import dev.lanewise.layers.StochasticDepth;
import dev.lanewise.layers.Tanh;
import dev.lanewise.layers.Upsample2d;
import dev.lanewise.layers.graph.Block;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * Every plan of a network gives the bits of its plain plan: outputs, gradients and buffers, with
 * any number of threads, for full batches and for smaller ones after them. Networks are generated
 * as chains and graphs; a failure shrinks to few layers.
 */
final class PlanProperties {
  private static final int MAX_BATCH = 9;
  private static final Shape INPUT = Shape.of(6, 5, 2);
  private static final Map<Integer, WorkerTeam> TEAMS = new TreeMap<>();

  private static final Block SHARED = new Shared(new Conv2d(2, Window.same(3)));

  /** What may be put after a value, or after two of them. */
  private static final List<Supplier<Block>> BLOCKS =
      List.of(
          Relu::new,
          () -> new Conv2d(3, Window.same(3)),
          () -> new Conv2d(16, Window.same(3)),
          () -> new Conv2d(16, Window.same(3)).bias(false),
          () -> new Conv2d(2, Window.valid(1)),
          () -> new Conv2d(6, Window.same(3)).groups(2),
          () -> new Conv2d(16, Window.same(3).stride(2)).groups(16),
          () -> new ConvTranspose2d(4, Window.valid(2).stride(2)),
          () -> new MaxPool2d(Window.same(2)),
          Flatten::new,
          () -> new Residual(new Sequential(new Conv2d(2, Window.same(3)), new Relu())),
          () -> new Residual(new Relu(), new Sequential(new Relu(), new Relu())),
          () -> SHARED,
          BatchNorm2d::new,
          () -> new Sequential(new Conv2d(16, Window.same(3)).bias(false), new BatchNorm2d()),
          () -> new Sequential(new Conv2d(5, Window.same(3)), new BatchNorm2d(), new Relu()),
          () -> new Sequential(new Conv2d(6, Window.same(3)).groups(2), new BatchNorm2d()),
          () -> new GroupNorm(1),
          LayerNorm::perPixel,
          () -> new Dropout(0.4),
          () -> new Dropout2d(0.4),
          () -> new StochasticDepth(0.4),
          () -> StochasticDepth.perBatch(0.4),
          () -> new LeakyRelu(0.1),
          () -> new LeakyRelu(-0.5),
          Tanh::new,
          Silu::new,
          () -> new PRelu().perChannel(),
          Softmax::new,
          () -> new AvgPool2d(Window.same(3)),
          () -> AvgPool2d.adaptive(3, 2),
          () -> MaxPool2d.global(),
          () -> new ChannelShuffle(2),
          () -> new SqueezeExcitation(2, new LeakyRelu(0.3)),
          () -> new Pad2d(1).reflect(),
          () -> new Crop2d(1, 0, 0, 1),
          () -> Upsample2d.to(4, 5).bilinear(),
          Multiply::new,
          Add::new,
          Concatenate::new);

  private static final int RELU = 0;

  /**
   * A block after a value.
   *
   * @param block its number
   * @param from how far back its input lies, in values
   * @param second how far back a second input lies
   * @param relu whether a ReLU follows
   */
  record Op(int block, int from, int second, boolean relu) {}

  /** All optimisations and some of them; each must keep the bits by itself. */
  private static final Map<String, UnaryOperator<Plan>> PLANS = new LinkedHashMap<>();

  static {
    PLANS.put("fast", Planner::fast);
    PLANS.put("fusion", Fusion::of);
    PLANS.put("slices", Slices::of);
    PLANS.put("in place", InPlace::of);
    PLANS.put("memory", Memory::of);
    PLANS.put("slices, memory", plan -> Memory.of(Slices.of(plan)));
    PLANS.put("fusion, in place", plan -> InPlace.of(Fusion.of(plan)));
  }

  @Provide
  Arbitrary<List<Op>> networks() {
    Arbitrary<Integer> near = Arbitraries.integers().between(0, 5);
    Arbitrary<Op> op =
        Combinators.combine(
                Arbitraries.integers().between(0, BLOCKS.size() - 1),
                Arbitraries.frequencyOf(
                    net.jqwik.api.Tuple.of(3, Arbitraries.just(0)),
                    net.jqwik.api.Tuple.of(1, near)),
                near,
                Arbitraries.of(true, false))
            .as(Op::new);
    return op.list().ofMinSize(1).ofMaxSize(9);
  }

  @Property(tries = 1000)
  @Tag("slow")
  void everyPlanGivesTheBitsOfThePlainOne(
      @ForAll("networks") List<Op> ops,
      @ForAll("threads") int threads,
      @ForAll("batches") int batch) {
    comparePlans(ops, threads, batch);
  }

  /** The same, as often as jqwik is told to try: for runs that look for faults. */
  @Property
  void asManyPlansAsAreAskedForDo(
      @ForAll("networks") List<Op> ops,
      @ForAll("threads") int threads,
      @ForAll("batches") int batch) {
    comparePlans(ops, threads, batch);
  }

  private static void comparePlans(List<Op> ops, int threads, int batch) {
    Graph graph = graph(ops);
    for (Mode mode : Mode.values()) {
      List<float[]> expected = run(PlainPlan.of(graph, mode, MAX_BATCH, 1), batch);
      PLANS.forEach(
          (name, optimise) -> {
            Plan plan = optimise.apply(PlainPlan.of(graph, mode, MAX_BATCH, threads));
            assertSameBits(name + ", " + mode + ": " + plan.steps(), expected, run(plan, batch));
          });
    }
  }

  /** What is still trained gets the same gradients as if everything were. */
  @Property
  void whatIsFrozenChangesNoOtherGradient(
      @ForAll("networks") List<Op> ops,
      @ForAll("threads") int threads,
      @ForAll("batches") int batch,
      @ForAll int chosen,
      @ForAll("frozenInFront") int inFront) {
    Graph graph = graph(ops);
    Set<Parameter> frozen = new HashSet<>();
    int number = 0;
    for (Parameter parameter : graph.parameters().values()) {
      if (number < inFront || (chosen >> (number % 32) & 1) == 1) {
        frozen.add(parameter);
      }
      number++;
    }
    List<float[]> expected = run(PlainPlan.of(graph, Mode.TRAINING, MAX_BATCH, 1), batch);
    Plan plain = PlainPlan.of(graph, Mode.TRAINING, MAX_BATCH, threads, frozen);
    for (Plan plan : List.of(plain, Planner.fast(plain))) {
      List<float[]> actual = run(plan, batch);
      int result = 0;
      for (int step = 0; step < 2; step++) {
        result++; // the output
        for (Parameter parameter : graph.parameters().values()) {
          if (frozen.contains(parameter)) {
            expected.set(result, actual.get(result));
          }
          result++;
        }
      }
      assertSameBits("frozen " + frozen + ": " + plan.steps(), expected, actual);
    }
  }

  @Provide
  Arbitrary<Integer> frozenInFront() {
    return Arbitraries.integers().between(0, 8);
  }

  @Provide
  Arbitrary<Integer> threads() {
    return Arbitraries.of(1, 2, 3, 8);
  }

  @Provide
  Arbitrary<Integer> batches() {
    return Arbitraries.integers().between(0, MAX_BATCH);
  }

  /** Blocks that do not fit their inputs are left out; all loose ends meet in a dense layer. */
  private static Graph graph(List<Op> ops) {
    GraphBuilder builder = new GraphBuilder(INPUT);
    List<Node> values = new ArrayList<>(List.of(builder.input()));
    List<Node> loose = new ArrayList<>();
    int name = 0;
    for (Op op : ops) {
      Node x = values.get(Math.max(0, values.size() - 1 - op.from));
      Node second = values.get(Math.max(0, values.size() - 1 - op.second));
      Block block = BLOCKS.get(op.block).get();
      Node[] inputs =
          block instanceof Add || block instanceof Multiply || block instanceof Concatenate
              ? new Node[] {x, second}
              : new Node[] {x};
      Node y = tryToAdd(builder, "b" + name++, block, inputs);
      if (y == null) {
        continue;
      }
      loose.removeAll(List.of(inputs));
      if (op.relu) {
        values.add(y);
        y = builder.add("r" + name++, BLOCKS.get(RELU).get(), y);
      }
      values.add(y);
      loose.add(y);
    }
    if (loose.isEmpty()) {
      loose.add(builder.input());
    }
    Node[] flat = new Node[loose.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = builder.add("flatten" + i, new Flatten(), loose.get(i));
    }
    Node all = builder.add("all", new Concatenate(), flat);
    Graph graph = builder.build(builder.add("dense", new Dense(3), all));
    graph.initialize(new RandomStream(5));
    return graph;
  }

  private static Node tryToAdd(GraphBuilder builder, String name, Block block, Node... inputs) {
    try {
      return builder.add(name, block, inputs);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** A full batch, then a part of one: outputs, gradients, and what the buffers hold at the end. */
  private static List<float[]> run(Plan plan, int batch) {
    WorkerTeam team = TEAMS.computeIfAbsent(plan.threads(), WorkerTeam::new);
    Graph graph = plan.graph();
    graph.parameters().values().forEach(p -> Arrays.fill(p.grad().data, 0));
    graph.buffers().values().forEach(b -> Arrays.fill(b.data, b.offset, b.offset + b.size(), 0.5f));
    Execution execution = new Execution(plan, team, 7);
    List<float[]> results = new ArrayList<>();
    RandomStream random = new RandomStream(11);
    int second = batch == 1 && normalizesFeatures(graph) ? 2 : batch;
    for (int images : new int[] {MAX_BATCH, second}) {
      fill(execution.input(), random);
      execution.forward(results.size(), images);
      results.add(values(execution.output(), images * graph.output().shape().size()));
      if (plan.mode() == Mode.TRAINING) {
        fill(execution.outputGradient(), random);
        Map<Parameter, float[]> complete = new LinkedHashMap<>();
        execution.backward(p -> assertNull(complete.put(p, values(p.grad(), p.grad().size()))));
        for (Parameter p : graph.parameters().values()) {
          results.add(values(p.grad(), p.grad().size()));
          float[] told =
              complete.getOrDefault(
                  p, plan.request().frozen().contains(p) ? results.getLast() : null);
          assertArrayEquals(
              results.getLast(), told, p.name() + " stays as it is once it is complete");
        }
      }
    }
    graph.buffers().values().forEach(buffer -> results.add(values(buffer, buffer.size())));
    return results;
  }

  /** Batch normalisation of a flat input refuses to be trained with a single image. */
  private static boolean normalizesFeatures(Graph graph) {
    return graph.nodes().stream()
        .anyMatch(node -> node.layer() instanceof BatchNorm2d && node.shape().isFlat());
  }

  private static void fill(Tensor tensor, RandomStream random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data[tensor.offset + i] = (float) (2 * random.nextDouble() - 1);
    }
  }

  private static float[] values(Tensor tensor, int count) {
    return Arrays.copyOfRange(tensor.data, tensor.offset, tensor.offset + count);
  }

  private static void assertSameBits(String what, List<float[]> expected, List<float[]> actual) {
    for (int i = 0; i < expected.size(); i++) {
      int at = Arrays.mismatch(expected.get(i), actual.get(i));
      int result = i;
      assertTrue(at < 0, () -> what + ": result " + result + " differs at " + at);
    }
  }

  @AfterContainer
  static void close() {
    TEAMS.values().forEach(WorkerTeam::close);
    TEAMS.clear();
  }
}
