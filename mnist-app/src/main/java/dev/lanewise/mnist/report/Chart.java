// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Curves over the epochs, for the script of the page to draw. */
final class Chart {
  private static final MathContext DIGITS = new MathContext(5);

  private final String id;
  private final String title;
  private final String note;
  private final boolean logarithmic;
  private final List<Curve> curves = new ArrayList<>();

  /**
   * A curve.
   *
   * @param dots whether each point is one of its own, not one of many
   */
  private record Curve(String name, boolean dots, TreeMap<Double, Double> points) {}

  /**
   * A chart without curves.
   *
   * @param id its name in the page
   * @param note what there is to say of it
   * @param logarithmic whether equal distances are equal ratios
   */
  Chart(String id, String title, String note, boolean logarithmic) {
    this.id = id;
    this.title = title;
    this.note = note;
    this.logarithmic = logarithmic;
  }

  /** Adds a curve, to which points are to be added. */
  Chart curve(String name, boolean dots) {
    curves.add(new Curve(name, dots, new TreeMap<>()));
    return this;
  }

  /** Adds a point to the curve that was added last, if it can be shown. */
  void point(double x, double y) {
    if (Double.isFinite(y) && (y > 0 || !logarithmic)) {
      curves.getLast().points.put(x, y);
    }
  }

  private List<Curve> drawn() {
    return curves.stream().filter(curve -> !curve.points.isEmpty()).toList();
  }

  /** Its place in the page; nothing if there are no points. */
  Html html() {
    if (drawn().isEmpty()) {
      return Html.NONE;
    }
    StringBuilder ends = new StringBuilder(title);
    for (Curve curve : drawn()) {
      double first = curve.points.firstEntry().getValue();
      double last = curve.points.lastEntry().getValue();
      ends.append("; ").append(curve.name).append(" from ").append(rounded(first).toPlainString());
      ends.append(" to ").append(rounded(last).toPlainString());
    }
    return Html.of(
        """
        <figure class="chart"><h3>%s</h3>
        <div id="%s" data-label="%s"></div>
        <figcaption>%s</figcaption></figure>""",
        title, id, ends, note);
  }

  private static BigDecimal rounded(double value) {
    return BigDecimal.valueOf(value).round(DIGITS).stripTrailingZeros();
  }

  /** What the script needs: all curves over the same x, null where a curve has no point. */
  void addTo(ArrayNode charts) {
    if (drawn().isEmpty()) {
      return;
    }
    ObjectNode json = charts.addObject().put("id", id).put("log", logarithmic);
    TreeMap<Double, Boolean> x = new TreeMap<>();
    drawn().forEach(curve -> curve.points.keySet().forEach(each -> x.put(each, true)));
    ArrayNode at = json.putArray("x");
    x.keySet().forEach(each -> at.add(rounded(each)));
    ArrayNode list = json.putArray("curves");
    for (Curve curve : drawn()) {
      ObjectNode each = list.addObject().put("name", curve.name).put("dots", curve.dots);
      ArrayNode y = each.putArray("y");
      for (double place : x.keySet()) {
        Double value = curve.points.get(place);
        y.add(
            value == null
                ? JsonNodeFactory.instance.nullNode()
                : JsonNodeFactory.instance.numberNode(rounded(value)));
      }
    }
  }
}
