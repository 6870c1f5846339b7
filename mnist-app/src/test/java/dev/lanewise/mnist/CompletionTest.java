// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {
  @TempDir Path folder;

  @Test
  void bashCompletesCommandsOptionsAndNames() throws Exception {
    Path bash = Path.of("/bin/bash");
    assumeTrue(Files.isExecutable(bash), "there is no bash, whose completion this is");
    Run run = Run.of("completion");
    assertEquals(0, run.code(), run.err());
    Path script = Files.writeString(folder.resolve("script"), run.out());

    assertTrue(complete(bash, script, "summ").contains("summary"));
    assertTrue(complete(bash, script, "train --ep").contains("--epochs"));
    assertTrue(complete(bash, script, "train --recipe art").contains("article-simple"));
    assertTrue(complete(bash, script, "data she").contains("sheet"));
    assertTrue(complete(bash, script, "summary --model resnet2").contains("resnet20"));
  }

  /** What a shell would offer for a line. */
  private static String complete(Path bash, Path script, String line)
      throws IOException, InterruptedException {
    String commands =
        """
        source %s
        COMP_WORDS=(mnist-app %s)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _complete_mnist-app
        echo "${COMPREPLY[@]}"
        """
            .formatted(script, line);
    Process process =
        new ProcessBuilder(bash.toString(), "-c", commands).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out;
  }
}
