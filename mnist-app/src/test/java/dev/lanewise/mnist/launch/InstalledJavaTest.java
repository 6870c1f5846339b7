// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InstalledJavaTest {
  private static final String MODULES = "MODULES=\"java.base jdk.incubator.vector java.xml\"\n";

  @TempDir Path folder;

  @Test
  void theNewestJdkIsChosen() throws IOException {
    Path lts = jdk("a", "JAVA_VERSION=\"25.0.3\"\n" + MODULES);
    Path newer = jdk("b", "JAVA_VERSION=\"26-ea\"\n" + MODULES);
    Path older = jdk("c", "JAVA_VERSION=\"25.0.11\"\n" + MODULES);

    assertEquals(newer, InstalledJava.newest(List.of(lts, newer, older)));
    assertEquals(older, InstalledJava.newest(List.of(lts, older)));
    assertEquals(lts, InstalledJava.newest(List.of(lts)));
  }

  @Test
  void theFirstOfEqualOnesIsChosen() throws IOException {
    Path first = jdk("z", "JAVA_VERSION=\"25\"\n" + MODULES);
    Path second = jdk("a", "JAVA_VERSION=\"25\"\n" + MODULES);

    assertEquals(first, InstalledJava.newest(List.of(first, second)));
  }

  @Test
  void unsuitableFoldersAreLeftOut() throws IOException {
    Path old = jdk("old", "JAVA_VERSION=\"24.0.2\"\n" + MODULES);
    Path ancient = jdk("ancient", "JAVA_VERSION=\"1.8.0_402\"\n");
    Path lean = jdk("lean", "JAVA_VERSION=\"25\"\nMODULES=\"java.base jdk.incubator.vectors\"\n");
    Path silent = jdk("silent", "JAVA_VERSION=\"25\"\n");
    Path broken = jdk("broken", "JAVA_VERSION=\"\\u00zz\"\n" + MODULES);
    Path unversioned = jdk("unversioned", MODULES);
    Path headless = jdk("headless", "JAVA_VERSION=\"25\"\n" + MODULES);
    Files.delete(headless.resolve("bin/java"));
    Path missing = folder.resolve("missing");

    assertNull(
        InstalledJava.newest(
            List.of(old, ancient, lean, silent, broken, unversioned, headless, missing)));
  }

  @Test
  void versionsAreOrdered() {
    List<String> ascending =
        List.of("", "1.8.0_402", "9", "17.0.15", "24.0.2", "25", "25.0.3", "25.0.11", "25.1", "26");
    for (int i = 1; i < ascending.size(); i++) {
      assertTrue(
          InstalledJava.versionKey(ascending.get(i - 1))
              < InstalledJava.versionKey(ascending.get(i)),
          ascending.get(i));
    }
    assertEquals(InstalledJava.versionKey("26"), InstalledJava.versionKey("26-ea"));
  }

  /** A runtime within a JDK has its neighbours three folders up. */
  @Test
  void neighboursAreFound() throws IOException {
    Path neighbour = jdk("neighbour", MODULES);
    Path own = folder.resolve("own/Contents/Home");

    List<Path> homes = InstalledJava.homes(own);

    assertTrue(homes.contains(neighbour), homes::toString);
    assertTrue(homes.contains(neighbour.resolve("Contents/Home")), homes::toString);
    assertFalse(homes.contains(folder), homes::toString); // beside it: four folders up
  }

  @Test
  void theCommandOfEachSystem() throws IOException {
    Path home = jdk("windows", MODULES);
    assertEquals(home.resolve("bin/java"), InstalledJava.executable(home));
    Path command = Files.createFile(home.resolve("bin/java.exe"));
    assertEquals(command, InstalledJava.executable(home));
  }

  private Path jdk(String name, String release) throws IOException {
    Path home = folder.resolve(name);
    Path java = home.resolve("bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(home.resolve("release"), release);
    Files.createFile(java);
    assertTrue(java.toFile().setExecutable(true));
    return home;
  }
}
