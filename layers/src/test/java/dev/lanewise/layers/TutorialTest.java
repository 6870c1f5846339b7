// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/tutorial.md says is so: its programs compile and print what stands below them; each
 * calculation in the text holds for the numbers that they print; each decimal number in the text is
 * one of them; and the lines of Conv2d that it explains are those of Conv2d.
 */
final class TutorialTest {
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w*)\\R(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern TABLE = Pattern.compile("(.+) \\[(\\d+(?:, \\d+)*)]");
  private static final Pattern DECIMAL = Pattern.compile("(?<![\\w.])\\d+\\.\\d+(?![\\w.])");

  /** Printed numbers have four decimals, and a calculation adds up several of them. */
  private static final double ROUNDINGS = 1.5e-4;

  @TempDir Path folder;

  private final String document = Files.readString(DocumentPrograms.file("docs/tutorial.md"));
  private final List<Block> blocks =
      BLOCK.matcher(document).results().map(b -> new Block(b.group(1), b.group(2))).toList();
  private final String prose = BLOCK.matcher(document).replaceAll("");

  TutorialTest() throws IOException {}

  /** What stands between fences: a program, what it prints, or without a kind equations. */
  private record Block(String kind, String text) {}

  /** What {@code Numbers.show} has printed, row-major. */
  private record Table(List<Integer> dims, double[] values) {}

  @Test
  void everyProgramPrintsWhatStandsBelowIt() throws Exception {
    DocumentPrograms programs = new DocumentPrograms(folder);
    programs.compile(blocks("java").toList());
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      if (block.kind.equals("java") && block.text.contains(" main(")) {
        String name = DocumentPrograms.className(block.text);
        Block below = blocks.get(i + 1);
        assertEquals("text", below.kind, name);
        assertEquals(below.text, programs.run(name).replace("\r\n", "\n"), name);
      }
    }
    assertEquals(
        blocks("java").filter(text -> text.contains(" main(")).count(), blocks("text").count());
  }

  @Test
  void everyCalculationHolds() {
    Map<String, Table> tables = tables();
    int held = 0;
    for (String equation : equations()) {
      List<Double> values =
          Arrays.stream(equation.split(" = "))
              .map(side -> Arithmetic.value(side, element -> element(tables, element)))
              .flatMap(Optional::stream)
              .toList();
      for (double value : values) {
        assertEquals(values.getFirst(), value, ROUNDINGS, equation);
      }
      boolean holds = values.size() > 1;
      assertTrue(holds || !equation.matches("\\w+\\[[\\d,]+] = .*"), equation);
      held += holds ? 1 : 0;
    }
    assertTrue(held >= 14, "calculations: " + held);
  }

  @Test
  void everyDecimalNumberOfTheTextIsPrintedByAProgram() {
    Set<String> printed = decimals(blocks("text")).collect(Collectors.toSet());
    Set<String> written =
        decimals(Stream.concat(Stream.of(prose), blocks(""))).collect(Collectors.toSet());
    Set<String> others = new TreeSet<>(written);
    others.removeAll(printed);
    assertEquals(Set.of(), others);
    assertTrue(written.size() > 15, written::toString);
  }

  @Test
  void everyTensorHasTheShapeThatTheTextSays() {
    Map<String, Table> tables = tables();
    Set<String> named = new HashSet<>();
    // At the beginning of a line with any space between, elsewhere with one.
    Matcher shape =
        Pattern.compile("(?:^(\\w+) +|(\\w+) )`?\\[(\\d+(?:, \\d+)*)]", Pattern.MULTILINE)
            .matcher(blocks("").collect(Collectors.joining()) + prose);
    while (shape.find()) {
      String name = shape.group(1) == null ? shape.group(2) : shape.group(1);
      if (tables.containsKey(name)) {
        assertEquals(tables.get(name).dims, dims(shape.group(3)), name);
        named.add(name);
      }
    }
    assertTrue(named.containsAll(Set.of("x", "weight", "bias", "y", "pooled")), named::toString);
  }

  @Test
  void everyMethodOfConv2dIsExplained() throws IOException {
    String source =
        Files.readString(
            DocumentPrograms.file("layers/src/main/java/dev/lanewise/layers/Conv2d.java"));
    String squeezed = source.replaceAll("\\s", "");
    Set<String> explained = new TreeSet<>();
    Pattern row = Pattern.compile("^\\|([^|]*)\\|([^|]*`[^|]*)\\|.*\\|$", Pattern.MULTILINE);
    row.matcher(prose)
        .results()
        .forEach(
            cells -> {
              spans(cells.group(1)).forEach(explained::add);
              for (String line : spans(cells.group(2)).toList()) {
                assertTrue(squeezed.contains(line.replaceAll("\\s", "")), line);
              }
            });
    Set<String> declared =
        Pattern.compile(
                "^ {2,4}(?:(?:public|private|static) )*(?:[A-Z][\\w<>]* |void |long )?"
                    + "(\\w+)\\([\\w<>.\\[\\], \\n]*\\) \\{$",
                Pattern.MULTILINE)
            .matcher(source)
            .results()
            .map(method -> method.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertTrue(declared.size() > 20, declared::toString);
    assertEquals(declared, explained);
  }

  private Stream<String> blocks(String kind) {
    return blocks.stream().filter(block -> block.kind.equals(kind)).map(Block::text);
  }

  private static Stream<String> decimals(Stream<String> texts) {
    return texts.flatMap(text -> DECIMAL.matcher(text).results().map(MatchResult::group));
  }

  private static Stream<String> spans(String text) {
    return Pattern.compile("`([^`]+)`").matcher(text).results().map(span -> span.group(1));
  }

  /** Of the blocks, with lines that continue others, and of the text. */
  private List<String> equations() {
    List<String> equations = new ArrayList<>();
    blocks("")
        .flatMap(block -> block.replaceAll("\\R +(?=[-+=] )", " ").lines())
        .forEach(equations::add);
    spans(prose).forEach(equations::add);
    return equations;
  }

  private Map<String, Table> tables() {
    Map<String, Table> tables = new HashMap<>();
    for (String printed : blocks("text").toList()) {
      List<String> lines = printed.lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        Matcher header = TABLE.matcher(lines.get(i));
        if (header.matches()) {
          Table table = table(dims(header.group(2)), lines.subList(i + 1, lines.size()));
          assertTrue(tables.put(header.group(1), table) == null, header.group(1));
        }
      }
    }
    return tables;
  }

  private static List<Integer> dims(String text) {
    return Arrays.stream(text.split(", ")).map(Integer::valueOf).toList();
  }

  private static Table table(List<Integer> dims, List<String> lines) {
    double[] values = new double[dims.stream().reduce(1, Math::multiplyExact)];
    int channels = dims.size() > 2 ? dims.getLast() : 1;
    int columns = dims.get(dims.size() > 2 ? 1 : dims.size() - 1);
    for (int row = 0; row < values.length / (columns * channels); row++) {
      String[] cells = lines.get(row).replace("|", "").strip().split(" +");
      assertEquals(columns * channels, cells.length, lines.get(row));
      for (int i = 0; i < cells.length; i++) {
        int at = (row * columns + i % columns) * channels + i / columns;
        values[at] = Double.parseDouble(cells[i]);
      }
    }
    return new Table(dims, values);
  }

  /** Such as {@code y[0,2,0]}. */
  private static double element(Map<String, Table> tables, String element) {
    int bracket = element.indexOf('[');
    Table table = tables.get(element.substring(0, bracket));
    assertTrue(table != null, element);
    String[] indices = element.substring(bracket + 1, element.length() - 1).split(",");
    assertEquals(table.dims.size(), indices.length, element);
    int at = 0;
    for (int i = 0; i < indices.length; i++) {
      int index = Integer.parseInt(indices[i]);
      assertTrue(index < table.dims.get(i), element);
      at = at * table.dims.get(i) + index;
    }
    return table.values[at];
  }
}
