// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks that a page is well formed. */
public final class Tags {
  private static final Set<String> EMPTY = Set.of("meta", "link", "img", "br", "path", "circle");
  private static final Pattern CODE = Pattern.compile("(?s)(<(script|style)[^>]*>).*?</\\2>");
  private static final Pattern TAG =
      Pattern.compile("<(/?)([a-z0-9]+)((?: [a-z-]+=\"[^\"<>]*\")*)/?>");

  private Tags() {}

  /**
   * Every tag is closed in its order, every name is there once, and nothing comes from elsewhere.
   */
  public static void requireWhole(String html) {
    String page = CODE.matcher(html).replaceAll("$1</$2>").replace("<!doctype html>", "");
    Deque<String> open = new ArrayDeque<>();
    Set<String> ids = new HashSet<>();
    Matcher tag = TAG.matcher(page);
    int end = 0;
    while (tag.find()) {
      String between = page.substring(end, tag.start());
      assertTrue(!between.contains("<") && !between.contains(">"), between);
      end = tag.end();
      if (!tag.group(1).isEmpty()) {
        assertEquals(open.pop(), tag.group(2), page.substring(Math.max(0, end - 200), end));
      } else if (!EMPTY.contains(tag.group(2))) {
        open.push(tag.group(2));
      }
      Matcher id = Pattern.compile(" id=\"([^\"]*)\"").matcher(tag.group(3));
      assertTrue(!id.find() || ids.add(id.group(1)), "twice: " + tag.group(3));
      Matcher from = Pattern.compile(" (?:src|href)=\"([^\"]*)\"").matcher(tag.group(3));
      assertTrue(
          !from.find() || from.group(1).startsWith("data:") || from.group(1).startsWith("#"),
          "from elsewhere: " + tag.group(3));
    }
    assertEquals("\n", page.substring(end));
    assertTrue(open.isEmpty(), open.toString());
  }
}
