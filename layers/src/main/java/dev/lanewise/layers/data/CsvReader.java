// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a table of text by RFC 4180, strictly: fields with commas between them, of which those with
 * commas, quotes or line ends stand in quotes, and a quote within these is doubled. In UTF-8; lines
 * may end as on any system, and empty ones are left out. The grammar has seven rules, fewer than a
 * library has options.
 */
final class CsvReader {
  private static final int MAX_BYTES = 1 << 28;

  /** A row, and the line that it begins in, from 1. */
  record Row(int line, List<String> fields) {}

  private final Path file;
  private final String text;
  private int at;
  private int line = 1;

  private CsvReader(Path file, String text) {
    this.file = file;
    this.text = text;
  }

  static List<Row> read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (OutOfMemoryError e) {
      throw DataException.tooLarge(file);
    }
    if (bytes.length > MAX_BYTES) {
      throw new DataException(file, "is longer than " + MAX_BYTES + " bytes");
    }
    return parse(file, bytes);
  }

  static List<Row> parse(Path file, byte[] bytes) throws DataException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new DataException(file, "is not a table of text (CSV) in UTF-8");
    }
    return new CsvReader(file, text.startsWith("\uFEFF") ? text.substring(1) : text).rows();
  }

  private List<Row> rows() throws DataException {
    List<Row> rows = new ArrayList<>();
    while (at < text.length()) {
      Row row = new Row(line, row());
      if (!row.fields.equals(List.of(""))) {
        rows.add(row);
      }
    }
    return rows;
  }

  /** Up to and with the end of its line. */
  private List<String> row() throws DataException {
    List<String> fields = new ArrayList<>();
    fields.add(field());
    while (next(',')) {
      fields.add(field());
    }
    boolean ended = next('\r') | next('\n');
    if (!ended && at < text.length()) {
      throw fault("has text after the closing quote of a field, expected a comma or the end");
    }
    line++;
    return fields;
  }

  private String field() throws DataException {
    int begin = at;
    if (!next('"')) {
      while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
        if (text.charAt(at) == '"') {
          throw fault("has a quote within a field that does not begin with one");
        }
        at++;
      }
      return text.substring(begin, at);
    }
    int first = line;
    StringBuilder field = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"' && !next('"')) { // a doubled one stands for itself
        return field.toString();
      }
      line += c == '\n' ? 1 : 0;
      field.append(c);
    }
    line = first;
    throw fault("has a quote that is not closed");
  }

  private boolean next(char c) {
    boolean found = at < text.length() && text.charAt(at) == c;
    at += found ? 1 : 0;
    return found;
  }

  private DataException fault(String message) {
    return new DataException(file, "line " + line + " " + message);
  }
}
