// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.layers.graph.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PictureTableTest {
  @TempDir Path folder;

  @BeforeEach
  void writePictures() throws IOException {
    Files.createDirectory(folder.resolve("more"));
    for (String name : List.of("a.png", "b.png", "c, \"d\".png", "more/e.jpg", "id1")) {
      Files.write(folder.resolve(name), new byte[1]);
    }
  }

  private PictureTable table(String text) throws IOException {
    return PictureTable.of(
        Files.write(folder.resolve("labels.csv"), text.getBytes(StandardCharsets.UTF_8)));
  }

  private LabelledFiles read(String text) throws IOException {
    return table(text).read();
  }

  @Test
  void labelsMayBeNames() throws IOException {
    LabelledFiles found =
        read(
            "file,label\na.png,dog\nmore/e.jpg,cat\n\"c, \"\"d\"\".png\", dog \nb.png,\"a, \"\"b\"\"\"\n");
    assertEquals(List.of("a, \"b\"", "cat", "dog"), found.classNames());
    assertEquals(3, found.classes());
    assertArrayEquals(new int[] {2, 1, 2, 0}, found.labels());
    assertEquals(folder.resolve("c, \"d\".png"), found.files().get(2));
    assertEquals(folder.resolve("more/e.jpg"), found.files().get(1));
  }

  @Test
  void labelsMayBeNumbers() throws IOException {
    LabelledFiles found = read("\uFEFFa.png,7\r\n\r\nb.png,03\r\n");
    assertEquals(List.of(), found.classNames());
    assertEquals(8, found.classes());
    assertArrayEquals(new int[] {7, 3}, found.labels());
    assertEquals(List.of("10", "x"), read("a.png,10\nb.png,x").classNames());
  }

  @Test
  void columnsFolderEndingAndClassesMayBeGiven() throws IOException {
    PictureTable table =
        table("x,breed,id\n1,dog,e\n").folder(folder.resolve("more")).ending(".jpg");
    LabelledFiles found =
        table.columns("id", "breed").classNames(List.of("cat", "dog", "rat")).read();
    assertArrayEquals(new int[] {1}, found.labels());
    assertEquals(3, found.classes());
    assertEquals(List.of(folder.resolve("more/e.jpg")), found.files());
    assertArrayEquals(
        new int[] {2, 0},
        table("a.png,2\nb.png,cat\n").classNames(List.of("cat", "dog", "rat")).read().labels());
    assertEquals(2, read("id1,0\na.png,1\n").files().size(), "the first line is no header");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|is empty, expected a file and a label in each line",
        "file,label|has no pictures, expected at least two classes",
        "a.png,cat\\nb.png,cat|has one class alone, expected at least two classes",
        "a.png,0\\nb.png,0|has one class alone, expected at least two classes",
        "a.png,1\\n\\nx.png,0|line 3 names 'x.png', a file that is not there",
        "x.png,1\\nb.png,0|line 1 names 'x.png', a file that is not there",
        "a.png,1\\nmore,0|line 2 names 'more', a file that is not there",
        "a.png,1\\n\0,0|line 2 names '?', a file that is not there",
        "a.png,1\\nb.png|line 2 has 1 field, expected at least 2 with commas between them",
        "a.png;1\\nb.png;2|line 1 has 1 field, expected at least 2 with commas between them",
        "a.png,1\\nb.png,|line 2 has no label",
        "a.png,1\\nb\"x\".png,1|line 2 has a quote within a field that does not begin with one",
        "a.png,1\\n\\n\"b.png,2\\n|line 3 has a quote that is not closed",
        "\"a\\nb\",1\\n\"b.png\"x,2|line 3 has text after the closing quote of a field, expected a"
            + " comma or the end"
      })
  void badTablesAreNamed(String text, String fault) throws IOException {
    PictureTable table = table(text.replace("\\n", "\n"));
    assertEquals(
        table.file() + ": " + fault, assertThrows(DataException.class, table::read).getMessage());
  }

  @Test
  void unknownColumnsAndClassesAreNamed() throws IOException {
    PictureTable table = table("file,label\na.png,cat\nb.png,7\n");
    assertEquals(
        table.file() + ": has no column 'breed', but file, label",
        assertThrows(DataException.class, () -> table.columns("file", "breed").read())
            .getMessage());
    assertEquals(
        table.file() + ": line 3 has the label '7', which is none of the classes",
        assertThrows(DataException.class, () -> table.classNames(List.of("cat", "dog")).read())
            .getMessage());
    Path bytes = Files.write(folder.resolve("x.csv"), new byte[] {'a', (byte) 0xE9, ',', '1'});
    assertEquals(
        bytes + ": is not a table of text (CSV) in UTF-8",
        assertThrows(DataException.class, () -> PictureTable.of(bytes).read()).getMessage());
  }

  @Test
  void aDataSetIsMadeOfIt() throws IOException {
    PictureDataset data =
        PictureDataset.ofTable(table("a.png,dog\nb.png,cat\n"), Shape.of(4, 4, 1), Framing.STRETCH);
    assertEquals(2, data.size());
    assertEquals(List.of("cat", "dog"), data.classNames());
    assertEquals(1, data.label(0));
  }
}
