// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Epilogue;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.TensorSpec;
import dev.lanewise.layers.graph.Trait;
import dev.lanewise.layers.graph.UnaryPass;
import dev.lanewise.layers.loss.Loss;
import dev.lanewise.layers.loss.SoftmaxCrossEntropy;
import dev.lanewise.layers.loss.Targets;
import dev.lanewise.layers.models.Models;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is right passes, and what is wrong is named. */
final class GradientCheckTest {
  private static final Shape INPUT = new Shape(2, 3, 4);

  /** What a layer's author may get wrong, and what the check says of it. */
  private enum Fault {
    NONE(""),
    WRONG_SIGN(
        "gradient of x\\[\\d, \\d, \\d, \\d\\]: backward gives \\S+, differences \\S+ \\+- .*"),
    FACTOR("gradient of shift\\[\\d\\]: backward .* 4 of 4 differ"),
    MISSING_TERM("gradient of factor\\[\\d\\]: backward .* [34] of 4 differ"),
    NO_GRAD("gradient of factor\\[\\d\\]: backward gives 0.0, .* 4 of 4 differ"),
    WRONG_CHANNEL("gradient of factor\\[\\d\\]: backward .*"),
    ONE_ELEMENT("gradient of x\\[1, 1, 2, 3\\]: backward .* 1 of 48 differ"),
    BY_A_HUNDREDTH("gradient of factor\\[\\d\\]: backward .*"),
    DX_ADDED("dx is NaN at 0 after backward.*"),
    GRAD_OVERWRITTEN("the gradient of factor\\[\\d\\] is \\S+ after one backward and .* after 2.*"),
    NO_GRAD_WITHOUT_DX("the gradient of factor\\[\\d\\] .* after 3: .*"),
    BEYOND_THE_BATCH("the gradient of a parameter is NaN at 0 after backward: .*"),
    NO_OFFSET("y is NaN at 0 after forward: .*"),
    CHANGES_X("forward changes x: at 0 .*"),
    BACKWARD_CHANGES_X("backward changes x: at 0 .*"),
    CHANGES_Y("backward changes y: at 0 .*"),
    CHANGES_DY("backward changes dy: at 0 .*"),
    LEAVES_Y("y is NaN at 47 after forward: .*"),
    RANDOM("forward gives another y for the same x: .*"),
    READS_Y("backward reads what the traits say it does not: at 0 from \\S+ to NaN"),
    READS_X("backward reads what the traits say it does not: the gradient of a parameter .*"),
    NOT_FINITE("y is Infinity at 0 after forward: .*"),
    BY_THE_BATCH("slices of a batch give another y: at 0 from \\S+ to \\S+"),
    BACKWARD_BY_THE_BATCH("slices of a batch give another dx: at \\d+ from \\S+ to \\S+"),
    GRADIENTS_OF_THE_LAST_SLICE("slices of a batch give another gradient of factor: at \\d .*"),
    NEEDS_FORWARD("a pass that has not run forward gives another gradient of factor: at \\d .*"),
    RESHAPES("a reshape changes what it hands on: at 0 from \\S+ to \\S+"),
    FORGETS_RELU_AFTER("the fused ReLU gives another y: at \\d+ from 0.0 to -\\S+"),
    FORGETS_GATE("the fused gate gives another dx: at \\d+ from 0.0 to \\S+"),
    FORGETS_SCALE_AFTER("the fused scale gives another y: at \\d+ from \\S+ to \\S+"),
    SCALES_WITHOUT_A_SCALE("the pass of a layer that scales channels has to be a ScalingPass"),
    FORGETS_RELU_BEFORE("the fused ReLU gives another y: at \\d+ from \\S+ to \\S+"),
    THAWS("forward gives another y once its parameters are frozen: at 0 from \\S+ to \\S+"),
    FORGETS_SLOPE_BEFORE("the fused ReLU gives another dx: at \\d+ from 0.0 to \\S+");

    private final Pattern message;

    Fault(String message) {
      this.message = Pattern.compile(message);
    }
  }

  /**
   * {@code y = tanh(x * factor[c]) + shift[c]}, with a fault. It keeps what the traits allow: all
   * of them but a reshape.
   */
  private static final class Faulty implements Layer {
    private final Fault fault;
    private final Mode faulty;
    private int calls;

    Faulty(Fault fault) {
      this(fault, Mode.TRAINING);
    }

    /** With the fault in one mode alone. */
    Faulty(Fault fault, Mode faulty) {
      this.fault = fault;
      this.faulty = faulty;
    }

    private Fault fault(Mode mode) {
      return mode == faulty ? fault : Fault.NONE;
    }

    @Override
    public Description description() {
      return Description.of("test.faulty");
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public List<TensorSpec> parameters(Inputs in) {
      return List.of(TensorSpec.of("factor", 4), TensorSpec.of("shift", 4));
    }

    @Override
    public Set<Trait> traits(Mode mode, Inputs in) {
      return switch (fault(mode)) {
        case NONE ->
            EnumSet.of(
                Trait.PER_IMAGE,
                Trait.GRADIENTS_BY_SLICES,
                Trait.FUSES_RELU_AFTER,
                Trait.FUSES_GATE);
        case READS_X -> Set.of(Trait.IGNORES_X);
        case READS_Y -> Set.of(Trait.IGNORES_Y);
        case BY_THE_BATCH, BACKWARD_BY_THE_BATCH, NEEDS_FORWARD -> Set.of(Trait.PER_IMAGE);
        case GRADIENTS_OF_THE_LAST_SLICE -> Set.of(Trait.PER_IMAGE, Trait.GRADIENTS_BY_SLICES);
        case RESHAPES -> Set.of(Trait.RESHAPE);
        case FORGETS_RELU_AFTER -> Set.of(Trait.FUSES_RELU_AFTER);
        case FORGETS_GATE -> Set.of(Trait.FUSES_GATE);
        case FORGETS_SCALE_AFTER -> Set.of(Trait.FUSES_SCALE_AFTER);
        case SCALES_WITHOUT_A_SCALE -> Set.of(Trait.SCALES_CHANNELS);
        case FORGETS_RELU_BEFORE, FORGETS_SLOPE_BEFORE -> Set.of(Trait.FUSES_RELU_BEFORE);
        default -> Set.of();
      };
    }

    @Override
    public Pass newPass(Site site) {
      return new Running(site, null);
    }

    @Override
    public Pass newSlicePass(Pass whole, Site site) {
      return new Running(site, (Running) whole);
    }

    /** One running computation. */
    private final class Running implements UnaryPass {
      private final Site site;
      private final Fault fault;
      private final Running whole; // null: for whole batches
      private final float[] factor;
      private final float[] shift;
      private float[] kept; // x of the last forward
      private double[][] sums; // of both gradients, for slices
      private boolean frozen;

      Running(Site site, Running whole) {
        this.site = site;
        fault = fault(site.mode());
        this.whole = whole;
        factor = site.parameter("factor").value().data;
        shift = site.parameter("shift").value().data;
      }

      @Override
      public void freezeParameters() {
        frozen = true;
      }

      private float at(Tensor tensor, int i) {
        return tensor.data[fault == Fault.NO_OFFSET ? i : tensor.offset + i];
      }

      @Override
      public void forward(Context context, Tensor x, Tensor y) {
        int n = context.images() * site.input().size();
        kept = x.data.clone();
        boolean before = site.epilogue() == Epilogue.RELU && fault == Fault.FORGETS_SLOPE_BEFORE;
        for (int i = 0; i < n - (fault == Fault.LEAVES_Y ? 1 : 0); i++) {
          double s = shift[i % 4] + (fault == Fault.RANDOM ? calls++ : 0);
          s += frozen && fault == Fault.THAWS ? 1 : 0;
          s += fault == Fault.BY_THE_BATCH ? 0.125 * context.images() : 0;
          float in = before ? Math.max(at(x, i), 0) : at(x, i);
          float out = (float) (StrictMath.tanh(in * factor[i % 4]) + s);
          boolean after = site.epilogue() == Epilogue.RELU && fault == Fault.NONE;
          y.data[y.offset + i] = after ? Math.max(out, 0) : out;
        }
        if (fault == Fault.CHANGES_X) {
          x.data[x.offset]++;
        }
        if (fault == Fault.NOT_FINITE) {
          y.data[y.offset] = Float.POSITIVE_INFINITY;
        }
      }

      @Override
      public void backward(Context context, Tensor[] x, Tensor y, Tensor dy, Tensor[] dx) {
        if (fault != Fault.NO_GRAD_WITHOUT_DX || dx[0] != null) {
          backwardParameters(context, x[0], y, dy);
        }
        if (dx[0] != null) {
          backwardData(context, x[0], y, dy, dx[0]);
        }
        if (fault == Fault.BACKWARD_CHANGES_X) {
          x[0].data[x[0].offset]++;
        }
        if (fault == Fault.CHANGES_Y) {
          y.data[y.offset]++;
        }
        if (fault == Fault.CHANGES_DY) {
          dy.data[dy.offset]++;
        }
      }

      /** From x, since slices add up gradients without y. */
      private double tanh(Tensor x, Tensor y, int i) {
        boolean fromY = fault == Fault.READS_Y || fault == Fault.READS_X;
        return fromY
            ? at(y, i) - shift[i % 4]
            : StrictMath.tanh(x.data[x.offset + i] * factor[i % 4]);
      }

      @Override
      public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
        for (int i = 0; i < context.images() * site.input().size(); i++) {
          double t = tanh(x, y, i);
          double right = at(dy, i) * (1 - t * t) * factor[i % 4];
          boolean wrong = fault == Fault.ONE_ELEMENT && i == 47;
          float sign = fault == Fault.WRONG_SIGN ? -1 : wrong ? 1.1f : 1;
          double old = fault == Fault.DX_ADDED ? at(dx, i) : 0;
          old += fault == Fault.BACKWARD_BY_THE_BATCH ? 0.125 * (context.images() - 2) : 0;
          boolean closed = site.gated() && fault == Fault.NONE && at(x, i) <= 0;
          dx.data[dx.offset + i] = closed ? 0 : (float) (right * sign + old);
        }
      }

      /** Adds image by image, so that slices give the same bits. */
      private void gradients(int images, Tensor x, Tensor y, Tensor dy, double[][] sums) {
        int size = site.input().size();
        for (int n = 0; n < images; n++) {
          double[][] sum = new double[2][4];
          for (int i = n * size; i < (n + 1) * size; i++) {
            int c = i % 4;
            double t = tanh(x, y, i);
            double d = at(dy, i) * (fault == Fault.MISSING_TERM ? 1 : 1 - t * t);
            int channel = fault == Fault.WRONG_CHANNEL ? (c + 1) % 4 : c;
            float in = fault == Fault.NEEDS_FORWARD && kept == null ? 0 : at(x, i);
            sum[0][channel] += d * in * (fault == Fault.BY_A_HUNDREDTH ? 1.01 : 1);
            sum[1][c] += fault == Fault.FACTOR ? at(dy, i) / images : at(dy, i);
          }
          for (int c = 0; c < 4; c++) {
            sums[0][c] += sum[0][c];
            sums[1][c] += sum[1][c];
          }
        }
      }

      @Override
      public void backwardParameters(Context context, Tensor x, Tensor y, Tensor dy) {
        int images = fault == Fault.BEYOND_THE_BATCH ? site.maxBatch() : context.images();
        double[][] sums = new double[2][4];
        gradients(images, x, y, dy, sums);
        add(sums);
      }

      private void add(double[][] sums) {
        float[] df = fault == Fault.NO_GRAD ? new float[4] : site.parameter("factor").grad().data;
        float[] ds = site.parameter("shift").grad().data;
        if (fault == Fault.GRAD_OVERWRITTEN) {
          df[1] = 0;
        }
        for (int c = 0; c < 4; c++) {
          df[c] += (float) sums[0][c];
          ds[c] += (float) sums[1][c];
        }
      }

      @Override
      public void beginGradients(int batch) {
        begin();
      }

      @Override
      public void addGradients(Context context, Tensor x, Tensor dy) {
        boolean forgets = fault == Fault.GRADIENTS_OF_THE_LAST_SLICE;
        gradients(context.images(), x, null, dy, forgets ? whole.begin() : whole.sums);
      }

      private double[][] begin() {
        sums = new double[2][4];
        return sums;
      }

      @Override
      public void endGradients() {
        add(sums);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"NONE", "THAWS", "FORGETS_SCALE_AFTER", "SCALES_WITHOUT_A_SCALE"})
  void aFaultIsNamedInOneLine(Fault fault) {
    for (int seed = 1; seed <= 5; seed++) {
      GradientCheck check = new GradientCheck().seed(seed);
      String message =
          assertThrows(AssertionError.class, () -> check.layer(new Faulty(fault), INPUT))
              .getMessage();
      assertTrue(fault.message.matcher(message).matches(), message);
      assertFalse(message.contains("\n"), message);
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "NO_OFFSET",
        "CHANGES_X",
        "LEAVES_Y",
        "RANDOM",
        "NOT_FINITE",
        "BY_THE_BATCH",
        "RESHAPES",
        "FORGETS_RELU_AFTER",
        "FORGETS_RELU_BEFORE",
        "FORGETS_SCALE_AFTER",
        "SCALES_WITHOUT_A_SCALE",
        "THAWS"
      })
  void aFaultOfAnInferenceAloneIsNamed(Fault fault) {
    for (int seed = 1; seed <= 5; seed++) {
      GradientCheck check = new GradientCheck().seed(seed);
      Layer layer = new Faulty(fault, Mode.INFERENCE);
      String message =
          assertThrows(AssertionError.class, () -> check.layer(layer, INPUT)).getMessage();
      assertTrue(message.matches("in an inference " + fault.message), message);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyLayerPasses(long seed) {
    GradientCheck check = new GradientCheck().seed(seed);
    assertPrecise(3e-5, check.layer(new Faulty(Fault.NONE), INPUT));
    assertPrecise(3e-5, check.layer(new Dense(7), Shape.flat(300)));
    assertPrecise(0, check.layer(new Relu(), new Shape(5, 6, 7)));
    assertPrecise(0, check.layer(new Flatten(), INPUT));
    assertPrecise(0, check.layer(new MaxPool2d(2), new Shape(6, 7, 3)));
    Layer overlapping = new MaxPool2d(Window.same(3).stride(2));
    assertPrecise(1e-7, check.layer(overlapping, new Shape(7, 6, 5)));
    Layer dilated = new Conv2d(7, Window.same(3).dilation(2, 1));
    assertPrecise(3e-5, check.layer(dilated, new Shape(9, 8, 5)));
    Layer winograd = new Conv2d(32, Window.same(3));
    assertPrecise(2e-4, check.layer(winograd, new Shape(9, 8, 16)));
  }

  private static void assertPrecise(double deviation, GradientCheck.Result result) {
    assertTrue(result.deviation() <= deviation, result::toString);
    assertTrue(result.undecided() * 50 <= result.compared(), result::toString);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @Tag("slow")
  void everyNetworkPasses(long seed) {
    GradientCheck check = new GradientCheck().seed(seed).tolerance(16, 0.1);
    Shape image = new Shape(8, 8, 1);
    for (Network network : List.of(Models.simple(image, 10), Models.complex(image, 10))) {
      network.initialize(seed);
      GradientCheck.Result result = check.network(network);
      assertTrue(result.undecided() * 50 <= result.compared(), result::toString);
    }
  }

  /**
   * Adds its neighbour to each value: in place, if it keeps the values before, which it may not do
   * in one mode.
   */
  private record Neighbours(Mode mode, boolean forwardKeeps, boolean backwardKeeps)
      implements Layer {
    @Override
    public Description description() {
      return Description.of("test.neighbours");
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Set<Trait> traits(Mode mode, Inputs in) {
      return Set.of(Trait.IN_PLACE, Trait.IGNORES_Y);
    }

    @Override
    public Pass newPass(Site site) {
      int size = site.input().size();
      boolean other = site.mode() != mode;
      return new UnaryPass() {
        @Override
        public void forward(Context context, Tensor x, Tensor y) {
          add(context.images() * size, x, 1, y, other || forwardKeeps);
        }

        @Override
        public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
          add(context.images() * size, dy, context.images() * size - 1, dx, other || backwardKeeps);
        }
      };
    }

    private static void add(int n, Tensor in, int step, Tensor out, boolean keeps) {
      float[] from = keeps ? in.data.clone() : in.data;
      for (int i = 0; i < n; i++) {
        out.data[out.offset + i] = from[in.offset + i] + from[in.offset + (i + step) % n];
      }
    }
  }

  @Test
  void aLayerThatWorksInPlaceIsTriedThere() {
    GradientCheck check = new GradientCheck();
    check.layer(new Neighbours(Mode.TRAINING, true, true), INPUT);
    assertMessage(
        "forward in place gives another y: at 47",
        () -> check.layer(new Neighbours(Mode.TRAINING, false, true), INPUT));
    assertMessage(
        "backward in place gives another dx: at 1",
        () -> check.layer(new Neighbours(Mode.TRAINING, true, false), INPUT));
    assertMessage(
        "in an inference forward in place gives another y: at 47",
        () -> check.layer(new Neighbours(Mode.INFERENCE, false, true), INPUT));
  }

  /** The order of layers is right, but one of them derives wrongly. */
  @Test
  void aFaultInANetworkIsFound() {
    Network network =
        new Network(INPUT, new Faulty(Fault.WRONG_SIGN), new Faulty(Fault.NONE), new Flatten());
    assertEquals(0, new GradientCheck().network(network).undecided(), "nobody needs its dx");
    Network other =
        new Network(INPUT, new Faulty(Fault.NONE), new Faulty(Fault.WRONG_SIGN), new Flatten());
    assertMessage("gradient of 0.factor[", () -> new GradientCheck().network(other));
  }

  @Test
  void aLossIsChecked() {
    int[] labels = {2, 0, 4};
    Tensor logits = Tensor.zeros(3, 5);
    RandomStream random = new RandomStream(2);
    for (int i = 0; i < 15; i++) {
      logits.data[i] = (float) (4 * random.nextDouble() - 2);
    }
    float[] before = logits.data.clone();
    Loss.Pass loss = new SoftmaxCrossEntropy().newPass(Shape.flat(5), 3);
    Targets targets = Targets.of(labels);
    GradientCheck check = new GradientCheck();
    GradientCheck.Result result =
        check.function(logits, (z, dz) -> loss.forwardBackward(3, z, targets, dz) / 3);
    assertEquals(15, result.compared());
    assertArrayEquals(before, logits.data);
    String sumForMean =
        assertThrows(
                AssertionError.class,
                () -> check.function(logits, (z, dz) -> loss.forwardBackward(3, z, targets, dz)))
            .getMessage();
    assertTrue(sumForMean.startsWith("gradient of x["), sumForMean);
    assertTrue(sumForMean.endsWith("15 of 15 differ"), sumForMean);
  }

  @Test
  void aNetworkIsAsBeforeAndItsGradientsZero() {
    for (Fault fault : List.of(Fault.NONE, Fault.WRONG_CHANNEL, Fault.NOT_FINITE)) {
      Network network = new Network(INPUT, new Faulty(fault), new Flatten());
      Parameter factor = network.parameters().get("0.factor");
      for (int i = 0; i < 4; i++) {
        factor.value().data[i] = i + 1;
      }
      factor.grad().data[0] = 5; // of an earlier use
      float[] before = factor.value().data.clone();
      if (fault == Fault.NONE) {
        new GradientCheck().network(network);
      } else {
        assertThrows(AssertionError.class, () -> new GradientCheck().network(network));
      }
      assertArrayEquals(before, factor.value().data);
      for (Parameter parameter : network.parameters().values()) {
        for (float g : parameter.grad().data) {
          assertEquals(0f, g);
        }
      }
    }
  }

  /** At a kink there is no derivative, and the check says so instead of blaming the layer. */
  @Test
  void kinksAreNotReportedAsFaults() {
    Tensor x = Tensor.zeros(1, 4);
    GradientCheck.Function rectified =
        (z, dz) -> {
          double sum = 0;
          for (int i = 0; i < 4; i++) {
            sum += Math.max(z.data[i], 0);
            dz.data[i] = z.data[i] > 0 ? 1 : 0;
          }
          return sum;
        };
    x.data[0] = 0.5f;
    x.data[1] = -0.25f;
    x.data[2] = 1f;
    assertMessage(
        "gradient of x: differences cannot tell 1 of 4 derivatives to within 0.001 of the largest,"
            + " 1.0: kinks or roundings are in the way",
        () -> new GradientCheck().function(x, rectified));
    x.data[3] = 0.125f;
    assertEquals(new GradientCheck.Result(4, 0, 0), new GradientCheck().function(x, rectified));
  }

  /** A tenth of the derivatives may be undecided. */
  @Test
  void aKinkAmongTenIsTolerated() {
    Tensor x = Tensor.zeros(1, 10);
    for (int i = 1; i < 10; i++) {
      x.data[i] = 0.125f * i;
    }
    GradientCheck.Function rectified =
        (z, dz) -> {
          double sum = 0;
          for (int i = 0; i < 10; i++) {
            sum += Math.max(z.data[i], 0);
            dz.data[i] = z.data[i] > 0 ? 1 : 0;
          }
          return sum;
        };
    assertEquals(new GradientCheck.Result(9, 1, 0), new GradientCheck().function(x, rectified));
  }

  /** A value so large that single precision leaves nothing of the differences. */
  @Test
  void whatIsLostInRoundingsIsNotPassed() {
    Tensor x = Tensor.zeros(1, 1);
    x.data[0] = 1;
    GradientCheck.Function far =
        (z, dz) -> {
          dz.data[0] = 1;
          return (float) (z.data[0] + 1e6);
        };
    assertMessage(
        "gradient of x: differences cannot tell 1 of 1",
        () -> new GradientCheck().function(x, far));
  }

  /** A step to where the function has no value tells nothing, and so does not pass. */
  @Test
  void whatHasNoNeighboursIsNotPassed() {
    Tensor x = Tensor.zeros(1, 2);
    x.data[0] = 1;
    x.data[1] = 1e-6f;
    GradientCheck.Function roots =
        (z, dz) -> {
          dz.data[0] = (float) (0.5 / Math.sqrt(z.data[0]));
          dz.data[1] = 0;
          return Math.sqrt(z.data[0]) + 1e-9 * Math.sqrt(z.data[1]);
        };
    assertMessage(
        "gradient of x: differences cannot tell 1 of 2",
        () -> new GradientCheck().function(x, roots));
  }

  @Test
  void aFunctionWithoutNumbersIsRefused() {
    Tensor x = Tensor.zeros(1, 1);
    assertMessage(
        "forward gives NaN or infinity",
        () -> new GradientCheck().function(x, (z, dz) -> Double.NaN));
    assertMessage(
        "gradient of x: backward gives NaN", () -> new GradientCheck().function(x, (z, dz) -> 1));
  }

  private static void assertMessage(String start, Executable call) {
    String message = assertThrows(AssertionError.class, call).getMessage();
    assertTrue(message.startsWith(start), message);
  }

  /** Of x, factor and shift. */
  @Test
  void theGivenNumberOfElementsIsCompared() {
    GradientCheck check = new GradientCheck().size(3, 2).tolerance(8, 0.5);
    assertEquals(new GradientCheck(1, 3, 2, 8, 0.5), check);
    assertEquals(3 * 2, check.layer(new Faulty(Fault.NONE), INPUT).compared());
    assertEquals(3, check.size(1, 1).layer(new Faulty(Fault.NONE), INPUT).compared());
  }

  /** Half of the elements, so about half of the seeds find the one that is wrong, the last. */
  @Test
  void whichElementsAreComparedIsDrawn() {
    int found = 0;
    for (int seed = 1; seed <= 20; seed++) {
      GradientCheck check = new GradientCheck().seed(seed).size(2, 24);
      try {
        check.layer(new Faulty(Fault.ONE_ELEMENT), INPUT);
      } catch (AssertionError e) {
        found++;
      }
    }
    assertTrue(found > 2 && found < 18, "found by " + found);
  }

  @Test
  void whatPassesAsRoundingIsReported() {
    GradientCheck coarse = new GradientCheck().tolerance(16, 0.1);
    double deviation = coarse.layer(new Faulty(Fault.BY_A_HUNDREDTH), INPUT).deviation();
    assertEquals(0.01, deviation, 2e-4);
  }

  @Test
  void numbersArePositive() {
    assertThrows(IllegalArgumentException.class, () -> new GradientCheck().size(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new GradientCheck().size(1, 0));
    assertThrows(IllegalArgumentException.class, () -> new GradientCheck().tolerance(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new GradientCheck().tolerance(1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new GradientCheck().tolerance(1, Double.NaN));
  }
}
