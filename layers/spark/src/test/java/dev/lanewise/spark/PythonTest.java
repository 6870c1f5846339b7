// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The classes for Python have the names and parameters of those in Java. It reads their source;
 * {@code wrapper_check.py} uses them.
 */
final class PythonTest {
  private static final Path SOURCES = Path.of("src/main/python");
  private static final Pattern TABLE = Pattern.compile("(?ms)^(_[A-Z]+) = \\[\\n(.*?)^]");
  private static final Pattern ROW =
      Pattern.compile("\\(\"(\\w+)\",\\s*_(\\w+),\\s*(.+?),\\s*\"(.*?)\"\\)");
  private static final Pattern CLASS =
      Pattern.compile("(?m)^@_params\\((.*)\\)\\nclass (Lanewise\\w+)\\(");

  private static String source;

  @BeforeAll
  static void read() throws Exception {
    source = Files.readString(SOURCES.resolve("lanewise/spark.py"));
  }

  /** Of each class its parameters, by name. */
  private static Map<String, Map<String, String>> python() {
    Map<String, Map<String, String>> tables = new TreeMap<>();
    for (MatchResult table : TABLE.matcher(source).results().toList()) {
      Map<String, String> rows = new TreeMap<>();
      ROW.matcher(table.group(2))
          .results()
          .forEach(
              row ->
                  rows.put(row.group(1), line(row.group(2), unquoted(row.group(3)), row.group(4))));
      tables.put(table.group(1), rows);
    }
    Map<String, Map<String, String>> classes = new LinkedHashMap<>();
    for (MatchResult each : CLASS.matcher(source).results().toList()) {
      Map<String, String> all = new TreeMap<>();
      for (String table : each.group(1).split(", ")) {
        all.putAll(tables.get(table));
      }
      classes.put(each.group(2), all);
    }
    return classes;
  }

  private static String unquoted(String value) {
    return value.replaceAll("^\"|\"$", "");
  }

  private static String line(String type, String byDefault, String doc) {
    return type + ", default " + byDefault + ": " + doc;
  }

  private static Map<String, String> java(Params params) {
    Map<String, String> lines = new TreeMap<>();
    for (Param<?> param : params.params()) {
      Object value = params.hasDefault(param) ? params.getDefault(param).get() : "None";
      String text = value instanceof double[] numbers ? Arrays.toString(numbers) : value.toString();
      lines.put(param.name(), line(type(param), text, param.doc()));
    }
    return lines;
  }

  private static String type(Param<?> param) {
    return switch (param.getClass().getSimpleName()) {
      case "DoubleArrayParam" -> "floats";
      case "IntArrayParam" -> "ints";
      case "DoubleParam" -> "float";
      case "IntParam", "LongParam" -> "int";
      default -> "text";
    };
  }

  @Test
  void theParametersOfEachClassAreThoseOfJava() {
    Map<String, Map<String, String>> expected = new TreeMap<>();
    for (Params params :
        List.of(
            new LanewiseClassifier(),
            new LanewiseRegressor(),
            LanewiseClassificationModel.of("lanewise", Patterns.network()),
            LanewiseRegressionModel.of("lanewise", Patterns.network()),
            LanewiseEmbedder.of("lanewise", Patterns.network()))) {
      expected.put(params.getClass().getSimpleName(), java(params));
    }
    Map<String, Map<String, String>> python = python();
    assertEquals(expected.keySet(), new TreeMap<>(python).keySet());
    expected.forEach((name, params) -> assertEquals(params, python.get(name), name));
  }

  /** There pyspark imports the class of a stage of a saved pipeline. */
  @Test
  void thePackageOfJavaLeadsToThem() throws Exception {
    Path alias = SOURCES.resolve(LanewiseClassifier.class.getPackageName().replace('.', '/'));
    String text = Files.readString(alias.resolve("__init__.py"));
    assertEquals("from lanewise.spark import *", text.lines().toList().getLast());
    String java = LanewiseClassifier.class.getPackageName();
    assertTrue(source.contains("\n_JAVA = \"" + java + ".\"\n"));
    for (String name : python().keySet()) {
      assertTrue(source.contains("\n    \"" + name + "\",\n"), name + " in __all__");
    }
  }
}
