// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.AvgPool2d;
import dev.lanewise.layers.BatchNorm2d;
import dev.lanewise.layers.Concat;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Dropout;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.GroupNorm;
import dev.lanewise.layers.LayerNorm;
import dev.lanewise.layers.LeakyRelu;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Mish;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.PRelu;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.Softmax;
import dev.lanewise.layers.Tanh;
import dev.lanewise.layers.augment.RandomAffine;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.optim.AdamW;
import dev.lanewise.layers.optim.Averaging;
import dev.lanewise.layers.optim.ClipByNorm;
import dev.lanewise.layers.optim.ClipByValue;
import dev.lanewise.layers.optim.CosineDecay;
import dev.lanewise.layers.optim.Lion;
import dev.lanewise.layers.optim.Muon;
import dev.lanewise.layers.optim.OneCycle;
import dev.lanewise.layers.optim.Optimizer;
import dev.lanewise.layers.optim.ParameterFilter;
import dev.lanewise.layers.optim.ParameterGroups;
import dev.lanewise.layers.optim.RmsProp;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.optim.WarmUp;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A step allocates nothing in steady state, which is when C2 has compiled every kernel. The build
 * gives this test a Java of its own: what other tests have called changes what C2 inlines.
 */
final class AllocationTest {
  private static final String IN_ADVANCE = "batches prepared in advance";

  static List<Arguments> trainings() {
    return List.of(
        Arguments.of("simple", TrainerTest.simple(8), new Sgd()),
        Arguments.of("simple, " + IN_ADVANCE, TrainerTest.simple(8), new Sgd()),
        Arguments.of("simple, in shards", TrainerTest.simple(8), new Sgd()),
        Arguments.of("augmented simple", TrainerTest.simple(8), new Sgd()),
        Arguments.of("simple", TrainerTest.simple(8), new Adam()),
        Arguments.of("every other layer", others(), new AdamW()),
        Arguments.of("simple", TrainerTest.simple(8), new RmsProp().momentum(0.5).centered(true)),
        Arguments.of(
            "dense",
            dense(),
            new ClipByNorm(
                new ParameterGroups(new ClipByValue(new Sgd().momentum(0.9).dampening(0.1), 1))
                    .group(ParameterFilter.in("3"), new Lion())
                    .group(ParameterFilter.weights(), Muon.airbench(), new OneCycle(1, 10)),
                1)));
  }

  /** With a matrix that fills vectors. */
  private static Network dense() {
    Network network =
        new Network(Shape.of(8, 8, 1), new Flatten(), new Dense(48), new Relu(), new Dense(4));
    network.initialize(1);
    return network;
  }

  /** With the layers that simple lacks. */
  private static Network others() {
    Window same = Window.same(3);
    Network network =
        new Network(
            Shape.of(8, 8, 1),
            new Conv2d(16, same.stride(2)).bias(false),
            new BatchNorm2d(),
            new LeakyRelu(),
            new Residual(
                new Sequential(
                    new Conv2d(16, same), new BatchNorm2d(), new Relu(), new Conv2d(16, same))),
            new Concat(
                new LeakyRelu(-0.25), new AvgPool2d(same).countPadding(false), new MaxPool2d(same)),
            new PRelu().perChannel(),
            new Mish(),
            new Tanh(),
            new Softmax(),
            new GroupNorm(8),
            LayerNorm.perPixel(),
            new LayerNorm(),
            new Dropout(0.25),
            AvgPool2d.global(),
            new BatchNorm2d().affine(false),
            new Dropout(0.1),
            new Dense(4));
    network.initialize(1);
    return network;
  }

  @ParameterizedTest(name = "{0}, {2}")
  @MethodSource("trainings")
  void aStepAllocatesNothing(String name, Network network, Optimizer optimizer) {
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Stripes data = new Stripes(60, 8, 6);
    int batches = optimizer instanceof ClipByNorm ? 3 : 1; // of a step
    int first = 10 * batches;
    long[] allocated = {0, 0}; // counter at the last step; sum over all steps but the first
    TrainingListener measuring =
        new TrainingListener() {
          @Override
          public void onStep(int images, double meanLoss) {
            long now = bean.getCurrentThreadAllocatedBytes();
            if (images > first) {
              allocated[1] += now - allocated[0];
            }
            allocated[0] = bean.getCurrentThreadAllocatedBytes();
          }
        };
    try (WorkerTeam team = new WorkerTeam(2)) {
      long[] helpers = team.helperIds();
      TrainerBuilder builder =
          TrainerTest.builder(network, team, 10, 0.01f)
              .optimizer(optimizer)
              .average(Averaging.exponential(0.9).buffers(true))
              .accumulate(batches)
              .schedule(new WarmUp(new CosineDecay(0.01, 1000).hold(), 50))
              .transform(new Normalize(0.5f, 0.25f))
              .prefetch(name.endsWith(IN_ADVANCE) ? 2 : 0);
      if (name.startsWith("augmented")) {
        builder
            .transform(AugmentedBits.all().then(new RandomAffine().rotate(180)))
            .batchTransform(AugmentedBits.any());
      }
      if (name.endsWith("in shards")) {
        builder.shards(3);
      }
      Trainer trainer = builder.build();
      long bytes = Long.MAX_VALUE;
      // Vectors are boxed until C2 has compiled their loops: the first epochs warm up.
      for (int epoch = 0; epoch < 5000 && bytes > 0; epoch++) {
        long before = sum(bean.getThreadAllocatedBytes(helpers));
        allocated[1] = 0;
        trainer.fit(1, data, measuring);
        bytes = allocated[1] + sum(bean.getThreadAllocatedBytes(helpers)) - before;
      }
      assertEquals(0, bytes);
    }
  }

  private static long sum(long[] values) {
    return java.util.Arrays.stream(values).sum();
  }
}
