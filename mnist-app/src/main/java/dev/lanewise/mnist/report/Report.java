// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.io.WeightsHash;
import dev.lanewise.layers.profile.LayerTime;
import dev.lanewise.layers.profile.Profile;
import dev.lanewise.layers.train.Evaluation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A training as one HTML page that needs nothing else: no file beside it, no network.
 *
 * @param title what was trained on what
 * @param network the trained network
 * @param train the images it was trained on
 * @param test the images it was tested with
 * @param evaluation the result of the test; {@code null} if the training was stopped before
 * @param history how the training went
 * @param batchSize how many images a step had
 * @param seconds how long the training took, with validation and test
 * @param command what repeats the training
 * @param facts further facts to repeat it with, in their order: what, and its value
 */
public record Report(
    String title,
    Network network,
    Dataset train,
    Dataset test,
    Evaluation evaluation,
    History history,
    int batchSize,
    double seconds,
    String command,
    Map<String, String> facts) {
  /** Where the webjar has its files; a test fails where the version is another. */
  private static final String UPLOT = "META-INF/resources/webjars/uplot/1.6.30/";

  private static final Duration MEASURED = Duration.ofMillis(100);

  /** Images of a step that is measured: more would need memory that the training has. */
  private static final int MOST_MEASURED = 64;

  /**
   * Makes the page. The network stays as it is.
   *
   * @param team the threads
   * @return HTML
   * @throws IOException if the program lacks a file, or there is no room for a temporary one
   */
  public String html(WorkerTeam team) throws IOException {
    List<String> names = names();
    Learning learning = new Learning(network, history);
    List<Chart> charts = learning.charts();
    ArrayNode data = JsonNodeFactory.instance.arrayNode();
    charts.forEach(chart -> chart.addTo(data));
    Map<String, Double> shares = shares(team);
    return Html.of(
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
            style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
            <title>%s</title>
            <link rel="icon" href="data:,">
            <style>%s%s</style>
            </head>
            <body>
            <header><h1>%s</h1>
            <nav aria-label="Sections"><a href="#learning">Learning</a> <a href="#test">Test</a>\
             <a href="#mistakes">Mistakes</a> <a href="#look">What it sees</a>\
             <a href="#network">Network</a> <a href="#repeat">Repeat</a></nav></header>
            <main>
            %s
            %s
            %s
            %s
            %s
            %s
            </main>
            <script type="application/json" id="data">%s</script>
            <script>/* uPlot
            %s*/
            %s</script>
            <script>%s</script>
            </body>
            </html>
            """,
            title,
            file(UPLOT + "dist/uPlot.min.css"),
            own("report.css"),
            title,
            summary(),
            learning.html(charts),
            new Testing(network, test, evaluation, names, team).html(),
            new Look(network, test.size() > 0 ? test : train, names).html(),
            new Structure(network, shares).html(),
            repeat(),
            new Html(data.toString().replace("<", "\\u003c")),
            file(UPLOT + "LICENSE"),
            file(UPLOT + "dist/uPlot.iife.min.js"),
            own("report.js"))
        .text();
  }

  /** Of the time of a step, by layers that have some; empty where this Java cannot tell. */
  private Map<String, Double> shares(WorkerTeam team) throws IOException {
    if (evaluation == null) { // whoever has stopped the training does not want to wait
      return Map.of();
    }
    List<LayerTime> rows;
    try {
      rows = Profile.training(network, Math.min(batchSize, MOST_MEASURED), team, MEASURED).rows();
    } catch (UnsupportedOperationException e) { // as without the Flight Recorder
      return Map.of();
    }
    double all = rows.stream().mapToDouble(LayerTime::nanos).sum();
    Map<String, Double> shares = new HashMap<>();
    for (LayerTime row : rows) {
      if (row.nanos() > 0) {
        shares.put(row.layer(), row.nanos() / all);
      }
    }
    return shares;
  }

  /** As the data set calls the classes, else their numbers. */
  private List<String> names() {
    List<String> given = network.preparation().classNames();
    given = given.isEmpty() ? train.classNames() : given;
    List<String> names = new ArrayList<>();
    for (int c = 0; c < network.outputShape().size(); c++) {
      names.add(c < given.size() ? given.get(c) : Integer.toString(c));
    }
    return names;
  }

  private Html summary() {
    long parameters =
        network.parameters().values().stream().mapToLong(each -> each.value().size()).sum();
    return Html.of(
        """
        <dl class="summary">
        <div><dt>Test accuracy</dt><dd>%s</dd></div>
        <div><dt>Test loss</dt><dd>%s</dd></div>
        <div><dt>Epochs</dt><dd>%d</dd></div>
        <div><dt>Time</dt><dd>%s</dd></div>
        <div><dt>Parameters</dt><dd>%,d</dd></div>
        </dl>""",
        Html.percent(evaluation == null ? Double.NaN : evaluation.accuracy()),
        Html.number("%.4f", evaluation == null ? Double.NaN : evaluation.loss()),
        history.epochs().size(),
        Html.number("%,.1f s", seconds),
        parameters);
  }

  private Html repeat() {
    return Html.of(
        """
        <section id="repeat"><h2>Repeat it</h2>
        <p>The same options give the same weights, to the last bit, on every machine and with any\
         number of threads.</p>
        <pre tabindex="0" aria-label="Command">%s</pre>
        <dl class="facts">
        %s
        <div><dt>SHA-256 of the weights</dt><dd><code>%s</code></dd></div>
        </dl></section>""",
        command,
        facts.entrySet().stream()
            .map(
                fact ->
                    Html.of("<div><dt>%s</dt><dd>%s</dd></div>", fact.getKey(), fact.getValue()))
            .collect(Html.joining()),
        WeightsHash.of(network.state()));
  }

  private static Html own(String name) throws IOException {
    return file(Report.class.getPackageName().replace('.', '/') + "/" + name);
  }

  private static Html file(String path) throws IOException {
    try (InputStream in = Report.class.getClassLoader().getResourceAsStream(path)) {
      if (in == null) {
        throw new IOException("the program lacks its file " + path);
      }
      return new Html(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
