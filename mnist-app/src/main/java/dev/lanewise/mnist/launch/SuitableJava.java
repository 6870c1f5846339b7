// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.launch;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Finds the Java that a program should run on: this one, this one with the Vector API switched on,
 * or an installed newer one. The package shows how to use it.
 */
public final class SuitableJava {
  static final String REQUIRED = "25";
  static final String VECTOR_MODULE = "jdk.incubator.vector";

  /** The process that started this JVM here, which then never starts a further one. */
  private static final String RELAUNCHED = "dev.lanewise.relaunched";

  private static final int NOT_FOUND = 2;
  private static final int NOT_STARTED = 4;
  private static final int ENDED_BY_SIGTERM = 128 + 15;

  private SuitableJava() {}

  /**
   * Runs the program in a JVM that suits it, unless this one does. A JVM suits if it is Java 25 or
   * later and has the Vector API switched on; one that does not contain the module at all suits
   * too, since the engine then falls back to plain Java. Where this Java is too old, the newest of
   * the installed JDKs is taken, those that {@code JAVA_HOME} and {@code JDK_HOME} name included.
   *
   * <p>The other JVM gets the options and the class path of this one and shares its working
   * directory, environment and standard streams. When this JVM is told to end, as by SIGTERM, it
   * tells the other one by SIGTERM, waits for it, and ends as that one did. Nothing is printed
   * here. To be called once, at the start of the main method, before anything is read from standard
   * input.
   *
   * <p>A JVM that has lost letters of its command line does not suit either. In the POSIX locale
   * Java knows no letters beyond ASCII, and can name no file with one; the program is then run in
   * the locale C.UTF-8, with {@code args} put right there. This needs Linux.
   *
   * @param program whose main method to run: the one that calls this
   * @param args its command line; may be put right
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
    if (relaunched) {
      LostLetters.decode(args);
    }
    boolean missing = !vectorModuleLoaded() && vectorModuleInstalled();
    if (recent && (relaunched || !missing && !LostLetters.in(args))) {
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
    List<String> options = new ArrayList<>(Arrays.asList(jvmOptions));
    if (!recent || vectorModuleInstalled()) {
      options.add("--add-modules=" + VECTOR_MODULE);
    }
    return OptionalInt.of(run(InstalledJava.executable(suitable), options, program, args));
  }

  /**
   * Which process started this JVM by {@link #restart}. It ends this one by SIGTERM when a signal
   * ends it; a signal from the terminal, such as Ctrl-C, reaches both. Should it be killed, this
   * JVM is not told.
   *
   * @return the process that waits for this one; empty if this one was not started so
   */
  public static OptionalLong startedBy() {
    String process = System.getProperty(RELAUNCHED);
    return process == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(process));
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

  private static int run(Path java, List<String> options, Class<?> program, String[] args)
      throws LaunchException, InterruptedException {
    RuntimeMXBean self;
    try {
      self = ManagementFactory.getRuntimeMXBean();
    } catch (ExceptionInInitializerError e) { // Java 17 cannot name the folder that it is in
      throw new LaunchException(
          NOT_STARTED,
          "this Java cannot work in a folder of such a name"
              + ": another locale is needed, such as LC_ALL=C.UTF-8, or Java 25",
          e);
    }
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(self.getInputArguments());
    command.addAll(options);
    // HotSpot's name for itself is PROCESS@HOST; Java 8 has no other way to ask.
    command.add("-D" + RELAUNCHED + "=" + self.getName().split("@")[0]);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    if (LostLetters.in(args)) {
      command.add(LostLetters.OPTION);
      builder.environment().put("LC_ALL", "C.UTF-8");
      args = LostLetters.encode(args);
    }
    command.add(program.getName());
    Collections.addAll(command, args);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new LaunchException(NOT_STARTED, java + " cannot be started: " + e.getMessage(), e);
    }
    // Whoever ends this JVM means the other one too; and a shell must not have its prompt back
    // before that one has ended.
    Thread end = new Thread(() -> end(process));
    Runtime.getRuntime().addShutdownHook(end);
    int code = process.waitFor();
    try {
      Runtime.getRuntime().removeShutdownHook(end);
    } catch (IllegalStateException e) {
      // Both are told to end just as the other one has ended by itself: the hook knows its code.
    }
    return code;
  }

  private static void end(Process process) {
    process.destroy();
    try {
      int code = process.waitFor();
      if (code != ENDED_BY_SIGTERM) {
        Runtime.getRuntime().halt(code); // it had more to say, such as that it could not save
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
