// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.train.Evaluation;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tests a trained network. */
@Command(
    name = "evaluate",
    description = {
      "Classifies the test images with saved weights: accuracy, loss, confusion matrix, and"
          + " precision and recall of each class."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app evaluate",
      "  mnist-app evaluate --weights weights.safetensors",
      "  mnist-app evaluate --weights weights.safetensors --data folder --json",
      "  mnist-app evaluate --weights flowers.safetensors --data new-flowers --all"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private WeightsOptions weights;

  @Mixin private DataOptions source;

  @Mixin private CommonOptions common;

  @Option(
      names = "--model",
      paramLabel = "<name|layers>",
      completionCandidates = ModelNames.class,
      description =
          "The network that the weights are for, where the file does not say so: a name or a list"
              + " of layers that 'train --model' takes. Default: found from the file")
  private String model;

  @Option(
      names = "--all",
      description =
          "Test with all pictures of a folder, and not only with those that 'train' leaves for the"
              + " test: for a folder that it was not trained with.")
  private boolean all;

  @Option(
      names = "--json",
      description =
          "Print one JSON object instead: model, images, accuracy, loss, classes (of each: class,"
              + " name if there are names, precision, recall, images), confusion (a row per label, a column per"
              + " prediction). A figure that does not exist is null.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    common.validate();
    source.validate(common);
    if (model != null) {
      model = common.requireModel(model);
    }
    SavedNetwork saved = weights.read(model);
    MnistSource.Test data = source.loadTest(saved, all, common::tell);
    Dataset test = data.images();
    try (WorkerTeam team = new WorkerTeam(common.threads)) {
      Network network = saved.forImages(test, weights.match, common);
      Evaluation evaluation =
          Evaluation.of(network, new Watched(test, new Pace(common::tell)), team);
      if (evaluation.count() > 0 && !Double.isFinite(evaluation.loss())) {
        throw new DataException(
            saved.file(),
            "has weights so large that what comes out for %d of %d images is not finite"
                .formatted(evaluation.overflowed(), evaluation.count()));
      }
      List<String> names = network.preparation().classNames();
      if (json) {
        common.print("%s", Reports.json(saved.name(), evaluation, names));
        return Main.OK;
      }
      common.print("data      %s", data.description());
      common.print("          %d to test; %s", test.size(), CommonOptions.describe(test));
      common.print("model     %s, %s", saved.title(), Reports.parameters(network));
      if (weights.shipped()) {
        ShippedNetwork shipped = new ShippedNetwork();
        common.print(
            "          trained by 'mnist-app %s', %.2f %% of MNIST's test images",
            shipped.command(), 100 * shipped.accuracy());
        common.print("          SHA-256 %s", shipped.sha256());
      }
      common.print("engine    %s", Reports.engine(common.threads));
      common.print(
          "test      accuracy %.2f %%, loss %.4f%n",
          100 * evaluation.accuracy(), evaluation.loss());
      common.print("%s", Reports.text(evaluation, names));
    }
    return Main.OK;
  }
}
