// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** The network that comes with the program, and how it was made: {@code network.properties}. */
final class ShippedNetwork {
  private static final String FOLDER = "network";
  private static final String FILE = "mnist.safetensors";

  private final Properties facts = new Properties();

  ShippedNetwork() {
    try (InputStream stream =
        ShippedNetwork.class.getResourceAsStream(FOLDER + "/network.properties")) {
      facts.load(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of the program's own archive
    }
  }

  /** The command that trains it, to the same bits. */
  String command() {
    return facts.getProperty("command");
  }

  /** Its share of right answers among MNIST's 10,000 test images. */
  double accuracy() {
    return Double.parseDouble(facts.getProperty("accuracy"));
  }

  /** The SHA-256 of the file, in hexadecimal digits. */
  String sha256() {
    return facts.getProperty("sha256");
  }

  /** Where its file is: in the program's archive, which stays open, or in a folder of classes. */
  static Path file() throws IOException {
    try {
      Path program =
          Path.of(ShippedNetwork.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path classes =
          Files.isDirectory(program) ? program : FileSystems.newFileSystem(program).getPath("/");
      return classes
          .resolve(ShippedNetwork.class.getPackageName().replace('.', '/'))
          .resolve(FOLDER)
          .resolve(FILE);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e); // no class is loaded from such a place
    }
  }
}
