// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.train;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.ModelFile;
import dev.lanewise.layers.io.Safetensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that the next step of a training depends on, as the content of a file: the tensors of the
 * network, in the names and layouts of {@link ModelFile}, those of the optimizer and of averages,
 * and the {@link TrainingState}.
 *
 * @param network what is trained
 * @param optimizer what the optimizer and averages remember, by name
 */
record TrainingCheckpoint(Network network, Map<String, Tensor> optimizer) {
  /**
   * Copies.
   *
   * @param notes texts to be kept besides
   * @throws DivergedException if a value is not finite
   */
  Safetensors save(TrainingState state, Map<String, String> notes) {
    requireFinite(state);
    Map<String, String> metadata = new LinkedHashMap<>(notes);
    state.write(metadata);
    Safetensors model = ModelFile.content(network.graph(), network.preparation(), metadata);
    Map<String, Tensor> tensors = new LinkedHashMap<>(model.tensors());
    optimizer.forEach((name, tensor) -> tensors.put(ModelFile.OPTIMIZER + name, copy(tensor)));
    return new Safetensors(tensors, model.metadata(), model.whole());
  }

  private static Tensor copy(Tensor tensor) {
    Tensor copy = Tensor.zeros(tensor.dims());
    tensor.copyTo(copy, tensor.size());
    return copy;
  }

  /**
   * Refuses a training that cannot go on.
   *
   * @throws DivergedException if a value is not finite
   */
  void requireFinite(TrainingState state) {
    network.state().forEach((name, stored) -> requireFinite(state, name, stored.value()));
    optimizer.forEach((name, tensor) -> requireFinite(state, ModelFile.OPTIMIZER + name, tensor));
  }

  private static void requireFinite(TrainingState state, String name, Tensor tensor) {
    for (int i = tensor.offset; i < tensor.offset + tensor.size(); i++) {
      if (!Float.isFinite(tensor.data[i])) {
        throw state.diverged("tensor " + name + " has " + tensor.data[i], 0);
      }
    }
  }

  /**
   * Sets the tensors to what was saved. Changes nothing unless everything fits.
   *
   * @param begun where a training of the same kind begins
   * @return where the training stood
   * @throws DataException if it was saved by a run with another network, optimizer, seed or batch
   *     size
   */
  TrainingState restore(CheckpointFolder.Entry checkpoint, TrainingState begun)
      throws DataException {
    Path file = checkpoint.file();
    Map<String, Tensor> tensors = checkpoint.content().tensors();
    TrainingState restored = TrainingState.read(file, checkpoint.content().metadata());
    if (restored.batchSize != begun.batchSize) {
      throw new DataException(
          file,
          ("was saved by a run with batch size " + restored.batchSize)
              + (", expected " + begun.batchSize));
    }
    if (restored.seed != begun.seed) { // what images and layers draw at random depends on it
      throw new DataException(
          file, "was saved by a run with seed " + restored.seed + ", expected " + begun.seed);
    }
    if (restored.accumulate != begun.accumulate) {
      throw new DataException(
          file,
          ("was saved by a run whose steps have " + restored.accumulate)
              + (" batches, expected " + begun.accumulate));
    }
    if (restored.shards != begun.shards) {
      throw new DataException(
          file,
          ("was saved by a run whose batches have " + restored.shards)
              + (" shards, expected " + begun.shards));
    }
    requireSameOptimizer(file, tensors);
    requireSamePreparation(file, checkpoint.content().metadata());
    ModelFile.load(network.graph(), file, tensors);
    optimizer.forEach(
        (name, tensor) -> tensors.get(ModelFile.OPTIMIZER + name).copyTo(tensor, tensor.size()));
    return restored;
  }

  private void requireSamePreparation(Path file, Map<String, String> metadata)
      throws DataException {
    if (!ModelFile.preparation(file, metadata, network.graph()).equals(network.preparation())) {
      throw new DataException(
          file, "was saved by a run that prepared its images or named its classes in another way");
    }
  }

  private void requireSameOptimizer(Path file, Map<String, Tensor> tensors) throws DataException {
    for (Map.Entry<String, Tensor> entry : optimizer.entrySet()) {
      String name = ModelFile.OPTIMIZER + entry.getKey();
      int[] expected = entry.getValue().dims();
      Tensor found = tensors.get(name);
      if (found == null || !Arrays.equals(found.dims(), expected)) {
        throw new DataException(
            file,
            "was saved with another optimizer, average or best epoch: expected a tensor '"
                + (name + "' " + Arrays.toString(expected)));
      }
    }
    long found = tensors.keySet().stream().filter(n -> n.startsWith(ModelFile.OPTIMIZER)).count();
    if (found != optimizer.size()) {
      throw new DataException(
          file, "was saved with another optimizer, average or best epoch: it remembers more");
    }
  }
}
