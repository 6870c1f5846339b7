// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.lanewise.layers.graph.Description;
import dev.lanewise.layers.graph.Graph;
import dev.lanewise.layers.graph.GraphBuilder;
import dev.lanewise.layers.graph.Layer;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The layers of a network as JSON, without their tensors:
 *
 * <pre>{@code
 * {"version": 1, "input": [28, 28, 1], "output": "1", "layers": [
 *   {"name": "0", "kind": "conv2d", "inputs": ["input"],
 *    "attributes": {"channels": 8, "kernel": [3, 3], "same": true}},
 *   {"name": "1", "kind": "relu", "inputs": ["0"]}]}
 * }</pre>
 *
 * <p>A layer that shares the tensors of another says whose: {@code "tensors": "0"}.
 */
final class Architecture {
  private static final int VERSION = 1;
  private static final int DEPTH = 5; // network, layers, layer, attributes, list
  private static final int MAX_LAYERS = 100_000;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH).build())
          .build();

  /** A layer that has been read. */
  private static final class Entry {
    String name;
    String kind;
    String tensors;
    List<String> inputs = List.of();
    Map<String, Object> attributes = Map.of();
  }

  private final JsonParser parser;

  private Architecture(JsonParser parser) {
    this.parser = parser;
  }

  static String write(Graph graph) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      Shape s = graph.input().shape();
      json.writeStartObject();
      json.writeNumberField("version", VERSION);
      json.writeFieldName("input");
      json.writeArray(new int[] {s.height(), s.width(), s.channels()}, 0, 3);
      json.writeStringField("output", graph.output().name());
      json.writeArrayFieldStart("layers");
      for (Node node : graph.nodes()) {
        write(node, json);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot be: the text goes to memory
    }
    return text.toString();
  }

  private static void write(Node node, JsonGenerator json) throws IOException {
    Description description = node.layer().description();
    json.writeStartObject();
    json.writeStringField("name", node.name());
    json.writeStringField("kind", description.kind());
    json.writeArrayFieldStart("inputs");
    for (Node input : node.inputs()) {
      json.writeString(input.name());
    }
    json.writeEndArray();
    if (node.owner() != node) {
      json.writeStringField("tensors", node.owner().name());
    }
    if (!description.attributes().isEmpty()) {
      json.writeObjectFieldStart("attributes");
      for (Map.Entry<String, Object> attribute : description.attributes().entrySet()) {
        json.writeFieldName(attribute.getKey());
        write(attribute.getValue(), json);
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    switch (value) {
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      case Boolean flag -> json.writeBoolean(flag);
      case List<?> list -> {
        json.writeStartArray();
        for (Object number : list) {
          json.writeNumber((Integer) number);
        }
        json.writeEndArray();
      }
      default -> json.writeString(value.toString());
    }
  }

  /**
   * Builds a network, its tensors still empty.
   *
   * @param text the JSON
   * @param kinds makes a layer from its description
   * @param check looks at each tensor before memory is taken for it
   * @throws IllegalArgumentException if the text is not such JSON, or a layer does not fit; the
   *     message says where
   */
  static Graph read(
      String text, Function<Description, Layer> kinds, GraphBuilder.TensorCheck check) {
    try (JsonParser parser = JSON.createParser(text)) {
      return new Architecture(parser).network(kinds, check);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not the JSON expected: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot be decoded: " + e.getMessage(), e);
    }
  }

  private Graph network(Function<Description, Layer> kinds, GraphBuilder.TensorCheck check)
      throws IOException {
    JsonValues.expect(parser.nextToken(), JsonToken.START_OBJECT, "the network");
    int version = 0;
    List<Integer> input = List.of();
    String output = null;
    List<Entry> layers = List.of();
    String field;
    while ((field = parser.nextFieldName()) != null) {
      parser.nextToken();
      switch (field) {
        case "version" -> version = JsonValues.number(parser, "version");
        case "input" -> input = numbers("input");
        case "output" -> output = JsonValues.text(parser, "output");
        case "layers" -> layers = layers();
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
    if (input.size() != 3 || output == null) {
      throw new IllegalArgumentException("input and output are missing, expected both");
    }
    GraphBuilder builder =
        new GraphBuilder(new Shape(input.get(0), input.get(1), input.get(2)), check);
    Node last = null;
    for (Entry entry : layers) {
      Layer layer;
      try {
        layer = kinds.apply(new Description(entry.kind, entry.attributes));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("layer " + entry.name + ": " + e.getMessage(), e);
      }
      Node node = builder.add(entry.name, layer, entry.tensors, entry.inputs);
      last = entry.name.equals(output) ? node : last;
    }
    if (last == null) {
      throw new IllegalArgumentException("there is no layer '" + output + "', the output");
    }
    return builder.build(last);
  }

  private List<Entry> layers() throws IOException {
    List<Entry> layers = new ArrayList<>();
    JsonValues.expect(parser.currentToken(), JsonToken.START_ARRAY, "layers");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      JsonValues.expect(parser.currentToken(), JsonToken.START_OBJECT, "a layer");
      layers.add(layer());
      if (layers.size() > MAX_LAYERS) {
        throw new IllegalArgumentException("more than " + MAX_LAYERS + " layers");
      }
    }
    return layers;
  }

  private Entry layer() throws IOException {
    Entry entry = new Entry();
    String field;
    while ((field = parser.nextFieldName()) != null) {
      parser.nextToken();
      switch (field) {
        case "name" -> entry.name = JsonValues.text(parser, "name");
        case "kind" -> entry.kind = JsonValues.text(parser, "kind");
        case "tensors" -> entry.tensors = JsonValues.text(parser, "tensors");
        case "inputs" -> entry.inputs = JsonValues.texts(parser, "inputs", "an input");
        case "attributes" -> entry.attributes = attributes();
        default -> throw new IllegalArgumentException("a layer has the unknown field " + field);
      }
    }
    if (entry.name == null || entry.kind == null || entry.inputs.isEmpty()) {
      throw new IllegalArgumentException("a layer lacks its name, its kind or its inputs");
    }
    entry.tensors = entry.tensors == null ? entry.name : entry.tensors;
    return entry;
  }

  private Map<String, Object> attributes() throws IOException {
    JsonValues.expect(parser.currentToken(), JsonToken.START_OBJECT, "attributes");
    Map<String, Object> attributes = new LinkedHashMap<>();
    String name;
    while ((name = parser.nextFieldName()) != null) {
      JsonToken token = parser.nextToken();
      attributes.put(
          name,
          switch (token) {
            case VALUE_NUMBER_INT -> whole();
            case VALUE_NUMBER_FLOAT -> (Object) parser.getDoubleValue();
            case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
            case START_ARRAY -> numbers(name);
            default -> JsonValues.text(parser, name);
          });
    }
    return attributes;
  }

  private Object whole() throws IOException {
    long value = parser.getLongValue();
    return value == (int) value ? (Object) (int) value : (Object) value;
  }

  private List<Integer> numbers(String what) throws IOException {
    JsonValues.expect(parser.currentToken(), JsonToken.START_ARRAY, what);
    List<Integer> numbers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      numbers.add(JsonValues.number(parser, what));
    }
    return numbers;
  }
}
