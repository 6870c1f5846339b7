// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Kinds and their attributes. */
final class DescriptionTest {
  private static final Description ALL =
      Description.of("acme.all")
          .with("whole", 7)
          .with("long", 1L << 40)
          .with("real", 0.5)
          .with("flag", true)
          .with("text", "a b")
          .with("list", List.of(1, -2));

  @Test
  void attributesAreShownInTheirOrder() {
    assertEquals(
        "acme.all(whole=7, long=1099511627776, real=0.5, flag=true, text=a b, list=[1, -2])",
        ALL.toString());
    assertEquals("relu", Description.of("relu").toString());
  }

  @Test
  void attributesAreFoundByName() {
    assertEquals(7, ALL.integer("whole"));
    assertEquals(7, ALL.integer("whole", 1));
    assertEquals(1, ALL.integer("other", 1));
    assertEquals(0.5, ALL.number("real", 1));
    assertEquals(7.0, ALL.number("whole", 1), "a whole number is a number");
    assertEquals(2.5, ALL.number("other", 2.5));
    assertTrue(ALL.flag("flag", false));
    assertTrue(ALL.flag("other", true));
    assertEquals("a b", ALL.text("text", ""));
    assertEquals("c", ALL.text("other", "c"));
    assertArrayEquals(new int[] {1, -2}, ALL.integers("list", 0, 0));
    assertArrayEquals(new int[] {3}, ALL.integers("other", 3));
  }

  @Test
  void wrongTypesAreNamed() {
    assertRefused(
        "acme.all: attribute none is null, expected a whole number", () -> ALL.integer("none"));
    assertRefused("attribute long is 1099511627776, expected a whole", () -> ALL.integer("long"));
    assertRefused("attribute real is 0.5, expected a whole number", () -> ALL.integer("real", 1));
    assertRefused("attribute text is a b, expected a number", () -> ALL.number("text", 1));
    assertRefused("attribute whole is 7, expected true or false", () -> ALL.flag("whole", true));
    assertRefused("attribute whole is 7, expected a text", () -> ALL.text("whole", ""));
    assertRefused("attribute whole is 7, expected a list of", () -> ALL.integers("whole", 1));
    assertRefused("attribute list has 2 numbers, expected 3", () -> ALL.integers("list", 1, 1, 1));
    Description description = Description.of("acme.any");
    assertRefused("attribute a must be", () -> description.with("a", 1.5f));
    assertRefused("attribute a must be", () -> description.with("a", List.of("b")));
    assertRefused("attribute a must be", () -> description.with("a", List.of(1, 2L)));
  }

  @Test
  void whatGoesWithoutSayingIsLeftOut() {
    Description relu = Description.of("relu");
    assertSame(relu, relu.with("slope", 0.0, 0.0));
    assertEquals("relu(slope=0.5)", relu.with("slope", 0.5, 0.0).toString());
  }

  @Test
  void aDescriptionDoesNotChange() {
    Map<String, Object> attributes = new HashMap<>(Map.of("a", 1));
    Description description = new Description("acme.any", attributes);
    attributes.put("b", 2);
    assertEquals("acme.any(a=1)", description.toString());
    assertThrows(UnsupportedOperationException.class, () -> description.attributes().put("b", 2));
    assertEquals(Description.of("acme.any").with("a", 1), description);
  }

  private static void assertRefused(String part, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(part), "'" + message + "' does not contain '" + part + "'");
  }
}
