import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.MaxPool2d;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.optim.Adam;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import java.util.Arrays;
import java.util.Random;

/** Trains on images that are arrays in memory: is the bright stroke level or upright? */
public class TrainFromArrays {
  private static final Shape IMAGE = Shape.of(12, 12, 1);
  private static final int LEVEL = 0;
  private static final int UPRIGHT = 1;

  public static void main(String[] args) {
    FloatDataset train = strokes(1000, 1);
    FloatDataset test = strokes(200, 2);

    Network network =
        new Network(
            IMAGE,
            new Conv2d(8, Window.same(3)),
            new Relu(),
            new MaxPool2d(2),
            new Flatten(),
            new Dense(2));
    network.initialize(1);
    try (WorkerTeam team = new WorkerTeam(WorkerTeam.sizeFor(4))) { // at most one per processor
      Trainer.of(network)
          .optimizer(new Adam())
          .learningRate(0.003f)
          .batchSize(20)
          .team(team)
          .build()
          .fit(5, train);
      System.out.println("accuracy " + Evaluation.of(network, test, team).accuracy());
    }

    float[] image = new float[IMAGE.size()];
    Arrays.fill(image, 5 * 12, 6 * 12, 1f); // the sixth row
    float[] p = new Predictor(network).probabilities(image);
    System.out.println(p[LEVEL] > p[UPRIGHT] ? "level" : "upright");
  }

  /** Dim noise, and a stroke of six pixels anywhere. */
  private static FloatDataset strokes(int count, long seed) {
    Random random = new Random(seed);
    float[] images = new float[count * IMAGE.size()]; // [N, H, W, C], one after the other
    int[] labels = new int[count];
    for (int i = 0; i < images.length; i++) {
      images[i] = random.nextFloat() * 0.3f;
    }
    for (int n = 0; n < count; n++) {
      labels[n] = random.nextInt(2);
      int across = random.nextInt(12);
      int from = random.nextInt(7);
      for (int along = from; along < from + 6; along++) {
        int pixel = labels[n] == LEVEL ? across * 12 + along : along * 12 + across;
        images[n * IMAGE.size() + pixel] = 1;
      }
    }
    return new FloatDataset(IMAGE, 2, images, labels);
  }
}
