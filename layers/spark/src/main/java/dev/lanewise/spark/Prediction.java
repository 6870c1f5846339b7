// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Predictor;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * Runs a network on the rows of a partition, a batch at a time.
 *
 * @param images the column of images
 * @param column its place in a row
 * @param path that of the column of paths; -1 if there is none
 * @param answers what is added to a row
 * @param inference the network
 */
record Prediction(
    ImageColumn images, int column, int path, List<Answer> answers, Inference inference)
    implements Serializable {
  Prediction(ImageColumn images, StructType schema, List<Answer> answers, Inference inference) {
    this(
        images,
        schema.fieldIndex(images.name()),
        images.path().isEmpty() ? -1 : schema.fieldIndex(images.path()),
        answers,
        inference);
  }

  /** The rows with the answers. */
  Iterator<Row> of(Iterator<Row> rows) {
    return new Batches(rows, inference.predictor());
  }

  /** Rows with their predictions, made when they are asked for. */
  private final class Batches implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Predictor predictor;
    private final int size; // of an image
    private final int outputs;
    private final float[] x;
    private final float[] results;
    private final int batch = inference.batch();
    private final List<Row> read = new ArrayList<>(batch);
    private final Deque<Row> ready = new ArrayDeque<>(batch);

    Batches(Iterator<Row> rows, Predictor predictor) {
      this.rows = rows;
      this.predictor = predictor;
      outputs = predictor.outputShape().size();
      size = images.shape().size();
      x = new float[batch * size];
      results = new float[batch * outputs];
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
        String origin = path < 0 ? null : row.getString(path);
        images.read(row.get(column), origin, x, read.size() * size);
        read.add(row);
      }
      predictor.outputs(read.size(), x, results);
      for (int i = 0; i < read.size(); i++) {
        ready.add(with(read.get(i), i * outputs));
      }
    }

    /** The row, with the answers of the outputs at a place. */
    private Row with(Row row, int at) {
      double[] z = new double[outputs];
      for (int c = 0; c < outputs; c++) {
        z[c] = results[at + c];
      }
      Object[] values = new Object[row.size() + answers.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = i < row.size() ? row.get(i) : answers.get(i - row.size()).of(z);
      }
      return RowFactory.create(values);
    }
  }
}
