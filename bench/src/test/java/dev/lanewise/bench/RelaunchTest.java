package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.DataInputStream;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RelaunchTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        Relaunch.class,
        Throughput.class,
        FmaPeak.class,
        ConvolutionShapes.class,
        Jmh.class
      })
  void whatRunsFirstIsForJava8(Class<?> type) throws IOException {
    assertEquals(52, classFileVersion(type));
  }

  @ParameterizedTest
  @ValueSource(classes = {Commands.class, ThroughputCommand.class, FmaPeakCommand.class})
  void theRestIsNot(Class<?> type) throws IOException {
    assertEquals(69, classFileVersion(type));
  }

  private static int classFileVersion(Class<?> type) throws IOException {
    String file = type.getSimpleName() + ".class";
    try (DataInputStream bytes = new DataInputStream(type.getResourceAsStream(file))) {
      bytes.skipNBytes(6); // the magic number and the minor version
      return bytes.readUnsignedShort();
    }
  }
}
