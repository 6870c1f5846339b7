// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.Backend;
import dev.lanewise.layers.data.DataException;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;

/** Runs a command; whatever goes wrong is one line on stderr and an exit code. */
final class Commands {
  private static final int BAD_DATA = 3;
  private static final int IO_FAILED = 4;

  private Commands() {}

  /**
   * Parses a command line and runs the command on the streams of the process.
   *
   * @param command annotated with picocli's annotations
   * @param args the command line
   * @return the exit code: 0, 2 for wrong usage, 3 for bad data, 4 for failed input or output
   */
  static int run(Object command, String... args) {
    return run(command, new PrintWriter(System.out, true), new PrintWriter(System.err, true), args);
  }

  /**
   * Parses a command line and runs the command.
   *
   * @param command annotated with picocli's annotations
   * @param out receives the results
   * @param err receives the line about what went wrong
   * @param args the command line
   * @return the exit code
   */
  static int run(Object command, PrintWriter out, PrintWriter err, String... args) {
    if (!VectorApi.isPresent()) {
      err.println(VectorApi.MISSING);
      return ExitCode.USAGE;
    }
    try {
      Backend.description();
    } catch (ExceptionInInitializerError e) { // a system property asks for what is not there
      err.println(e.getCause().getMessage());
      return ExitCode.USAGE;
    }
    return new CommandLine(command)
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((e, ignored) -> report(e.getCommandLine(), e, ExitCode.USAGE))
        .setExecutionExceptionHandler(
            (e, line, parsed) -> {
              if (e instanceof DataException) {
                return report(line, e, BAD_DATA);
              } else if (e instanceof IOException) {
                return report(line, e, IO_FAILED);
              }
              throw e; // a bug: its stack trace is wanted
            })
        .execute(args);
  }

  private static int report(CommandLine line, Exception e, int exitCode) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    line.getErr().println(line.getCommandName() + ": " + message);
    return exitCode;
  }

  /** The version in the manifest of the jar, and the Java it runs on. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Commands.class.getPackage().getImplementationVersion();
      return new String[] {
        "Lanewise bench " + (version == null ? "(not packaged)" : version),
        "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
      };
    }
  }
}
