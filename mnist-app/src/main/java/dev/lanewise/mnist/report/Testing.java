// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Mistake;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** How the network did on the test images: class by class, and where it was most wrong. */
final class Testing {
  /** Of more classes the matrix can neither be read nor kept small. */
  private static final int MOST_CLASSES = 100;

  private static final int CONFUSIONS = 10;
  private static final int MISTAKES = 24;

  private final Network network;
  private final Dataset test;
  private final Evaluation evaluation;
  private final WorkerTeam team;
  private final List<String> names;

  /**
   * A test.
   *
   * @param evaluation its result; {@code null} if there was none
   */
  Testing(
      Network network, Dataset test, Evaluation evaluation, List<String> names, WorkerTeam team) {
    this.network = network;
    this.test = test;
    this.evaluation = evaluation;
    this.names = names;
    this.team = team;
  }

  private String name(int c) {
    return names.get(c);
  }

  private long images(int c) {
    return IntStream.range(0, names.size()).mapToLong(p -> evaluation.confusion()[c][p]).sum();
  }

  /** The section of the page. */
  Html html() {
    if (evaluation == null || evaluation.count() == 0) {
      return Html.of(
          "<section id=\"test\"><h2>Test</h2><p id=\"mistakes\">%s</p></section>",
          evaluation == null
              ? "The training was stopped before its test."
              : "There are no test images.");
    }
    return Html.of(
        """
        <section id="test"><h2>Test</h2>
        <div class="pair"><div><h3>Confusion matrix</h3>%s%s</div>
        <div><h3>Class by class</h3>%s</div></div>
        <h3 id="mistakes">The worst mistakes</h3>%s</section>""",
        names.size() <= MOST_CLASSES ? matrix() : Html.NONE, confusions(), classes(), mistakes());
  }

  private Html matrix() {
    Html head =
        names.stream()
            .map(name -> Html.of("<th scope=\"col\">%s</th>", name))
            .collect(Html.joining());
    Html rows = IntStream.range(0, names.size()).mapToObj(this::matrixRow).collect(Html.joining());
    return Html.of(
        """
        <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">\
        <table class="matrix"><caption>A row for each label, a column for each answer</caption>\
        <thead><tr><td></td>%s</tr></thead><tbody>
        %s
        </tbody></table></div>""",
        head, rows);
  }

  private Html matrixRow(int label) {
    long[] row = evaluation.confusion()[label];
    StringBuilder cells = new StringBuilder();
    for (int answer = 0; answer < row.length; answer++) {
      if (row[answer] == 0) {
        cells.append("<td></td>");
      } else {
        // A root, so that a few mistakes among many images are seen.
        double shade = Math.sqrt((double) row[answer] / images(label));
        cells.append(
            Html.of(
                "<td class=\"%s\" style=\"--s:%.2f\">%d</td>",
                answer == label ? "right" : "wrong", shade, row[answer]));
      }
    }
    return Html.of("<tr><th scope=\"row\">%s</th>%s</tr>", name(label), new Html(cells.toString()));
  }

  private record Confusion(int label, int answer, long count) {}

  private Html confusions() {
    List<Confusion> all = new ArrayList<>();
    for (int label = 0; label < names.size(); label++) {
      for (int answer = 0; answer < names.size(); answer++) {
        if (answer != label && evaluation.confusion()[label][answer] > 0) {
          all.add(new Confusion(label, answer, evaluation.confusion()[label][answer]));
        }
      }
    }
    if (all.isEmpty()) {
      return new Html("<p>No image was taken for another class.</p>");
    }
    all.sort(Comparator.comparingLong(Confusion::count).reversed());
    return Html.of(
        "<p>Most often: %s.</p>",
        new Html(
            String.join(
                ", ",
                all.stream()
                    .limit(CONFUSIONS)
                    .map(
                        c ->
                            Html.of("%s for %s (%d)", name(c.label), name(c.answer), c.count)
                                .text())
                    .toList())));
  }

  private Html classes() {
    return Html.of(
        """
        <div class="scroll" tabindex="0" role="region" aria-label="Class by class"><table>\
        <caption>Precision: how many of the answers were right. Recall: how many of the images were\
         found. F1: their harmonic mean.</caption>\
        <thead><tr><th scope="col">class</th><th scope="col">images</th>\
        <th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th></tr>\
        </thead><tbody>
        %s
        </tbody></table></div>""",
        IntStream.range(0, names.size())
            .mapToObj(
                c ->
                    Html.of(
                        "<tr><th scope=\"row\">%s</th><td>%d</td>%s%s%s</tr>",
                        name(c),
                        images(c),
                        Html.cell(Html.percent(evaluation.precision(c))),
                        Html.cell(Html.percent(evaluation.recall(c))),
                        Html.cell(Html.percent(evaluation.f1(c)))))
            .collect(Html.joining()));
  }

  private Html mistakes() {
    List<Mistake> worst = Mistake.worst(network, test, MISTAKES, team);
    if (worst.isEmpty()) {
      return new Html("<p>There is none: every test image was classified correctly.</p>");
    }
    long wrong = Math.round(evaluation.count() * (1 - evaluation.accuracy()));
    return Html.of(
        """
        <p>%d of %,d test images were classified wrongly. These %d have the largest loss.</p>
        <ul class="gallery">
        %s
        </ul>""",
        wrong,
        evaluation.count(),
        worst.size(),
        worst.stream().map(this::mistake).collect(Html.joining()));
  }

  private Html mistake(Mistake mistake) {
    float[] pixels = new float[test.shape().size()];
    test.copy(new int[] {mistake.image()}, 0, 1, pixels, 0, new int[1], 0);
    String label = name(mistake.label());
    String answer = name(mistake.prediction());
    return Html.of(
        """
        <li><img src="%s" alt="Test image %d: %s, taken for %s" width="84">\
        <b>%s</b> taken for <b>%s</b><span>%s: %s<br>%s: %s<br>image %d</span></li>""",
        Png.image(pixels, test.shape()),
        mistake.image(),
        label,
        answer,
        label,
        answer,
        answer,
        Html.percent(mistake.certainty()),
        label,
        small(mistake.truth()),
        mistake.image());
  }

  /** Two digits, however small. */
  private static String small(double share) {
    return share >= 1e-4 ? Html.percent(share) : Html.number("%.1g", share);
  }
}
