// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.FloatDataset;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.optim.Sgd;
import dev.lanewise.layers.train.Evaluation;
import dev.lanewise.layers.train.Trainer;
import dev.lanewise.mnist.Tags;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final List<String> NAMES = List.of("<script>alert(1)</script>", "a & \"b\"");
  private static final Shape SHAPE = new Shape(3, 3, 1);
  private static final int IMAGES = 40;

  private static FloatDataset images(boolean wrong) {
    float[] pixels = new float[IMAGES * SHAPE.size()];
    int[] labels = new int[IMAGES];
    for (int i = 0; i < IMAGES; i++) {
      labels[i] = i % 2;
      pixels[i * SHAPE.size() + 4 * (i % 2)] = 1;
      labels[i] = wrong && i == 7 ? 0 : labels[i];
    }
    return new FloatDataset(SHAPE, NAMES, pixels, labels);
  }

  private static String report(FloatDataset test) throws IOException {
    FloatDataset train = images(false);
    Network network = new Network(SHAPE, new Flatten(), new Dense(2));
    network.initialize(1);
    Trainer trainer =
        Trainer.of(network).optimizer(new Sgd()).learningRate(0.5f).batchSize(10).build();
    History history = new History(network, trainer, train, 10, 2, WorkerTeam.single());
    trainer.fit(2, train, history);
    Evaluation evaluation = Evaluation.of(network, test, WorkerTeam.single());
    return new Report(
            "<b>title</b>",
            network,
            train,
            test,
            evaluation,
            history,
            10,
            1.25,
            "train --data '<i>'",
            Map.of("Machine", "<u>"))
        .html(WorkerTeam.single());
  }

  private static JsonNode charts(String html) throws IOException {
    int from = html.indexOf("id=\"data\">") + "id=\"data\">".length();
    return new ObjectMapper().readTree(html.substring(from, html.indexOf("</script>", from)));
  }

  @Test
  void namesAndTitlesAreEscaped() throws IOException {
    String html = report(images(true));

    Tags.requireWhole(html);
    assertFalse(html.contains("<script>alert"));
    assertTrue(html.contains("<th scope=\"col\">&lt;script&gt;alert(1)&lt;/script&gt;</th>"));
    assertTrue(html.contains("<b>&lt;script&gt;alert(1)&lt;/script&gt;</b> taken for <b>a &amp;"));
    assertTrue(html.contains("<title>&lt;b&gt;title&lt;/b&gt;</title>"));
    assertTrue(html.contains("--data &#39;&lt;i&gt;&#39;"));
    assertTrue(html.contains("<dd>&lt;u&gt;</dd>"));
    assertFalse(html.contains("Filters of the first convolution"), "there is none");
    assertTrue(html.contains("/* uPlot\nThe MIT License"), "the licence of the library");
  }

  @Test
  void curvesAreThoseOfTheTraining() throws IOException {
    JsonNode charts = charts(report(images(false)));

    assertEquals(
        List.of("loss", "accuracy", "rate", "speed", "ratios"),
        charts.valueStream().map(chart -> chart.get("id").asText()).toList());
    JsonNode loss = charts.get(0);
    assertEquals(List.of(0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0), numbers(loss.get("x")));
    assertEquals(1, loss.get("curves").size(), "there is no validation");
    List<Double> falling = numbers(loss.get("curves").get(0).get("y"));
    assertTrue(falling.getFirst() > 2 * falling.getLast(), falling.toString());
    for (double rate : numbers(charts.get(2).get("curves").get(0).get("y"))) {
      assertEquals(0.5, rate);
    }
    assertEquals(List.of(1.0, 2.0), numbers(charts.get(1).get("x")));
    assertEquals(100, numbers(charts.get(1).get("curves").get(0).get("y")).getLast());
    assertEquals("1.weight", charts.get(4).get("curves").get(0).get("name").asText());
    assertTrue(charts.get(4).get("log").asBoolean());
  }

  private static List<Double> numbers(JsonNode array) {
    return array.valueStream().map(JsonNode::asDouble).toList();
  }

  @Test
  void withoutMistakesAndWithoutATest() throws IOException {
    String html = report(images(false));
    assertTrue(html.contains("every test image was classified correctly"));
    assertTrue(html.contains("No image was taken for another class"));

    String untested = report(images(false).slice(0, 0));
    Tags.requireWhole(untested);
    assertTrue(untested.contains("There are no test images"));
  }

  /** Numbers are part of drawings, too. */
  @Test
  void theLocaleChangesNoDigit() throws IOException {
    Locale usual = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertEquals("\u0661", "%d".formatted(1));
      assertFalse(report(images(true)).matches("(?s).*[\u0660-\u0669].*"));
    } finally {
      Locale.setDefault(usual);
    }
  }
}
