// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in docs/examples for this module compiles; {@link StandaloneCluster} runs it. */
final class ExamplesTest {
  @TempDir Path folder;

  @Test
  void digitsOnSpark() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    // Annotations that class files of Spark name are on no class path.
    List<String> options =
        List.of(
            "-d",
            folder.toString(),
            "-proc:none",
            "-Xlint:all,-classfile,-path",
            "-Werror",
            "-cp",
            System.getProperty("java.class.path"));
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      var sources = files.getJavaFileObjects(Path.of("../../docs/examples/DigitsOnSpark.java"));
      assertTrue(
          compiler.getTask(messages, files, null, options, null, sources).call(),
          messages::toString);
    }
  }
}
