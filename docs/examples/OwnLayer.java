import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Kinds;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.check.GradientCheck;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.ElementwisePass;
import dev.lanewise.layers.graph.Inputs;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Mode;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Site;
import dev.lanewise.layers.graph.Trait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/** A layer of one's own: checked, used in a network, saved with it and read again. */
public class OwnLayer {
  /** {@code y = max(x, 0)^2}: So and others ("Primer", 2021). */
  static final class SquaredRelu implements Layer {
    @Override
    public Description description() {
      return Description.of("acme.squared_relu");
    }

    @Override
    public Shape outputShape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Set<Trait> traits(Mode mode, Inputs in) {
      return Set.of(Trait.PER_IMAGE, Trait.IGNORES_Y);
    }

    @Override
    public Pass newPass(Site site) {
      return ElementwisePass.readingX(site, SquaredRelu::forward, SquaredRelu::backward);
    }

    private static void forward(float[] x, float[] y, int from, int to) {
      for (int i = from; i < to; i++) {
        float positive = Math.max(x[i], 0f);
        y[i] = positive * positive;
      }
    }

    /** {@code dx = dy * 2 max(x, 0)}. */
    private static void backward(float[] x, float[] dy, float[] dx, int n) {
      for (int i = 0; i < n; i++) {
        dx[i] = dy[i] * 2 * Math.max(x[i], 0f);
      }
    }
  }

  public static void main(String[] args) throws IOException {
    new GradientCheck().layer(new SquaredRelu(), Shape.of(4, 5, 3)); // throws if backward is wrong

    Network network =
        new Network(
            Shape.of(8, 8, 1),
            new Conv2d(4, Window.same(3)),
            new SquaredRelu(),
            new Flatten(),
            new Dense(3));
    network.initialize(1);
    Path file = Path.of(args[0]);
    network.save(file);

    Kinds kinds = Kinds.STANDARD.with("acme.squared_relu", description -> new SquaredRelu());
    Network loaded = Network.load(file, kinds);
    float[] image = new float[64];
    Arrays.fill(image, 0.5f);
    float[] before = new Predictor(network).outputs(image);
    float[] after = new Predictor(loaded).outputs(image);
    System.out.println(Arrays.equals(before, after) ? "the same outputs" : "other outputs");
  }
}
