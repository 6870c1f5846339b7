// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What RFC 4180 says how to write is read as it was, and whatever else is refused in one line. */
final class CsvProperties {
  private static final Path FILE = Path.of("table.csv");

  @Provide
  Arbitrary<List<List<String>>> tables() {
    Arbitrary<String> field =
        Arbitraries.strings().withChars('a', '\u00e9', ',', '"', '\n', '\r', ' ').ofMaxLength(5);
    return field.list().ofMinSize(1).ofMaxSize(4).list().ofMaxSize(5);
  }

  @Property
  void whatIsWrittenByTheRulesIsReadAsItWas(
      @ForAll("tables") List<List<String>> table, @ForAll("ends") String end, @ForAll boolean ended)
      throws DataException {
    List<String> lines = new ArrayList<>();
    List<List<String>> expected = new ArrayList<>();
    for (List<String> row : table) {
      lines.add(String.join(",", row.stream().map(CsvProperties::quoted).toList()));
      if (!row.equals(List.of(""))) { // an empty line
        expected.add(row);
      }
    }
    String text = String.join(end, lines) + (ended ? end : "");
    assertEquals(expected, read(text));
  }

  @Provide
  Arbitrary<String> ends() {
    return Arbitraries.of("\n", "\r\n", "\r");
  }

  private static String quoted(String field) {
    return field.matches("[^,\"\r\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
  }

  private static List<List<String>> read(String text) throws DataException {
    return CsvReader.parse(FILE, text.getBytes(StandardCharsets.UTF_8)).stream()
        .map(CsvReader.Row::fields)
        .toList();
  }

  @Property(tries = 3000)
  void anythingElseIsReadOrRefused(@ForAll("texts") String text) {
    try {
      for (List<String> row : read(text)) {
        assertEquals(false, row.isEmpty());
      }
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
    }
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars('a', ',', '"', '\n', '\r', '\0').ofMaxLength(12);
  }
}
