// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.data.Normalize;
import dev.lanewise.layers.data.Preparation;
import dev.lanewise.layers.data.Views;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A {@link Preparation} as JSON; what it does not have is left out:
 *
 * <pre>{@code
 * {"version": 1, "framing": {"mode": "crop", "side": 256, "background": 255},
 *  "mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225],
 *  "classNames": ["cat", "dog"], "views": {"mirrored": true, "shift": 1}}
 * }</pre>
 *
 * <p>A float is written with as many digits as tell it from all others.
 */
final class PreparationFormat {
  private static final int VERSION = 1;
  private static final int DEPTH = 2;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH).build())
          .build();

  private final JsonParser parser;
  private Framing.Mode mode = Framing.Mode.EXACT;
  private int side;
  private int background = Framing.EXACT.background();
  private float[] mean;
  private float[] deviation;
  private List<String> classNames = List.of();
  private boolean mirrored;
  private int shift;

  private PreparationFormat(JsonParser parser) {
    this.parser = parser;
  }

  static String write(Preparation preparation) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeNumberField("version", VERSION);
      Framing framing = preparation.framing();
      json.writeObjectFieldStart("framing");
      json.writeStringField("mode", name(framing.mode()));
      json.writeNumberField("side", framing.side());
      json.writeNumberField("background", framing.background());
      json.writeEndObject();
      Normalize normalize = preparation.normalize();
      if (normalize != null) {
        write(json, "mean", normalize.mean());
        write(json, "deviation", normalize.deviation());
      }
      if (!preparation.classNames().isEmpty()) {
        json.writeArrayFieldStart("classNames");
        for (String name : preparation.classNames()) {
          json.writeString(name);
        }
        json.writeEndArray();
      }
      Views views = preparation.views();
      if (!views.equals(Views.ONE)) {
        json.writeObjectFieldStart("views");
        json.writeBooleanField("mirrored", views.mirrored());
        json.writeNumberField("shift", views.shift());
        json.writeEndObject();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot be: the text goes to memory
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, String name, float[] values) throws IOException {
    json.writeArrayFieldStart(name);
    for (float value : values) {
      json.writeNumber(value);
    }
    json.writeEndArray();
  }

  private static String name(Framing.Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads what {@link #write} has written.
   *
   * @throws IllegalArgumentException if the text is not such JSON; the message says where
   */
  static Preparation read(String text) {
    try (JsonParser parser = JSON.createParser(text)) {
      return new PreparationFormat(parser).preparation();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not the JSON expected: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot be decoded: " + e.getMessage(), e);
    }
  }

  private Preparation preparation() throws IOException {
    JsonValues.expect(parser.nextToken(), JsonToken.START_OBJECT, "the preparation");
    int version = 0;
    String field;
    while ((field = parser.nextFieldName()) != null) {
      parser.nextToken();
      switch (field) {
        case "version" -> version = JsonValues.number(parser, field);
        case "framing" -> framing();
        case "mean" -> mean = floats(field);
        case "deviation" -> deviation = floats(field);
        case "classNames" -> classNames = JsonValues.texts(parser, field, field);
        case "views" -> views();
        default -> throw new IllegalArgumentException("unknown field '" + field + "'");
      }
    }
    if (parser.nextToken() != null) {
      throw new IllegalArgumentException("something is behind the end of the JSON");
    }
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "version " + version + " of the format, expected " + VERSION);
    }
    if (mean == null != (deviation == null)) {
      throw new IllegalArgumentException("one of mean and deviation is missing, expected both");
    }
    return new Preparation(
        new Framing(mode, side, background),
        mean == null ? null : new Normalize(mean, deviation),
        classNames,
        new Views(mirrored, shift));
  }

  private void framing() throws IOException {
    JsonValues.expect(parser.currentToken(), JsonToken.START_OBJECT, "framing");
    String field;
    while ((field = parser.nextFieldName()) != null) {
      parser.nextToken();
      switch (field) {
        case "mode" -> mode = mode(JsonValues.text(parser, field));
        case "side" -> side = JsonValues.number(parser, field);
        case "background" -> background = JsonValues.number(parser, field);
        default -> throw new IllegalArgumentException("unknown field '" + field + "' of framing");
      }
    }
  }

  private void views() throws IOException {
    JsonValues.expect(parser.currentToken(), JsonToken.START_OBJECT, "views");
    String field;
    while ((field = parser.nextFieldName()) != null) {
      parser.nextToken();
      switch (field) {
        case "mirrored" -> mirrored = JsonValues.flag(parser, field);
        case "shift" -> shift = JsonValues.number(parser, field);
        default -> throw new IllegalArgumentException("unknown field '" + field + "' of views");
      }
    }
  }

  private static Framing.Mode mode(String name) {
    for (Framing.Mode mode : Framing.Mode.values()) {
      if (name(mode).equals(name)) {
        return mode;
      }
    }
    throw new IllegalArgumentException("unknown mode of framing '" + name + "'");
  }

  private float[] floats(String what) throws IOException {
    JsonValues.expect(parser.currentToken(), JsonToken.START_ARRAY, what);
    List<Float> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (!parser.currentToken().isNumeric()) {
        throw new IllegalArgumentException(what + " has " + parser.currentToken());
      }
      values.add(Float.parseFloat(parser.getText())); // by way of a double it may round twice
    }
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }
}
