import dev.lanewise.layers.data.IdxFiles;
import dev.lanewise.layers.data.IdxReader;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.spark.LanewiseClassificationModel;
import dev.lanewise.spark.LanewiseClassifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Trains on MNIST, or other IDX files, on a cluster, and saves the model: {@code DigitsOnSpark
 * FOLDER MODEL EPOCHS}. All executors must see the folder.
 */
public class DigitsOnSpark {
  private static final List<Integer> PARTS = List.of(0, 1, 2, 3);
  private static final StructType SCHEMA =
      new StructType()
          .add("features", DataTypes.createArrayType(DataTypes.FloatType))
          .add("label", DataTypes.DoubleType);

  public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
    SparkSession spark = SparkSession.builder().appName("digits").getOrCreate();
    IdxFiles files = IdxFiles.find(Path.of(args[0]));
    LanewiseClassifier classifier =
        new LanewiseClassifier()
            .setNetwork("lenet5")
            .setImageShape(28, 28, 1)
            .setMean(new double[] {0.1307})
            .setStd(new double[] {0.3081})
            .setEpochs(Integer.parseInt(args[2]))
            .setTasks(2);
    LanewiseClassificationModel model = classifier.fit(frame(spark, files.train()));
    model.write().overwrite().save(args[1]);
    double accuracy =
        new MulticlassClassificationEvaluator()
            .setMetricName("accuracy")
            .evaluate(model.transform(frame(spark, files.test())));
    System.out.println("test accuracy " + accuracy);
    System.out.println("SHA-256 " + sha(Path.of(args[1], "network.safetensors")));
    spark.stop();
  }

  private static Dataset<Row> frame(SparkSession spark, IdxFiles.Pair files) {
    String images = files.images().toString();
    String labels = files.labels().toString();
    JavaRDD<Row> rows =
        new JavaSparkContext(spark.sparkContext())
            .parallelize(PARTS, PARTS.size())
            .flatMap(part -> part(images, labels, part));
    return spark.createDataFrame(rows, SCHEMA);
  }

  /** A part of the images, read by an executor. */
  private static Iterator<Row> part(String images, String labels, int part) throws IOException {
    var data = IdxReader.read(Path.of(images), Path.of(labels), 10);
    int from = part * data.size() / PARTS.size();
    int end = (part + 1) * data.size() / PARTS.size();
    Shape shape = data.shape();
    return IntStream.range(from, end)
        .mapToObj(
            i -> {
              float[] image = new float[shape.size()];
              int[] label = new int[1];
              data.copy(new int[] {i}, 0, 1, image, 0, label, 0);
              return RowFactory.create(image, (double) label[0]);
            })
        .iterator();
  }

  private static String sha(Path file) throws IOException, NoSuchAlgorithmException {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(hash);
  }
}
