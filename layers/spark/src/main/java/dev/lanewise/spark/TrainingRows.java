// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * The rows of a training in the order of their {@link RowKey}s, whatever partitions they come from.
 * They stay on the executors: the driver learns how many there are.
 *
 * <p>A row is an array of bytes, as {@link RowLayout} says. A first shuffle sorts them into
 * buckets, ranges of keys; the sizes of the buckets give each row its number; a second shuffle
 * takes it to the task that trains on it.
 */
final class TrainingRows {
  private final JavaPairRDD<RowKey, byte[]> sorted;
  private final int[] starts; // [bucket + 1]: the number of the first row of each
  private final RowFormat format;
  private final int classes;
  private final double meanWeight;
  private final String digest;

  private TrainingRows(
      JavaPairRDD<RowKey, byte[]> sorted,
      int[] starts,
      RowFormat format,
      int classes,
      double meanWeight,
      String digest) {
    this.sorted = sorted;
    this.starts = starts;
    this.format = format;
    this.classes = classes;
    this.meanWeight = meanWeight;
    this.digest = digest;
  }

  /**
   * What the driver learns of a bucket.
   *
   * @param count how many rows it has
   * @param largest the largest label; -1 without rows or labels
   * @param weights their sum, exact
   * @param high the sum of the keys
   * @param low the sum of the keys
   * @param fault what is wrong with a row; {@code null} if nothing is
   */
  private record Bucket(
      long count, int largest, BigDecimal weights, long high, long low, String fault)
      implements Serializable {}

  /**
   * Reads, checks and sorts the rows.
   *
   * @param data with the columns of the format
   * @param format how to make bytes of them
   * @param buckets how many partitions to sort them into
   * @return the rows
   * @throws LanewiseSparkException if there are none, or one is not as it should be
   */
  static TrainingRows of(Dataset<?> data, RowFormat format, int buckets) {
    JavaPairRDD<RowKey, byte[]> rows =
        data.select(format.columns())
            .toJavaRDD()
            .mapPartitionsToPair(partition -> new Encoder(partition, format));
    JavaPairRDD<RowKey, byte[]> sorted =
        rows.repartitionAndSortWithinPartitions(new KeyRanges(buckets));
    RowLayout layout = format.layout();
    List<Bucket> found = sorted.mapPartitions(bucket -> count(bucket, layout), true).collect();
    int[] starts = new int[buckets + 1];
    int largest = -1;
    BigDecimal weights = BigDecimal.ZERO;
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
      weights = weights.add(bucket.weights);
      high += bucket.high;
      low += bucket.low;
    }
    if (starts[buckets] == 0) {
      throw new LanewiseSparkException("there are no rows to train on: the data set is empty");
    }
    double mean = layout.weighted() ? weights.doubleValue() / starts[buckets] : 1;
    if (!(mean > 0)) {
      throw new LanewiseSparkException(
          "column '" + format.weight() + "' has weights that are all 0, expected one above it");
    }
    String digest = starts[buckets] + "-" + Long.toHexString(high) + "-" + Long.toHexString(low);
    return new TrainingRows(sorted, starts, format, largest + 1, mean, digest);
  }

  private static Iterator<Bucket> count(Iterator<Tuple2<RowKey, byte[]>> rows, RowLayout layout) {
    long count = 0;
    int largest = -1;
    BigDecimal weights = BigDecimal.ZERO;
    long high = 0;
    long low = 0;
    while (rows.hasNext()) {
      Tuple2<RowKey, byte[]> row = rows.next();
      if (row._1.equals(RowKey.FAULT)) {
        String fault = new String(row._2, StandardCharsets.UTF_8);
        return List.of(new Bucket(0, 0, weights, 0, 0, fault)).iterator();
      }
      count++;
      if (layout.targets() == 0) {
        largest = Math.max(largest, number(row._2));
      }
      if (layout.weighted()) {
        ByteBuffer bytes = ByteBuffer.wrap(row._2).order(ByteOrder.LITTLE_ENDIAN);
        weights = weights.add(new BigDecimal(bytes.getFloat(layout.weightAt())));
      }
      high += row._1.high();
      low += row._1.low();
    }
    return List.of(new Bucket(count, largest, weights, high, low, null)).iterator();
  }

  /** The column of targets, and what else the rows are made of. */
  RowFormat format() {
    return format;
  }

  /**
   * The mean of the weights, whatever the order of the rows, since the sum is exact; 1 if there are
   * none.
   */
  double meanWeight() {
    return meanWeight;
  }

  int size() {
    return starts[starts.length - 1];
  }

  /** One more than the largest label; 0 without labels. */
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
        .mapToPair(row -> new Tuple2<>(shares.task(number(row)), row))
        .partitionBy(new ByTask(shares.tasks()));
  }

  /** The integer that bytes begin with. */
  static int number(byte[] row) {
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
    private final RowFormat format;
    private final float[] image;
    private final MessageDigest digest = RowKey.newDigest();
    private boolean failed;

    Encoder(Iterator<Row> rows, RowFormat format) {
      this.rows = rows;
      this.format = format;
      image = new float[format.layout().values()];
    }

    @Override
    public boolean hasNext() {
      return !failed && rows.hasNext();
    }

    @Override
    public Tuple2<RowKey, byte[]> next() {
      Row row = rows.next();
      try {
        byte[] bytes = format.encode(row, image);
        return new Tuple2<>(RowKey.of(bytes, digest), bytes);
      } catch (LanewiseSparkException e) {
        failed = true;
        return new Tuple2<>(RowKey.FAULT, e.getMessage().getBytes(StandardCharsets.UTF_8));
      }
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
