// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.layers.data.Dataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShippedNetworkTest {
  private static final int SIDE = DigitPainter.SIDE;
  private static final int DIGITS = 50;

  @TempDir Path folder;

  @Test
  void theFileIsTheOneWhoseHashIsNamed() throws Exception {
    byte[] file = Files.readAllBytes(ShippedNetwork.file());
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(file);
    assertEquals(new ShippedNetwork().sha256(), HexFormat.of().formatHex(hash));
  }

  @Test
  void itsCommandNamesTheRecipeAndTheSeed() {
    String command = new ShippedNetwork().command();
    assertTrue(command.startsWith("train ") && command.contains(" --recipe best "), command);
    assertTrue(command.contains(" --seed "), command);
  }

  /** It has seen nothing but MNIST, and reads what this program draws. */
  @Test
  void predictsWithoutWeights() throws Exception {
    Dataset digits = ProceduralDigits.draw(7, "test", DIGITS);
    List<Object> line = new ArrayList<>(List.of("predict", "--json"));
    byte[] all = ProceduralDigits.pixels(7, "test", DIGITS);
    byte[] pixels = new byte[SIDE * SIDE];
    for (int i = 0; i < DIGITS; i++) {
      System.arraycopy(all, i * SIDE * SIDE, pixels, 0, pixels.length);
      line.add(PngFile.grey(folder.resolve("digit" + i), SIDE, pixels));
    }
    Run run = Run.of(line.toArray());
    assertEquals(0, run.code(), run.err());
    int right = 0;
    List<String> answers = run.out().lines().toList();
    for (int i = 0; i < DIGITS; i++) {
      JsonNode answer = new ObjectMapper().readTree(answers.get(i));
      right += answer.get("class").asInt() == digits.label(i) ? 1 : 0;
    }
    assertTrue(right >= 0.9 * DIGITS, right + " of " + DIGITS);
  }

  @Test
  void evaluateSaysHowItWasTrained() throws Exception {
    TinyImages.write(folder, "t10k", TinyImages.TEST, SIDE, new Random(1));
    Run run = Run.of("evaluate", "--data", folder);
    assertEquals(0, run.code(), run.err());
    ShippedNetwork shipped = new ShippedNetwork();
    assertTrue(run.out().contains("trained by 'mnist-app " + shipped.command() + "'"), run.out());
    assertTrue(run.out().contains("SHA-256 " + shipped.sha256()), run.out());
  }
}
