// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The network as a diagram: a row for each layer, and beside the rows lines from each layer to
 * those that take what it makes.
 */
final class Structure {
  private static final int ROW = 32;
  private static final int LEFT = 12;
  private static final int LANE = 12;

  /** Further lines share the last lane. */
  private static final int MOST_LANES = 6;

  private final Network network;
  private final Map<String, Double> shares;
  private final List<Node> rows = new ArrayList<>();
  private final List<Line> lines = new ArrayList<>();
  private final int lanes;

  /**
   * A line between rows that do not follow one another.
   *
   * @param lane from 1
   */
  private record Line(int from, int to, int lane) {
    boolean passes(int row) {
      return from < row && row < to;
    }
  }

  /**
   * A diagram.
   *
   * @param shares of the time of a training, by the names of the layers; empty if not known
   */
  Structure(Network network, Map<String, Double> shares) {
    this.network = network;
    this.shares = shares;
    rows.add(network.graph().input());
    rows.addAll(network.nodes());
    lanes = layOut();
  }

  /** Finds a lane for each line; the number of lanes. */
  private int layOut() {
    Map<Node, Integer> places = new HashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      places.put(rows.get(i), i);
    }
    List<Integer> taken = new ArrayList<>(); // up to which row, lane by lane
    for (int to = 0; to < rows.size(); to++) {
      for (Node input : rows.get(to).inputs()) {
        int from = places.get(input);
        if (from < to - 1) {
          int lane = 0;
          while (lane < taken.size() && taken.get(lane) > from && lane < MOST_LANES - 1) {
            lane++;
          }
          if (lane == taken.size()) {
            taken.add(to);
          }
          taken.set(lane, to);
          lines.add(new Line(from, to, lane + 1));
        }
      }
    }
    return taken.size();
  }

  private boolean follows(int row) {
    return row > 0 && rows.get(row).inputs().contains(rows.get(row - 1));
  }

  /** The section of the page. */
  Html html() {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      body.append(row(i)).append('\n');
    }
    long parameters =
        network.parameters().values().stream().mapToLong(each -> each.value().size()).sum();
    return Html.of(
        """
        <section id="network"><h2>Network</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Layers of the network">\
        <table class="network"><caption>%,d parameters. Multiply-adds are of one image, forward.\
         %s</caption>\
        <thead><tr><td></td><th scope="col">layer</th><th scope="col">kind</th>\
        <th scope="col">takes</th><th scope="col">makes</th><th scope="col">parameters</th>\
        <th scope="col">multiply-adds</th><th scope="col">time</th></tr></thead><tbody>
        %s</tbody></table></div></section>""",
        parameters,
        shares.isEmpty()
            ? "The share of time was not measured."
            : "Time is the share of a training step, forward and backward; layers without one run"
                + " together with a neighbour or do nothing.",
        new Html(body.toString()));
  }

  private Html row(int i) {
    Node node = rows.get(i);
    boolean input = node.layer() == null;
    String what = input ? "image" : node.layer().description().toString();
    long parameters =
        node.owner() == node
            ? node.parameters().stream().mapToLong(each -> each.value().size()).sum()
            : 0;
    Double share = shares.get(node.name());
    return Html.of(
        "<tr><td>%s</td><th scope=\"row\">%s</th><td title=\"%s\">%s</td><td>%s</td>"
            + "<td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>",
        lines(i),
        node.name(),
        what,
        what,
        String.join(", ", node.inputs().stream().map(Node::name).toList()),
        node.shape(),
        parameters == 0 ? "" : Html.number("%,.0f", parameters),
        input || node.layer().multiplyAdds(node.in()) == 0
            ? ""
            : Html.number("%,.0f", node.layer().multiplyAdds(node.in())),
        share == null
            ? Html.NONE
            : Html.of(
                "<span class=\"bar\" style=\"--s:%.3f\"></span> %.1f %%", share, 100 * share));
  }

  /** The part of the lines that is beside a row; the table says in words what they show. */
  private Html lines(int row) {
    StringBuilder paths = new StringBuilder();
    int middle = ROW / 2;
    if (follows(row)) {
      paths.append("M%s 0V%s".formatted(LEFT, middle));
    }
    if (row + 1 < rows.size() && follows(row + 1)) {
      paths.append("M%s %sV%s".formatted(LEFT, middle, ROW));
    }
    for (Line line : lines) {
      int x = LEFT + LANE * line.lane;
      if (line.passes(row)) {
        paths.append("M%s 0V%s".formatted(x, ROW));
      } else if (line.from == row) {
        paths.append(
            "M%s %sC%s %s %s %s %s %s".formatted(LEFT, middle, x, middle, x, middle, x, ROW));
      } else if (line.to == row) {
        paths.append("M%s 0C%s %s %s %s %s %s".formatted(x, x, middle, x, middle, LEFT, middle));
      }
    }
    int width = LEFT + LANE * (lanes + 1);
    return Html.of(
        "<svg width=\"%d\" height=\"%d\" aria-hidden=\"true\"><path d=\"%s\"/>"
            + "<circle cx=\"%d\" cy=\"%d\" r=\"4\"/></svg>",
        width, ROW, paths, LEFT, middle);
  }
}
