// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What needs further JVMs is tested with the application that is packaged to be started so. */
final class SuitableJavaTest {
  @Test
  void aSuitableJvmIsKept() throws Exception {
    assertEquals(
        OptionalInt.empty(), SuitableJava.restart(SuitableJavaTest.class, new String[] {"x"}));
  }
}
