// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.report;

import java.util.Locale;
import java.util.stream.Collector;
import java.util.stream.Collectors;

/**
 * A piece of HTML. Texts that are put into one are escaped.
 *
 * @param text as it stands in a page
 */
record Html(String text) {
  static final Html NONE = new Html("");

  /**
   * A piece with values in it, at the places that {@link String#format} knows.
   *
   * @param template HTML that is trusted
   * @param values numbers, pieces of HTML, and whatever else, whose text is escaped
   */
  static Html of(String template, Object... values) {
    Object[] safe = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      safe[i] =
          switch (values[i]) {
            case Html html -> html.text;
            case Number number -> number;
            case Object other -> escape(other.toString());
          };
    }
    return new Html(String.format(Locale.ROOT, template, safe));
  }

  /** Puts pieces one after the other. */
  static Collector<Html, ?, Html> joining() {
    return Collectors.collectingAndThen(
        Collectors.mapping(Html::text, Collectors.joining("\n")), Html::new);
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** A share in percent; a dash where there is none. */
  static String percent(double share) {
    return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  /** A number; a dash where there is none. */
  static String number(String format, double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, format, value);
  }

  /** A table cell of a number. */
  static Html cell(String text) {
    return of("<td>%s</td>", text);
  }

  @Override
  public String toString() {
    return text;
  }
}
