// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The JSON header of a safetensors file: {@code {"__metadata__": {"key": "text"}, "name": {"dtype":
 * "F32", "shape": [2, 3], "data_offsets": [begin, end]}}}.
 */
record SafetensorsHeader(Map<String, Place> places, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  private static final int MAX_RANK = 8;
  private static final int DEPTH = 3; // header, tensor, shape

  /** The most characters in a name, of a tensor or in the metadata. */
  static final int MAX_NAME = 10_000;

  private static final String HALF = "has a text with half of a surrogate pair";

  /** The most tensors: a header of the largest size could have two million of a few bytes each. */
  static final int MAX_TENSORS = 100_000;

  /** The most characters in names and metadata together. */
  static final int MAX_TEXT = 8_000_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNameLength(1 << 17) // of bytes, and roughly: the parser counts exactly
                  .maxStringLength(MAX_TEXT)
                  .build())
          .build();

  /** A type of values that can be read. */
  enum Type {
    F16(Short.BYTES) {
      @Override
      double next(ByteBuffer values) {
        return Float.float16ToFloat(values.getShort());
      }
    },
    BF16(Short.BYTES) {
      @Override
      double next(ByteBuffer values) {
        return Float.intBitsToFloat(values.getShort() << 16); // a float without its lower half
      }
    },
    F32(Float.BYTES) {
      @Override
      double next(ByteBuffer values) {
        return values.getFloat();
      }
    },
    F64(Double.BYTES) {
      @Override
      double next(ByteBuffer values) {
        return values.getDouble();
      }
    },
    I64(Long.BYTES) {
      @Override
      double next(ByteBuffer values) {
        return values.getLong();
      }
    };

    final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /** Takes the next value of a little-endian buffer. */
    abstract double next(ByteBuffer values);
  }

  /** A tensor's type and shape, and its bytes from {@code begin} to {@code end} in the data. */
  record Place(Type type, int[] dims, long begin, long end) {}

  /**
   * Makes sure that {@link #parse} takes a header with this content, and other readers too.
   *
   * @throws IllegalArgumentException if there is too much of something
   */
  static void requireReadable(Map<String, Tensor> tensors, Map<String, String> metadata) {
    require(!tensors.containsKey(METADATA), "no tensor may be called " + METADATA);
    require(tensors.size() <= MAX_TENSORS, "there may be at most " + MAX_TENSORS + " tensors");
    long text = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      require(
          entry.getValue().dims().length <= MAX_RANK,
          "a tensor may have at most " + MAX_RANK + " dimensions");
      text += requireName(entry.getKey());
    }
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      require(isText(entry.getValue()), HALF);
      text += requireName(entry.getKey()) + entry.getValue().length();
    }
    require(text <= MAX_TEXT, "at most " + MAX_TEXT + " characters of names and metadata are read");
  }

  private static int requireName(String name) {
    require(isText(name), HALF);
    require(name.length() <= MAX_NAME, "a name may have at most " + MAX_NAME + " characters");
    return name.length();
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Whether it can be written in UTF-8: no surrogate is without its other half. */
  private static boolean isText(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        i++;
        if (i == text.length() || !Character.isSurrogatePair(c, text.charAt(i))) {
          return false;
        }
      }
    }
    return true;
  }

  /** The header of a file with these tensors, one behind the other. */
  static SafetensorsHeader of(
      Map<String, Tensor> tensors, Map<String, String> metadata, Set<String> whole) {
    Map<String, Place> places = new LinkedHashMap<>();
    long begin = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Type type = whole.contains(entry.getKey()) ? Type.I64 : Type.F32;
      long end = begin + (long) entry.getValue().size() * type.bytes;
      places.put(entry.getKey(), new Place(type, entry.getValue().dims(), begin, end));
      begin = end;
    }
    return new SafetensorsHeader(places, metadata);
  }

  /** The header's bytes, with spaces behind so that the data is aligned. */
  byte[] toJson(int alignment) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes, JsonEncoding.UTF8)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      for (Map.Entry<String, Place> entry : places.entrySet()) {
        Place place = entry.getValue();
        json.writeObjectFieldStart(entry.getKey());
        json.writeStringField("dtype", place.type.name());
        json.writeFieldName("shape");
        json.writeArray(place.dims, 0, place.dims.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {place.begin, place.end}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot be: the bytes go to memory
    }
    while (bytes.size() % alignment != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  /** Reads a header; where the tensors lie is still to be checked. */
  static SafetensorsHeader parse(Path file, byte[] json) throws DataException {
    // A brace and no zero byte behind it: or Jackson would try other encodings than UTF-8.
    if (json[0] != '{' || json[1] == 0) {
      throw new DataException(file, "is not a safetensors file: its header does not begin with {");
    }
    if (!isUtf8(json)) { // Jackson takes the longer ways to write a character, too
      throw new DataException(file, "has a header that is not UTF-8");
    }
    try (JsonParser parser = JSON.createParser(json)) {
      return new HeaderParser(file, parser).header();
    } catch (JsonProcessingException e) {
      throw new DataException(
          file, "has a header that is not the JSON expected: " + e.getOriginalMessage());
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(file, "has a header that cannot be decoded: " + e.getMessage());
    }
  }

  private static boolean isUtf8(byte[] json) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer bytes = ByteBuffer.wrap(json);
    CharBuffer chars = CharBuffer.allocate(1 << 13);
    CoderResult result;
    do {
      result = decoder.decode(bytes, chars.clear(), true);
    } while (result.isOverflow());
    return !result.isError();
  }

  /** The tensors by their place in the file. */
  List<Map.Entry<String, Place>> inFileOrder() {
    List<Map.Entry<String, Place>> entries = new ArrayList<>(places.entrySet());
    entries.sort(
        Comparator.comparingLong((Map.Entry<String, Place> entry) -> entry.getValue().begin)
            .thenComparingLong(entry -> entry.getValue().end));
    return entries;
  }

  /** A download that broke off has its header, and lacks the last tensors or parts of them. */
  private void requireWhole(Path file, long dataBytes) throws DataException {
    for (Map.Entry<String, Place> entry : places.entrySet()) {
      Place place = entry.getValue();
      if (place.begin <= place.end && place.end > dataBytes) {
        long described = places.values().stream().mapToLong(Place::end).max().orElseThrow();
        throw new DataException(
            file,
            ("is truncated: its header describes " + described + " bytes of tensors, but there are")
                + (" only " + dataBytes + "; copy or download it again (tensor '" + entry.getKey())
                + ("' has data_offsets [" + place.begin + ", " + place.end + "], expected a range")
                + (" within 0 to " + dataBytes + ")"));
      }
    }
  }

  /** Checks that every tensor is as long as its shape says and that together they fill the file. */
  void checkPlaces(Path file, long dataBytes) throws DataException {
    requireWhole(file, dataBytes);
    long filled = 0;
    for (Map.Entry<String, Place> entry : inFileOrder()) {
      Place place = entry.getValue();
      String tensor = "tensor '" + entry.getKey() + "' ";
      String range = "data_offsets [" + place.begin + ", " + place.end + "]";
      if (place.begin < 0 || place.end < place.begin) {
        throw new DataException(
            file, tensor + "has " + range + ", expected a range within 0 to " + dataBytes);
      }
      long size = 1;
      for (int dim : place.dims) {
        size *= dim; // below 2^31 * 2^31
        if (size > Integer.MAX_VALUE) {
          throw new DataException(
              file,
              tensor
                  + "has shape "
                  + Arrays.toString(place.dims)
                  + ", expected fewer than 2^31 values");
        }
      }
      if (size * place.type.bytes != place.end - place.begin) {
        throw new DataException(
            file,
            tensor
                + "has "
                + range
                + ", expected "
                + size * place.type.bytes
                + " bytes for shape "
                + Arrays.toString(place.dims));
      }
      if (place.begin != filled) {
        throw new DataException(
            file,
            tensor
                + (place.begin < filled ? "overlaps another: " : "leaves a gap before it: ")
                + range
                + ", expected to begin at "
                + filled);
      }
      filled = place.end;
    }
    if (filled != dataBytes) {
      throw new DataException(
          file, "has " + (dataBytes - filled) + " bytes that belong to no tensor, expected none");
    }
  }

  /** Recursive descent over the three levels that the format has. */
  private static final class HeaderParser {
    private final Path file;
    private final JsonParser parser;
    private int text; // characters so far

    HeaderParser(Path file, JsonParser parser) {
      this.file = file;
      this.parser = parser;
    }

    SafetensorsHeader header() throws IOException {
      Map<String, Place> places = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      expect(parser.nextToken(), JsonToken.START_OBJECT, "the header");
      String name;
      while ((name = parser.nextFieldName()) != null) {
        JsonToken value = parser.nextToken();
        if (name.equals(METADATA) && value == JsonToken.VALUE_NULL) {
          continue; // says nothing; the reference implementation reads it, too
        }
        expect(value, JsonToken.START_OBJECT, "'" + name + "'");
        if (name.equals(METADATA)) {
          readMetadata(metadata);
        } else {
          places.put(name, place(name));
          if (places.size() > MAX_TENSORS) {
            throw fault("describes more than " + MAX_TENSORS + " tensors");
          }
          countName(name);
        }
      }
      if (parser.nextToken() != null) {
        throw fault("has something behind the end of its header, expected spaces at most");
      }
      return new SafetensorsHeader(places, metadata);
    }

    private void readMetadata(Map<String, String> metadata) throws IOException {
      String key;
      while ((key = parser.nextFieldName()) != null) {
        expect(parser.nextToken(), JsonToken.VALUE_STRING, "'" + key + "' in " + METADATA);
        String value = parser.getText();
        countName(key);
        countText(value);
        metadata.put(key, value);
      }
    }

    private void countName(String name) throws DataException {
      if (name.length() > MAX_NAME) {
        throw fault("has a name of " + name.length() + " characters, expected at most " + MAX_NAME);
      }
      countText(name);
    }

    private void countText(String more) throws DataException {
      if (!isText(more)) {
        throw fault(HALF);
      }
      if (more.length() > MAX_TEXT - text) {
        throw fault("has more than " + MAX_TEXT + " characters of names and metadata");
      }
      text += more.length();
    }

    private Place place(String name) throws IOException {
      String tensor = "tensor '" + name + "' ";
      String dtype = null;
      long[] shape = null;
      long[] offsets = null;
      String unknown = null;
      String field;
      while ((field = parser.nextFieldName()) != null) {
        parser.nextToken();
        switch (field) {
          case "dtype" -> {
            expect(parser.currentToken(), JsonToken.VALUE_STRING, "dtype of '" + name + "'");
            dtype = parser.getText();
          }
          case "shape" -> shape = numbers("shape of '" + name + "'", MAX_RANK);
          case "data_offsets" -> offsets = numbers("data_offsets of '" + name + "'", 2);
          default -> {
            unknown = field;
            skip();
          }
        }
      }
      if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
        throw fault(
            tensor
                + (unknown == null ? "" : "has an unknown field '" + unknown + "' and ")
                + "is not described, expected dtype, shape and two data_offsets");
      }
      Type type = type(tensor, dtype);
      int[] dims = new int[shape.length];
      for (int i = 0; i < dims.length; i++) {
        if (shape[i] > Integer.MAX_VALUE) {
          throw fault(
              tensor + "has shape " + Arrays.toString(shape) + ", expected sides below 2^31");
        }
        dims[i] = (int) shape[i];
      }
      return new Place(type, dims, offsets[0], offsets[1]);
    }

    /** Passes over the value of a field that is not known, as the reference implementation does. */
    private void skip() throws IOException {
      countName(parser.currentName());
      int depth = 0;
      do {
        switch (parser.currentToken()) {
          case START_OBJECT, START_ARRAY -> depth++;
          case END_OBJECT, END_ARRAY -> depth--;
          case FIELD_NAME -> countName(parser.currentName());
          default -> {} // a number or a text
        }
      } while (depth > 0 && parser.nextToken() != null);
    }

    private Type type(String tensor, String dtype) throws DataException {
      for (Type type : Type.values()) {
        if (type.name().equals(dtype)) {
          return type;
        }
      }
      throw fault(tensor + "has values of type " + dtype + ", expected F16, BF16, F32, F64 or I64");
    }

    /** An array of whole numbers, none negative. */
    private long[] numbers(String what, int most) throws IOException {
      expect(parser.currentToken(), JsonToken.START_ARRAY, what);
      long[] values = new long[most];
      int count = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
        if (count == most) {
          throw fault(what + " has more than " + most + " numbers");
        }
        values[count] = parser.getLongValue();
        if (values[count] < 0) {
          throw fault(what + " has a negative number: " + values[count]);
        }
        count++;
      }
      return Arrays.copyOf(values, count);
    }

    private void expect(JsonToken found, JsonToken expected, String what) throws DataException {
      if (found != expected) {
        throw fault(what + " is " + found + " in the header's JSON, expected " + expected);
      }
    }

    private DataException fault(String message) {
      return new DataException(file, message);
    }
  }
}
