package dev.lanewise.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import scala.Tuple2;

/**
 * The rows of a training in the order of their {@link RowKey}s, whatever partitions they come from.
 * They stay on the executors: the driver learns how many there are.
 *
 * <p>A row is an array of bytes: the label, an integer, and the values, floats, little-endian. A
 * first shuffle sorts them into buckets, ranges of keys; the sizes of the buckets give each row its
 * number; a second shuffle takes it to the task that trains on it.
 */
final class TrainingRows {
  private final JavaPairRDD<RowKey, byte[]> sorted;
  private final int[] starts; // [bucket + 1]: the number of the first row of each
  private final int classes;
  private final String digest;

  private TrainingRows(
      JavaPairRDD<RowKey, byte[]> sorted, int[] starts, int classes, String digest) {
    this.sorted = sorted;
    this.starts = starts;
    this.classes = classes;
    this.digest = digest;
  }

  /**
   * What the driver learns of a bucket.
   *
   * @param count how many rows it has
   * @param largest the largest label; -1 without rows
   * @param high the sum of the keys
   * @param low the sum of the keys
   * @param fault what is wrong with a row; {@code null} if nothing is
   */
  private record Bucket(long count, int largest, long high, long low, String fault)
      implements Serializable {}

  /**
   * Reads, checks and sorts the rows.
   *
   * @param data with the columns of images and labels
   * @param images the column of images
   * @param label the name of the column of labels, numbers
   * @param buckets how many partitions to sort them into
   * @return the rows
   * @throws LanewiseSparkException if there are none, or one is not as it should be
   */
  static TrainingRows of(Dataset<?> data, ImageColumn images, String label, int buckets) {
    JavaPairRDD<RowKey, byte[]> rows =
        data.select(columns(images, label))
            .toJavaRDD()
            .mapPartitionsToPair(partition -> new Encoder(partition, images, label));
    JavaPairRDD<RowKey, byte[]> sorted =
        rows.repartitionAndSortWithinPartitions(new KeyRanges(buckets));
    List<Bucket> found = sorted.mapPartitions(TrainingRows::count, true).collect();
    int[] starts = new int[buckets + 1];
    int largest = -1;
    long high = 0;
    long low = 0;
    for (int b = 0; b < buckets; b++) {
      Bucket bucket = found.get(b);
      if (bucket.fault != null) {
        throw new LanewiseSparkException(bucket.fault);
      }
      if (starts[b] + bucket.count > Integer.MAX_VALUE) {
        throw new LanewiseSparkException("there are 2^31 rows or more, expected fewer");
      }
      starts[b + 1] = starts[b] + (int) bucket.count;
      largest = Math.max(largest, bucket.largest);
      high += bucket.high;
      low += bucket.low;
    }
    if (starts[buckets] == 0) {
      throw new LanewiseSparkException("there are no rows to train on: the data set is empty");
    }
    String digest = starts[buckets] + "-" + Long.toHexString(high) + "-" + Long.toHexString(low);
    return new TrainingRows(sorted, starts, largest + 1, digest);
  }

  /** The label, the image, and where it comes from if that is known. */
  private static Column[] columns(ImageColumn images, String label) {
    Stream<Column> labels = Stream.of(column(label).cast(DataTypes.DoubleType));
    return Stream.concat(labels, images.columns().stream().map(TrainingRows::column))
        .toArray(Column[]::new);
  }

  /** A name with a dot is no path. */
  private static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  private static Iterator<Bucket> count(Iterator<Tuple2<RowKey, byte[]>> rows) {
    long count = 0;
    int largest = -1;
    long high = 0;
    long low = 0;
    while (rows.hasNext()) {
      Tuple2<RowKey, byte[]> row = rows.next();
      int label = label(row._2);
      if (label < 0) {
        String fault = new String(row._2, Integer.BYTES, row._2.length - 4, StandardCharsets.UTF_8);
        return List.of(new Bucket(0, 0, 0, 0, fault)).iterator();
      }
      count++;
      largest = Math.max(largest, label);
      high += row._1.high();
      low += row._1.low();
    }
    return List.of(new Bucket(count, largest, high, low, null)).iterator();
  }

  int size() {
    return starts[starts.length - 1];
  }

  /** One more than the largest label. */
  int classes() {
    return classes;
  }

  /** Differs where the rows differ. */
  String digest() {
    return digest;
  }

  /**
   * Takes each row to the task that needs it.
   *
   * @param shares who needs which
   * @return pairs of a task, whose partition they are in, and a row: its number, and the bytes as
   *     above
   */
  JavaPairRDD<Integer, byte[]> forTasks(Shares shares) {
    int[] first = starts;
    return sorted
        .mapPartitionsWithIndex(
            (bucket, rows) -> {
              int[] next = {first[bucket]};
              return map(rows, row -> numbered(next[0]++, row._2));
            },
            true)
        .mapToPair(row -> new Tuple2<>(shares.task(label(row)), row))
        .partitionBy(new ByTask(shares.tasks()));
  }

  /** The integer that a row begins with. */
  static int label(byte[] row) {
    return ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private static byte[] numbered(int number, byte[] row) {
    return ByteBuffer.allocate(Integer.BYTES + row.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(number)
        .put(row)
        .array();
  }

  /** An element made of another. */
  private interface Mapping<T, R> {
    R of(T element);
  }

  private static <T, R> Iterator<R> map(Iterator<T> elements, Mapping<T, R> mapping) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return elements.hasNext();
      }

      @Override
      public R next() {
        return mapping.of(elements.next());
      }
    };
  }

  /** Makes bytes of the rows of a partition; of the first bad one, what is wrong. */
  private static final class Encoder implements Iterator<Tuple2<RowKey, byte[]>> {
    private final Iterator<Row> rows;
    private final ImageColumn images;
    private final String labels;
    private final float[] image;
    private final MessageDigest digest = RowKey.newDigest();
    private boolean failed;

    Encoder(Iterator<Row> rows, ImageColumn images, String labels) {
      this.rows = rows;
      this.images = images;
      this.labels = labels;
      image = new float[images.shape().size()];
    }

    @Override
    public boolean hasNext() {
      return !failed && rows.hasNext();
    }

    @Override
    public Tuple2<RowKey, byte[]> next() {
      Row row = rows.next();
      try {
        int label = label(row);
        images.read(row.get(1), row.length() > 2 ? row.getString(2) : null, image, 0);
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * (1 + image.length));
        bytes.order(ByteOrder.LITTLE_ENDIAN).putInt(label).asFloatBuffer().put(image);
        return new Tuple2<>(RowKey.of(bytes.array(), digest), bytes.array());
      } catch (LanewiseSparkException e) {
        failed = true;
        byte[] fault = e.getMessage().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + fault.length);
        return new Tuple2<>(RowKey.FIRST, bytes.putInt(-1).put(fault).array());
      }
    }

    private int label(Row row) {
      if (row.isNullAt(0)) {
        throw new LanewiseSparkException("column '" + labels + "' has a row without a label: null");
      }
      double label = row.getDouble(0);
      if (!(label >= 0 && label < Integer.MAX_VALUE && label == Math.rint(label))) {
        throw new LanewiseSparkException(
            "column '" + labels + "' has the label " + label + ", expected whole numbers from 0");
      }
      return (int) label;
    }
  }

  /** Cuts the range of keys evenly. */
  private static final class KeyRanges extends Partitioner {
    private static final long serialVersionUID = 1;

    private final int buckets;

    KeyRanges(int buckets) {
      this.buckets = buckets;
    }

    @Override
    public int numPartitions() {
      return buckets;
    }

    @Override
    public int getPartition(Object key) {
      return (int) ((((RowKey) key).high() >>> 32) * buckets >>> 32);
    }
  }

  /** The key is the partition. */
  private static final class ByTask extends Partitioner {
    private static final long serialVersionUID = 1;

    private final int tasks;

    ByTask(int tasks) {
      this.tasks = tasks;
    }

    @Override
    public int numPartitions() {
      return tasks;
    }

    @Override
    public int getPartition(Object key) {
      return (Integer) key;
    }
  }
}
