package dev.lanewise.mnist;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Starts {@link Main} on a Java that suits it: this one, this one with the Vector API switched on,
 * or an installed newer one. So that old Javas can load it and give a useful answer, this one class
 * is compiled for Java 8.
 */
public final class Launcher {
  private static final int REQUIRED = 25;
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  /** Set in a JVM that a launcher has started, so that it never starts a further one. */
  private static final String RELAUNCHED = "dev.lanewise.relaunched";

  private static final int BAD_USAGE = 2;
  private static final int IO_FAILED = 4;

  private Launcher() {}

  /**
   * Runs the application; ends the JVM with its exit code.
   *
   * @param args the command line
   * @throws InterruptedException never; nobody interrupts the main thread
   */
  public static void main(String[] args) throws InterruptedException {
    String version = System.getProperty("java.specification.version");
    boolean recent = versionKey(version) >= versionKey(REQUIRED + "");
    boolean relaunched = System.getProperty(RELAUNCHED) != null;
    if (recent && (relaunched || vectorModuleLoaded() || !vectorModuleInstalled())) {
      Main.main(args); // without the module the engine falls back to plain Java
      return;
    }
    Path home = Paths.get(System.getProperty("java.home"));
    Path suitable = recent ? home : relaunched ? null : newest(installed(home));
    if (suitable == null) {
      System.err.println(
          "mnist-app: Java 25 or later is needed, but this is Java "
              + version
              + " and no JDK 25 was found on this machine:"
              + " install one (https://adoptium.net) or set JAVA_HOME to it");
      System.exit(BAD_USAGE);
    }
    System.exit(relaunch(suitable, args));
  }

  private static boolean vectorModuleLoaded() {
    try {
      Class.forName(VECTOR_MODULE + ".Vector", false, Launcher.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static boolean vectorModuleInstalled() {
    return Files.exists(Paths.get(URI.create("jrt:/" + VECTOR_MODULE)));
  }

  private static int relaunch(Path home, String[] args) throws InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(java(home).toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("--add-modules=" + VECTOR_MODULE);
    command.add("--enable-native-access=ALL-UNNAMED"); // as the manifest does for -jar
    command.add("-D" + RELAUNCHED + "=true");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Launcher.class.getName());
    for (String arg : args) {
      command.add(arg);
    }
    Process process;
    try {
      process = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      System.err.println("mnist-app: " + java(home) + " cannot be started: " + e.getMessage());
      return IO_FAILED;
    }
    // Whoever ends this JVM means the other one too; and a shell must not have its prompt back
    // before that one has ended.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
    return process.waitFor();
  }

  private static void end(Process process) {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Where JDKs may be: first what the user has set, then the usual folders of each system. */
  private static List<Path> installed(Path javaHome) {
    List<Path> homes = new ArrayList<>();
    for (String variable : new String[] {"JAVA_HOME", "JDK_HOME"}) {
      String value = System.getenv(variable);
      if (value != null && !value.isEmpty()) {
        homes.add(Paths.get(value));
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
      } catch (IOException e) {
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
    long newestKey = versionKey(REQUIRED + "") - 1;
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
          && modules.contains(" " + VECTOR_MODULE + " ")
          && Files.isExecutable(java(home))) {
        newest = home;
        newestKey = key;
      }
    }
    return newest;
  }

  private static String unquoted(Properties release, String key) {
    return release.getProperty(key, "").replace("\"", "");
  }

  private static Path java(Path home) {
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
