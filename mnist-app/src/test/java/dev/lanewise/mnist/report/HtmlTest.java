// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HtmlTest {
  @Test
  void textsAreEscapedAndPiecesAreNot() {
    Html bold = Html.of("<b title=\"%s\">%s</b>", "\"'", "<script>&");
    assertEquals("<b title=\"&quot;&#39;\">&lt;script&gt;&amp;</b>", bold.text());
    assertEquals(
        "<p>" + bold.text() + " 3 50 %</p>", Html.of("<p>%s %d %.0f %%</p>", bold, 3, 50.0).text());
    assertEquals("a\nb", Stream.of(new Html("a"), new Html("b")).collect(Html.joining()).text());
  }

  @Test
  void whatIsUnknownIsADash() {
    assertEquals("–", Html.percent(Double.NaN));
    assertEquals("97.50 %", Html.percent(0.975));
    assertEquals("–", Html.number("%.1f", Double.NaN));
  }
}
