// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Whatever the bytes, a table is read or refused with a {@link DataException} of one line; and what
 * is read, written with every field in quotes, is read as the same. In an ordinary build the inputs
 * kept as resources are tried; {@code -Pfuzz} searches.
 */
class CsvFuzzTest {
  private static final Path FILE = Path.of("fuzz");

  @FuzzTest(maxDuration = "", maxExecutions = 10_000_000)
  void table(byte[] bytes) throws DataException {
    List<CsvReader.Row> rows;
    try {
      rows = CsvReader.parse(FILE, bytes);
    } catch (DataException e) {
      assertEquals(1, e.getMessage().lines().count());
      return;
    }
    int line = 0;
    for (CsvReader.Row row : rows) {
      assertFalse(row.line() <= line, "lines are counted upwards");
      line = row.line();
    }
    String written =
        rows.stream()
            .map(
                row ->
                    row.fields().stream()
                        .map(field -> '"' + field.replace("\"", "\"\"") + '"')
                        .collect(Collectors.joining(",")))
            .collect(Collectors.joining("\r\n"));
    List<CsvReader.Row> again = CsvReader.parse(FILE, written.getBytes(StandardCharsets.UTF_8));
    assertEquals(fields(rows), fields(again));
  }

  private static List<List<String>> fields(List<CsvReader.Row> rows) {
    return rows.stream().map(CsvReader.Row::fields).toList();
  }
}
