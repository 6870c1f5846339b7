package dev.lanewise.spark;

import dev.lanewise.layers.Predictor;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.WeakHashMap;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Classifies the rows of a partition, a batch at a time.
 *
 * @param images the column of images
 * @param column its place in a row
 * @param raw whether to add the logits
 * @param probability whether to add the probabilities
 * @param prediction whether to add the class
 * @param batch how many images go through the network at a time
 */
record Prediction(
    ImageColumn images, int column, boolean raw, boolean probability, boolean prediction, int batch)
    implements Serializable {
  /** The predictors of this executor, by the bytes that Spark keeps of their models. */
  private static final Map<byte[], Map<Integer, Predictor>> PREDICTORS = new WeakHashMap<>();

  /** Classifies. */
  Iterator<Row> of(Iterator<Row> rows, Broadcast<byte[]> model) {
    return new Batches(rows, predictor(model.value()));
  }

  private Predictor predictor(byte[] model) {
    synchronized (PREDICTORS) {
      return PREDICTORS
          .computeIfAbsent(model, key -> new HashMap<>())
          .computeIfAbsent(batch, key -> new Predictor(ModelBytes.network(model), batch));
    }
  }

  /** Rows with their predictions, made when they are asked for. */
  private final class Batches implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Predictor predictor;
    private final int outputs;
    private final float[] x;
    private final float[] logits;
    private final List<Row> read = new ArrayList<>(batch);
    private final Deque<Row> ready = new ArrayDeque<>(batch);

    Batches(Iterator<Row> rows, Predictor predictor) {
      this.rows = rows;
      this.predictor = predictor;
      outputs = predictor.outputShape().size();
      x = new float[batch * images.size()];
      logits = new float[batch * outputs];
    }

    @Override
    public boolean hasNext() {
      return !ready.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
      if (ready.isEmpty()) {
        if (!rows.hasNext()) {
          throw new NoSuchElementException();
        }
        fill();
      }
      return ready.remove();
    }

    private void fill() {
      read.clear();
      while (read.size() < batch && rows.hasNext()) {
        Row row = rows.next();
        images.read(row.get(column), x, read.size() * images.size());
        read.add(row);
      }
      predictor.outputs(read.size(), x, logits);
      for (int i = 0; i < read.size(); i++) {
        ready.add(with(read.get(i), i * outputs));
      }
    }

    /** The row, with the logits at a place. */
    private Row with(Row row, int at) {
      double[] z = new double[outputs];
      int best = 0;
      for (int c = 0; c < outputs; c++) {
        z[c] = logits[at + c];
        best = z[c] > z[best] ? c : best;
      }
      Object[] values =
          new Object[row.size() + (raw ? 1 : 0) + (probability ? 1 : 0) + (prediction ? 1 : 0)];
      int to = 0;
      while (to < row.size()) {
        values[to] = row.get(to);
        to++;
      }
      if (raw) {
        values[to++] = Vectors.dense(z);
      }
      if (probability) {
        values[to++] = Vectors.dense(softmax(z, z[best]));
      }
      if (prediction) {
        values[to] = (double) best;
      }
      return RowFactory.create(values);
    }

    private static double[] softmax(double[] z, double largest) {
      double[] p = new double[z.length];
      double sum = 0;
      for (int c = 0; c < z.length; c++) {
        p[c] = StrictMath.exp(z[c] - largest);
        sum += p[c];
      }
      for (int c = 0; c < z.length; c++) {
        p[c] /= sum;
      }
      return p;
    }
  }
}
