// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.graph.UnaryPass;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A mistake that would give wrong answers is told to both threads, and is over then. */
final class PassOfTwoThreadsTest {
  private static final Shape SHAPE = Shape.of(1, 1, 3);

  /** What happens in the middle of a pass. */
  private Runnable middle = () -> {};

  private final ExecutorService other = Executors.newSingleThreadExecutor();
  private final Network network = new Network(SHAPE, new Relu(), new Middle(), new Relu());

  @AfterEach
  void endTheThread() {
    other.close();
  }

  private final class Middle implements Layer {
    @Override
    public Description description() {
      return Description.of("test.middle");
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Pass newPass(Site site) {
      return new Running();
    }
  }

  private final class Running implements UnaryPass {
    @Override
    public void forward(Context context, Tensor x, Tensor y) {
      System.arraycopy(x.data, x.offset, y.data, y.offset, 3);
      middle.run();
    }

    @Override
    public void backwardData(Context context, Tensor x, Tensor y, Tensor dy, Tensor dx) {
      System.arraycopy(dy.data, dy.offset, dx.data, dx.offset, 3);
      middle.run();
    }
  }

  @Test
  void whoComesWhileAnotherComputesIsToldAndSoIsTheOther() {
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    assertBothTold(() -> pass.forward(1), () -> pass.forward(1));
    assertBothTold(() -> pass.forward(1), pass::input);
    assertBothTold(() -> pass.forward(1), pass::output);
    assertRight(pass);
  }

  @Test
  void alsoBackward() {
    Network trained = new Network(SHAPE, new Dense(3), new Middle());
    Network.Pass pass = trained.trainingPass(1, WorkerTeam.single(), 1);
    pass.forward(1);
    assertBothTold(() -> pass.backward(1), () -> pass.backward(1));
    assertBothTold(() -> pass.backward(1), () -> pass.forward(1));
    assertBothTold(() -> pass.forward(1), () -> pass.backward(1));
    pass.forward(1);
    pass.backward(1);
  }

  private void assertBothTold(Executable first, Executable second) {
    middle =
        () -> {
          middle = () -> {};
          Future<?> intruder =
              other.submit(
                  () -> {
                    try {
                      second.execute();
                    } catch (RuntimeException | Error e) {
                      throw e;
                    } catch (Throwable e) {
                      throw new AssertionError(e);
                    }
                  });
          ExecutionException e = assertThrows(ExecutionException.class, intruder::get);
          assertTold(e.getCause());
        };
    assertTold(assertThrows(IllegalStateException.class, first));
  }

  private static void assertTold(Throwable e) {
    assertEquals(IllegalStateException.class, e.getClass());
    assertTrue(e.getMessage().contains("used by two threads at once"), e.getMessage());
  }

  /** It may change hands between two calls. */
  private void assertRight(Network.Pass pass) {
    for (float value = 1; value < 4; value++) {
      Tensor x = pass.input();
      x.data[x.offset] = value;
      Future<Tensor> y = other.submit(() -> pass.forward(1));
      try {
        assertEquals(value, y.get().data[y.get().offset]);
      } catch (InterruptedException | ExecutionException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void afterAnExceptionItIsFree() {
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    RuntimeException boom = new RuntimeException("boom");
    middle =
        () -> {
          throw boom;
        };
    assertSame(boom, assertThrows(RuntimeException.class, () -> pass.forward(1)));
    middle = () -> {};
    assertRight(pass);
  }

  /** What a mistake does to the layers is told as the mistake. */
  @Test
  void theMistakeIsNamedRatherThanWhatCameOfIt() {
    Network.Pass pass = network.inferencePass(1, WorkerTeam.single());
    assertBothTold(
        () -> {
          Runnable intrude = middle;
          middle =
              () -> {
                intrude.run();
                throw new NullPointerException();
              };
          pass.forward(1);
        },
        () -> pass.forward(1));
    middle = () -> {};
    assertRight(pass);
  }
}
