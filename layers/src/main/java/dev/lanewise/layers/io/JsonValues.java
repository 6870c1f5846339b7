// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The values of a JSON text where they must be of a certain kind. */
final class JsonValues {
  private JsonValues() {}

  /**
   * Refuses another kind of value.
   *
   * @param what whose value it is, for the message
   * @throws IllegalArgumentException if the token is not the expected one
   */
  static void expect(JsonToken found, JsonToken expected, String what) {
    if (found != expected) {
      throw new IllegalArgumentException(what + " is " + found + ", expected " + expected);
    }
  }

  /** The whole number at which the parser stands. */
  static int number(JsonParser parser, String what) throws IOException {
    expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
    return parser.getIntValue();
  }

  /** The yes or no at which the parser stands. */
  static boolean flag(JsonParser parser, String what) throws IOException {
    if (!parser.currentToken().isBoolean()) {
      throw new IllegalArgumentException(
          what + " is " + parser.currentToken() + ", expected true or false");
    }
    return parser.getBooleanValue();
  }

  /** The text at which the parser stands. */
  static String text(JsonParser parser, String what) throws IOException {
    expect(parser.currentToken(), JsonToken.VALUE_STRING, what);
    return parser.getText();
  }

  /** The array of texts at which the parser stands. */
  static List<String> texts(JsonParser parser, String what, String each) throws IOException {
    expect(parser.currentToken(), JsonToken.START_ARRAY, what);
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      texts.add(text(parser, each));
    }
    return texts;
  }
}
