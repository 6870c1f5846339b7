// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.launch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** The JDKs on this machine, as far as they can be found without starting one. */
final class InstalledJava {
  private InstalledJava() {}

  /**
   * Where JDKs may be: first what the user has set, then the usual folders of each system.
   *
   * @param javaHome of this JVM: others may lie beside it
   * @return folders that may be JDKs, or not
   */
  static List<Path> homes(Path javaHome) {
    List<Path> homes = new ArrayList<>();
    for (String variable : new String[] {"JAVA_HOME", "JDK_HOME"}) {
      String value = System.getenv(variable);
      if (value != null && !value.isEmpty()) {
        try {
          homes.add(Paths.get(value));
        } catch (InvalidPathException e) {
          // Such as one in quotes, on Windows: no folder.
        }
      }
    }
    Path user = Paths.get(System.getProperty("user.home"));
    List<Path> folders = new ArrayList<>();
    for (Path folder = javaHome.getParent(); folder != null && folders.size() < 3; ) {
      folders.add(folder); // a JRE lies within a JDK, and on macOS in its Contents/Home
      folder = folder.getParent();
    }
    folders.add(Paths.get("/usr/lib/jvm"));
    folders.add(Paths.get("/Library/Java/JavaVirtualMachines"));
    folders.add(user.resolve("Library/Java/JavaVirtualMachines"));
    folders.add(user.resolve(".sdkman/candidates/java"));
    folders.add(user.resolve(".jdks"));
    String programs = System.getenv("ProgramFiles");
    if (programs != null) {
      for (String vendor : new String[] {"Java", "Eclipse Adoptium", "Microsoft", "Zulu"}) {
        folders.add(Paths.get(programs, vendor));
      }
    }
    for (Path folder : folders) {
      try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
        for (Path child : children) {
          homes.add(child);
          homes.add(child.resolve("Contents/Home"));
        }
      } catch (IOException | DirectoryIteratorException e) {
        // Most of these folders do not exist on any one machine.
      }
    }
    return homes;
  }

  /**
   * The newest JDK that can run the application, Vector API included.
   *
   * @param homes folders that may be JDKs, or not
   * @return one of them, the first of equally new ones; {@code null} if there is none
   */
  static Path newest(List<Path> homes) {
    Path newest = null;
    long newestKey = versionKey(SuitableJava.REQUIRED) - 1;
    for (Path home : homes) {
      Properties release = new Properties();
      try (InputStream in = Files.newInputStream(home.resolve("release"))) {
        release.load(in);
      } catch (IOException | IllegalArgumentException e) {
        continue; // not a JDK
      }
      long key = versionKey(unquoted(release, "JAVA_VERSION"));
      String modules = " " + unquoted(release, "MODULES") + " ";
      if (key > newestKey
          && modules.contains(" " + SuitableJava.VECTOR_MODULE + " ")
          && Files.isExecutable(executable(home))) {
        newest = home;
        newestKey = key;
      }
    }
    return newest;
  }

  private static String unquoted(Properties release, String key) {
    return release.getProperty(key, "").replace("\"", "");
  }

  /**
   * The {@code java} command of a JDK.
   *
   * @param home its folder
   * @return where the command should be
   */
  static Path executable(Path home) {
    Path windows = home.resolve("bin/java.exe");
    return Files.exists(windows) ? windows : home.resolve("bin/java");
  }

  /**
   * Puts versions in order.
   *
   * @param version such as {@code 25.0.3}, {@code 26-ea} or {@code 1.8.0_402}
   * @return greater for later versions; the first three numbers count
   */
  static long versionKey(String version) {
    String[] parts = version.split("[^0-9]+");
    long key = 0;
    for (int i = 0; i < 3; i++) {
      boolean present = i < parts.length && !parts[i].isEmpty() && parts[i].length() < 6;
      key = key * 1_000_000 + (present ? Integer.parseInt(parts[i]) : 0);
    }
    return key;
  }
}
