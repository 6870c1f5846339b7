// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Picture;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.graph.RandomStream;
import dev.lanewise.layers.graph.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures, of Spark's {@code image} and {@code binaryFile} sources. */
final class PicturesTest {
  private static final Shape SHAPE = Shape.of(6, 6, 3);
  private static final int[] KINDS = {
    BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_BYTE_GRAY
  };

  private static SparkSession spark;

  @TempDir static Path folder;
  @TempDir Path temp;

  /** Coloured ones, some of which let the background through, and grey ones, of many sizes. */
  @BeforeAll
  static void makePictures() throws IOException {
    spark = Sessions.local();
    RandomStream random = new RandomStream(6);
    for (int i = 0; i < 12; i++) {
      BufferedImage image =
          new BufferedImage(5 + random.nextInt(9), 5 + random.nextInt(9), KINDS[i % 3]);
      int[] pixel = new int[4];
      for (int y = 0; y < image.getHeight(); y++) {
        for (int x = 0; x < image.getWidth(); x++) {
          for (int c = 0; c < 4; c++) {
            pixel[c] = random.nextInt(256);
          }
          image.getRaster().setPixel(x, y, pixel);
        }
      }
      ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
    }
  }

  private static Network network() {
    Network network = new Network(SHAPE, new Flatten(), new Dense(3));
    network.initialize(2);
    return network.with(Preparation.NONE.framing(Framing.crop(8)));
  }

  private static Dataset<Row> images(Path folder) {
    return spark
        .read()
        .format("image")
        .load(folder.toString())
        .withColumn("path", functions.col("image.origin"));
  }

  private static Dataset<Row> files(Path folder) {
    return spark.read().format("binaryFile").load(folder.toString());
  }

  private static LanewiseClassificationModel model(String column) {
    return LanewiseClassificationModel.of("lanewise", network())
        .setFeaturesCol(column)
        .setBinaryFormat("pictures");
  }

  @Test
  void picturesOfBothSourcesBecomeTheImagesOfTheApplication() throws Exception {
    Predictor predictor = new Predictor(network());
    for (Dataset<Row> rows :
        List.of(
            model("image").transform(images(folder)), model("content").transform(files(folder)))) {
      List<Row> found = rows.select("path", "rawPrediction").collectAsList();
      assertEquals(12, found.size());
      for (Row row : found) {
        float[] image = predictor.image(Picture.read(Path.of(URI.create(row.getString(0)))));
        assertArrayEquals(
            Patterns.doubles(predictor.outputs(image)),
            row.<Vector>getAs(1).toArray(),
            row.getString(0));
      }
    }
  }

  /** The framing of a training, whose weights are those of the values of framed pictures. */
  @Test
  void aModelKeepsHowPicturesWereFramed() throws Exception {
    LanewiseClassifier classifier =
        new LanewiseClassifier()
            .setNetwork("simple")
            .setImageShape(6, 6, 3)
            .setFraming("stretch")
            .setBinaryFormat("pictures")
            .setBatchSize(4)
            .setShards(2)
            .setEpochs(1);
    Dataset<Row> files = labelled(files(folder));
    LanewiseClassificationModel model = classifier.setFeaturesCol("content").fit(files);
    assertEquals(Framing.STRETCH, model.network().preparation().framing());
    assertEquals("pictures", model.getBinaryFormat());
    try (Stream<Path> list = Files.list(folder)) {
      List<Row> values =
          list.filter(path -> path.toString().endsWith(".png"))
              .map(path -> RowFactory.create(framed(path), label(path)))
              .toList();
      Dataset<Row> frame = spark.createDataFrame(values, Patterns.schema(DataTypes.BinaryType));
      LanewiseClassificationModel known =
          classifier.setFeaturesCol("features").setBinaryFormat("values").fit(frame);
      assertEquals(Framing.EXACT, known.network().preparation().framing());
      Network same = known.network().with(model.network().preparation());
      assertEquals(Patterns.sha(model.network()), Patterns.sha(same));
    }
  }

  private static byte[] framed(Path path) {
    try {
      return Framing.STRETCH.image(Picture.read(path), SHAPE);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static double label(Path path) {
    return Integer.parseInt(path.getFileName().toString().replace(".png", "")) % 3;
  }

  private static Dataset<Row> labelled(Dataset<Row> data) {
    return data.withColumn(
        "label",
        functions.regexp_extract(functions.col("path"), "([0-9]+)\\.png$", 1).cast("int").mod(3));
  }

  private static void assertRefused(
      String part, LanewiseClassificationModel model, Dataset<Row> data) {
    Exception e = assertThrows(Exception.class, () -> model.transform(data).collectAsList());
    assertTrue(e.toString().contains(part), e.toString());
  }

  @Test
  void aBadPictureIsNamed() throws Exception {
    byte[] whole = Files.readAllBytes(folder.resolve("0.png"));
    Path bad = temp.resolve("bad.png");
    Files.write(bad, List.of("no picture"));
    String name = bad.toUri().toString().replace("file:///", "file:/");
    assertRefused(
        "column 'content': " + name + " is text, expected a PNG", model("content"), files(temp));
    Dataset<Row> invalid = spark.read().format("image").load(temp.toString());
    assertRefused("bad.png is no picture that Spark can decode", model("image"), invalid);
    Files.write(bad, Arrays.copyOf(whole, whole.length / 2));
    String message =
        assertThrows(
                LanewiseSparkException.class,
                () ->
                    new LanewiseClassifier()
                        .setNetwork("simple")
                        .setImageShape(6, 6, 3)
                        .setFeaturesCol("content")
                        .setBinaryFormat("pictures")
                        .fit(files(temp).withColumn("label", functions.lit(1))))
            .getMessage();
    assertTrue(message.startsWith("column 'content': " + name + " "), message);
    // The header alone: nothing is decoded.
    ByteBuffer.wrap(whole).putInt(16, 70_000).putInt(20, 70_000);
    CRC32 crc = new CRC32();
    crc.update(whole, 12, 17);
    ByteBuffer.wrap(whole).putInt(29, (int) crc.getValue());
    Files.write(bad, whole);
    assertRefused("70000x70000, expected at most", model("content"), files(temp));
    assertRefused(
        "it is a PNG picture: set binaryFormat to pictures",
        model("content").setBinaryFormat("values"),
        files(temp));
  }

  @Test
  void anImageRowOfAnotherTypeIsRefused() {
    assertRefused("a.tif is of OpenCV's type 5, expected unsigned", "a.tif", 6, 5, new byte[144]);
    assertRefused("a picture has 5 bytes, expected 108 for 6x6 pixels", null, 6, 16, new byte[5]);
    assertRefused("x has a picture of 6x9999999, expected", "x", 9_999_999, 16, new byte[0]);
    assertRefused("x has a null at data, expected an image", "x", 6, 16, null);
  }

  private static void assertRefused(String part, String origin, int height, int mode, byte[] data) {
    Row image = RowFactory.create(origin, height, 6, 3, mode, data);
    Pictures pictures = new Pictures("image", SHAPE, Framing.CROP, false);
    String message =
        assertThrows(LanewiseSparkException.class, () -> pictures.ofSource(image)).getMessage();
    assertTrue(message.startsWith("column 'image': " + part), message);
  }
}
