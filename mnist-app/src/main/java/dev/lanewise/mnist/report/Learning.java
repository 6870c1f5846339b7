// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Parameter;
import dev.lanewise.mnist.report.History.Epoch;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How the network learned: charts, and a table of the same figures. */
final class Learning {
  /** More curves cannot be told apart. */
  private static final int MOST_RATIOS = 6;

  private static final double PERCENT = 100;

  private final Network network;
  private final History history;

  Learning(Network network, History history) {
    this.network = network;
    this.history = history;
  }

  List<Chart> charts() {
    Chart loss =
        new Chart(
            "loss",
            "Loss",
            "Mean cross-entropy: of training images as their steps were made, of validation images"
                + " after each epoch.",
            true);
    loss.curve("training", false);
    history.points().forEach(point -> loss.point(point.epoch(), point.loss()));
    loss.curve("validation", true);
    history.epochs().forEach(epoch -> loss.point(epoch.number(), epoch.validationLoss()));

    Chart accuracy =
        new Chart(
            "accuracy",
            "Accuracy, %",
            "After each epoch; of training images, a sample of " + history.sampled() + ".",
            false);
    accuracy.curve("training", true);
    history
        .epochs()
        .forEach(epoch -> accuracy.point(epoch.number(), PERCENT * epoch.trainAccuracy()));
    accuracy.curve("validation", true);
    history
        .epochs()
        .forEach(epoch -> accuracy.point(epoch.number(), PERCENT * epoch.validationAccuracy()));

    Chart rate =
        new Chart("rate", "Learning rate", "The length of a step along the gradient.", false);
    rate.curve("learning rate", false);
    history.points().forEach(point -> rate.point(point.epoch(), point.rate()));

    Chart speed =
        new Chart(
            "speed", "Images per second", "Of the training alone, without validation.", false);
    speed.curve("images per second", true);
    history.epochs().forEach(epoch -> speed.point(epoch.number(), epoch.imagesPerSecond()));
    return List.of(loss, accuracy, rate, speed, ratios());
  }

  /** Of weights alone: biases may begin with zeros, and then move by much. */
  private List<String> shownWeights() {
    List<String> weights =
        network.parameters().entrySet().stream()
            .filter(entry -> entry.getValue().isWeight())
            .map(Map.Entry::getKey)
            .toList();
    int shown = Math.min(MOST_RATIOS, weights.size());
    return IntStream.range(0, shown)
        .mapToObj(i -> weights.get(shown == 1 ? 0 : i * (weights.size() - 1) / (shown - 1)))
        .toList();
  }

  private Chart ratios() {
    List<String> shown = shownWeights();
    long weights = network.parameters().values().stream().filter(Parameter::isWeight).count();
    Chart chart =
        new Chart(
            "ratios",
            "Update over weight",
            "The length of a step's update over that of the weight, mean of some steps of each"
                + " epoch; about 0.001 is usual."
                + (weights > shown.size()
                    ? " %s of %s weights.".formatted(shown.size(), weights)
                    : ""),
            true);
    for (String weight : shown) {
      chart.curve(weight, true);
      for (Epoch epoch : history.epochs()) {
        chart.point(epoch.number(), epoch.ratios().getOrDefault(weight, Double.NaN));
      }
    }
    return chart;
  }

  /** The section of the page. */
  Html html(List<Chart> charts) {
    return Html.of(
        """
        <section id="learning"><h2>Learning</h2>%s
        <div class="charts">%s</div>
        <details><summary>The figures of each epoch as a table</summary>%s</details>
        <details><summary>The updates of each parameter as a table</summary>%s</details>
        </section>""",
        resumed(), charts.stream().map(Chart::html).collect(Html.joining()), epochs(), updates());
  }

  private Html resumed() {
    return history.resumed() == 0
        ? Html.NONE
        : Html.of(
            "<p>The training was resumed after epoch %d. Of the epochs before, the checkpoint"
                + " keeps one figure each, and neither updates nor the accuracy on training"
                + " images.</p>",
            history.resumed());
  }

  private Html epochs() {
    return Html.of(
        """
        <div class="scroll" tabindex="0" role="region" aria-label="Figures of each epoch">\
        <table><caption>Figures of each epoch</caption><thead><tr><th scope="col">epoch</th>\
        <th scope="col">training loss</th><th scope="col">validation loss</th>\
        <th scope="col">training accuracy</th><th scope="col">validation accuracy</th>\
        <th scope="col">learning rate at its end</th><th scope="col">images/s</th>\
        <th scope="col">seconds</th></tr></thead><tbody>
        %s
        </tbody></table></div>""",
        history.epochs().stream().map(Learning::row).collect(Html.joining()));
  }

  private static Html row(Epoch epoch) {
    return Html.of(
        "<tr><th scope=\"row\">%d</th>%s%s%s%s%s%s%s</tr>",
        epoch.number(),
        Html.cell(Html.number("%.4f", epoch.trainLoss())),
        Html.cell(Html.number("%.4f", epoch.validationLoss())),
        Html.cell(Html.percent(epoch.trainAccuracy())),
        Html.cell(Html.percent(epoch.validationAccuracy())),
        Html.cell(Html.number("%.3g", epoch.rate())),
        Html.cell(Html.number("%,.0f", epoch.imagesPerSecond())),
        Html.cell(Html.number("%.1f", epoch.seconds())));
  }

  private Html updates() {
    List<Epoch> known =
        history.epochs().stream().filter(epoch -> !epoch.ratios().isEmpty()).toList();
    return Html.of(
        """
        <div class="scroll" tabindex="0" role="region" aria-label="Updates of each parameter">\
        <table><caption>Update over parameter, mean of the steps measured</caption>\
        <thead><tr><th scope="col">parameter</th><th scope="col">values</th>\
        <th scope="col">first epoch</th><th scope="col">last epoch</th></tr></thead><tbody>
        %s
        </tbody></table></div>""",
        network.parameters().entrySet().stream()
            .map(
                entry ->
                    Html.of(
                        "<tr><th scope=\"row\">%s</th><td>%,d</td>%s%s</tr>",
                        entry.getKey(),
                        entry.getValue().value().size(),
                        ratio(known.isEmpty() ? null : known.getFirst(), entry.getKey()),
                        ratio(known.isEmpty() ? null : known.getLast(), entry.getKey())))
            .collect(Html.joining()));
  }

  private static Html ratio(Epoch epoch, String parameter) {
    return Html.cell(
        epoch == null ? "–" : Html.number("%.2g", epoch.ratios().getOrDefault(parameter, 0.0)));
  }
}
