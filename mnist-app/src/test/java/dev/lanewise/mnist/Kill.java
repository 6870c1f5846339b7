// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.TimeUnit;

/** Sends signals. */
final class Kill {
  private Kill() {}

  static void send(String signal, Process process) throws Exception {
    send(signal, process.pid());
  }

  static void send(String signal, long process) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, "" + process).start().waitFor());
  }

  /**
   * Ends the test where signals do nothing: under nohup, and in background jobs of shells, SIGHUP
   * or SIGINT are switched off, for whatever is started there too, and cannot be switched on.
   */
  static void assumeHeard(String... signals) throws Exception {
    for (String signal : signals) {
      Process shell = new ProcessBuilder("sh", "-c", "kill -" + signal + " $$; exit 0").start();
      shell.waitFor(60, TimeUnit.SECONDS);
      assumeTrue(shell.exitValue() != 0, "SIG" + signal + " is switched off");
    }
  }
}
