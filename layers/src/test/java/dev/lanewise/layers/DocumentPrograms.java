// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The programs of a document: blocks of Java, each a public class, that are compiled without a
 * warning and run.
 *
 * @param folder where sources and classes are written
 */
public record DocumentPrograms(Path folder) {
  private static final Pattern CLASS =
      Pattern.compile("^public (?:final )?class (\\w+)", Pattern.MULTILINE);

  /** A file of the repository, whatever module the tests run in. */
  public static Path file(String name) {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("README.md"))) {
      folder = folder.getParent();
      assertTrue(folder != null, "no README.md above " + Path.of("").toAbsolutePath());
    }
    return folder.resolve(name);
  }

  static List<String> javaBlocks(Path document) throws IOException {
    return Pattern.compile("^```java\\R(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
        .matcher(Files.readString(document))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  static String className(String block) {
    Matcher name = CLASS.matcher(block);
    assertTrue(name.find(), block);
    return name.group(1);
  }

  public void compile(List<String> blocks) throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String block : blocks) {
      sources.add(Files.writeString(folder.resolve(className(block) + ".java"), block));
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-d",
            folder.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Xlint:all",
            "-Werror");
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
      assertTrue(compiled, messages::toString);
    }
  }

  URLClassLoader loader() throws IOException {
    URL[] classes = {folder.toUri().toURL()};
    return new URLClassLoader(classes, DocumentPrograms.class.getClassLoader());
  }

  /** Runs a compiled program, with classes of its own, and returns what it prints. */
  public String run(String name, String... args) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = loader();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      Object arguments = args;
      loader.loadClass(name).getMethod("main", String[].class).invoke(null, arguments);
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
