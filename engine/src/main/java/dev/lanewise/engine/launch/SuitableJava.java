package dev.lanewise.engine.launch;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * Finds the Java that a program should run on: this one, this one with the Vector API switched on,
 * or an installed newer one. The package shows how to use it.
 */
public final class SuitableJava {
  static final String REQUIRED = "25";
  static final String VECTOR_MODULE = "jdk.incubator.vector";

  /** Set in a JVM that was started here, so that it never starts a further one. */
  private static final String RELAUNCHED = "dev.lanewise.relaunched";

  private static final int NOT_FOUND = 2;
  private static final int NOT_STARTED = 4;

  private SuitableJava() {}

  /**
   * Runs the program in a JVM that suits it, unless this one does. A JVM suits if it is Java 25 or
   * later and has the Vector API switched on; one that does not contain the module at all suits
   * too, since the engine then falls back to plain Java. Where this Java is too old, the newest of
   * the installed JDKs is taken, those that {@code JAVA_HOME} and {@code JDK_HOME} name included.
   *
   * <p>The other JVM gets the options and the class path of this one and shares its working
   * directory, environment and standard streams; ending this JVM ends it too. Nothing is printed
   * here. To be called once, at the start of the main method, before anything is read from standard
   * input.
   *
   * @param program whose main method to run: the one that calls this
   * @param args its command line
   * @param jvmOptions further options for the other JVM, such as those that the manifest of a
   *     runnable jar stands for: a manifest is not looked at
   * @return the exit code of the program once it has run in another JVM; empty if this one suits
   *     and nothing was done
   * @throws LaunchException if no suitable Java was found, or it could not be started
   * @throws InterruptedException if this thread is interrupted while the other JVM runs; that one
   *     goes on, at most until this one ends
   */
  public static OptionalInt restart(Class<?> program, String[] args, String... jvmOptions)
      throws LaunchException, InterruptedException {
    String version = System.getProperty("java.specification.version");
    boolean recent = InstalledJava.versionKey(version) >= InstalledJava.versionKey(REQUIRED);
    boolean relaunched = System.getProperty(RELAUNCHED) != null;
    if (recent && (relaunched || vectorModuleLoaded() || !vectorModuleInstalled())) {
      return OptionalInt.empty();
    }
    Path home = Paths.get(System.getProperty("java.home"));
    Path suitable =
        recent ? home : relaunched ? null : InstalledJava.newest(InstalledJava.homes(home));
    if (suitable == null) {
      throw new LaunchException(
          NOT_FOUND,
          "Java 25 or later is needed, but this is Java "
              + version
              + " and no JDK 25 was found on this machine:"
              + " install one (https://adoptium.net) or set JAVA_HOME to it",
          null);
    }
    return OptionalInt.of(run(InstalledJava.executable(suitable), program, args, jvmOptions));
  }

  /**
   * Whether this JVM was started by {@link #restart}. The JVM that did so ends this one by SIGTERM
   * when a signal ends it; a signal from the terminal, such as Ctrl-C, reaches both.
   *
   * @return whether another JVM waits for this one
   */
  public static boolean restarted() {
    return System.getProperty(RELAUNCHED) != null;
  }

  private static boolean vectorModuleLoaded() {
    try {
      Class.forName(VECTOR_MODULE + ".Vector", false, SuitableJava.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static boolean vectorModuleInstalled() {
    return Files.exists(Paths.get(URI.create("jrt:/" + VECTOR_MODULE)));
  }

  private static int run(Path java, Class<?> program, String[] args, String[] jvmOptions)
      throws LaunchException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("--add-modules=" + VECTOR_MODULE);
    Collections.addAll(command, jvmOptions);
    command.add("-D" + RELAUNCHED + "=true");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    Collections.addAll(command, args);
    Process process;
    try {
      process = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      throw new LaunchException(NOT_STARTED, java + " cannot be started: " + e.getMessage(), e);
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
}
