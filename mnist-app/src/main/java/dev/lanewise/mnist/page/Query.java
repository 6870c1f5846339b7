// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** What stands behind the question mark of an address. */
final class Query {
  private final Map<String, String> values = new HashMap<>();

  /**
   * Takes an address apart.
   *
   * @param raw as it was sent; {@code null} for nothing
   * @throws Refusal if it is no such text
   */
  Query(String raw) throws Refusal {
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        try {
          values.put(
              pair.substring(0, equals),
              URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          throw Refusal.badRequest("the address is not encoded as it should be");
        }
      }
    }
  }

  String text(String name) throws Refusal {
    String value = values.get(name);
    if (value == null) {
      throw Refusal.badRequest(name + " is missing in the address");
    }
    return value;
  }

  int number(String name) throws Refusal {
    try {
      return Integer.parseInt(text(name));
    } catch (NumberFormatException e) {
      throw Refusal.badRequest(name + " must be a whole number, but is '" + text(name) + "'");
    }
  }

  Explainer.Place place() throws Refusal {
    return new Explainer.Place(number("y"), number("x"), number("c"));
  }
}
