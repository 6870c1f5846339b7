// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Node;
import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.MLReader;

/**
 * Turns the images of a DataFrame into vectors, for a search of nearest neighbours or a model that
 * learns from few examples: {@link #transform} adds a column for the outputs of a layer of a
 * trained network for each image, its embedding.
 *
 * <pre>{@code
 * LanewiseEmbedder embedder =
 *     LanewiseEmbedder.of(Identifiable.randomUID("lanewise"), model.network());
 * Pipeline pipeline =
 *     new Pipeline()
 *         .setStages(
 *             new PipelineStage[] {
 *               embedder, new LogisticRegression().setFeaturesCol("embedding")
 *             });
 * }</pre>
 */
public final class LanewiseEmbedder extends LanewiseModel<LanewiseEmbedder> {
  private static final long serialVersionUID = 1;

  private final Param<String> outputCol =
      Declared.with(this, new Param<>(this, "outputCol", "column for the embeddings"), "embedding");
  private final Param<String> layer =
      Declared.with(
          this, new Param<>(this, "layer", "name of a layer; empty: the one before the last"), "");

  LanewiseEmbedder(String uid, byte[] network) {
    super(uid, network, List.of());
  }

  /**
   * An embedder by a network.
   *
   * @param uid a name, such as {@code Identifiable.randomUID("lanewise")}
   * @param network the network; its weights are copied
   * @return the embedder
   */
  public static LanewiseEmbedder of(String uid, Network network) {
    return new LanewiseEmbedder(uid, ModelBytes.of(network));
  }

  /**
   * Reads an embedder that {@code write().save(path)} has written.
   *
   * @param path where it lies
   * @return the embedder
   */
  public static LanewiseEmbedder load(String path) {
    return read().load(path);
  }

  /**
   * A reader.
   *
   * @return for what {@link #write} has written
   */
  public static MLReader<LanewiseEmbedder> read() {
    return new Reader<>(
        LanewiseEmbedder.class, (uid, network, history) -> new LanewiseEmbedder(uid, network));
  }

  @Override
  Maker<LanewiseEmbedder> maker() {
    return (uid, network, history) -> new LanewiseEmbedder(uid, network);
  }

  @Override
  List<AnswerColumn> answers() {
    if (getOutputCol().isEmpty()) {
      throw new LanewiseSparkException(
          "outputCol is empty, expected the name of a column for the embeddings");
    }
    return List.of(new AnswerColumn(getOutputCol(), answer()));
  }

  @Override
  Answer answer() {
    return Answer.OUTPUTS;
  }

  @Override
  String lastLayer() {
    if (!getLayer().isEmpty()) {
      return getLayer();
    }
    List<Node> before = known().graph().output().inputs();
    if (before.isEmpty() || before.getFirst().inputs().isEmpty()) {
      throw new LanewiseSparkException(
          "the network has no layer before its last one, so there is no embedding: set layer");
    }
    return before.getFirst().name();
  }

  /**
   * Where the embeddings go.
   *
   * @return the column that receives them; by default {@code embedding}
   */
  public Param<String> outputCol() {
    return outputCol;
  }

  /** {@return the value of {@link #outputCol}} */
  public String getOutputCol() {
    return getOrDefault(outputCol);
  }

  /** Sets {@link #outputCol}. */
  public LanewiseEmbedder setOutputCol(String value) {
    return Declared.set(this, outputCol, value);
  }

  /**
   * Whose outputs are the embeddings.
   *
   * @return the full name of a layer, as {@link Network#summary} shows it; empty, the default: the
   *     one before the last, from which a classifier tells the classes
   */
  public Param<String> layer() {
    return layer;
  }

  /** {@return the value of {@link #layer}} */
  public String getLayer() {
    return getOrDefault(layer);
  }

  /** Sets {@link #layer}. */
  public LanewiseEmbedder setLayer(String value) {
    return Declared.set(this, layer, value);
  }
}
