// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.Framing;
import dev.lanewise.layers.file.AtomicFile;
import dev.lanewise.layers.io.Match;
import dev.lanewise.layers.train.DivergedException;
import dev.lanewise.mnist.launch.SuitableJava;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/**
 * The command line: finds the command, runs it, and turns whatever goes wrong into one line and an
 * exit code. Start it with {@link Launcher}.
 */
@Command(
    name = "mnist-app",
    description = {
      "Trains, evaluates and uses convolutional networks on MNIST and data sets like it.",
      "Without a command it trains: all options of 'train' may be given directly."
    },
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:out of memory, or a fault in the program",
      "2:wrong usage",
      "3:bad data: a file was read, but its content is not what it should be",
      "4:reading or writing failed",
      "5:the training diverged: its loss is infinite or not a number",
      "130:stopped by SIGINT (Ctrl-C)",
      "143:stopped by SIGTERM"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app demo",
      "  mnist-app --recipe fast --save weights.safetensors",
      "  mnist-app predict --weights weights.safetensors digit.png",
      "  mnist-app help train"
    })
final class Main {
  static final int OK = 0;
  static final int FAULT = 1;
  static final int BAD_USAGE = 2;
  static final int BAD_DATA = 3;
  static final int IO_FAILED = 4;
  static final int DIVERGED = 5;

  private static final List<Class<?>> COMMANDS =
      List.of(
          TrainCommand.class,
          EvaluateCommand.class,
          PredictCommand.class,
          ServeCommand.class,
          SummaryCommand.class,
          ProfileCommand.class,
          ExportCommand.class,
          ImportCommand.class,
          DataCommand.class,
          CompletionCommand.class,
          DemoCommand.class,
          HelpCommand.class);

  private static final int KILLED = 128 + 9;
  private static final long WATCH_MILLIS = 100;

  private static final Set<String> ROOT_OPTIONS = Set.of("-h", "--help", "-V", "--version");

  public static void main(String[] args) {
    SuitableJava.startedBy().ifPresent(Main::endWith);
    Runtime.getRuntime().addShutdownHook(new Thread(AtomicFile::removeUnfinished)); // on Ctrl-C
    PrintWriter out = new PrintWriter(System.out, true);
    PrintWriter err = new PrintWriter(System.err, true);
    System.exit(run(out, err, args));
  }

  /**
   * Ends this JVM at once when the one that started it is gone, as by SIGKILL: for the user the two
   * are one program, which must not go on writing once it has been killed.
   */
  private static void endWith(long starter) {
    Optional<ProcessHandle> process = ProcessHandle.of(starter);
    Thread watch =
        new Thread(
            () -> {
              try {
                while (process.isPresent() && process.get().isAlive()) {
                  Thread.sleep(WATCH_MILLIS); // onExit would look every 5 seconds only
                }
                Runtime.getRuntime().halt(KILLED);
              } catch (InterruptedException e) {
                throw new AssertionError(e); // nobody does
              }
            },
            "watch");
    watch.setDaemon(true);
    watch.start();
  }

  /**
   * Runs one command line.
   *
   * @param out receives results
   * @param err receives notices and errors, one line each
   * @param args the command line
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    try {
      String[] line = withCommand(args);
      CommandLine root =
          program(line[0])
              .setOut(out)
              .setErr(err)
              .setParameterExceptionHandler((e, a) -> badUsage(e, err))
              .setExecutionExceptionHandler((e, c, r) -> failed(e, c, err));
      int code = execute(root, line, err);
      err.flush();
      if (out.checkError() && code == OK) { // flushes; a PrintWriter keeps its failures to itself
        report(err, "mnist-app", "standard output cannot be written");
        return IO_FAILED;
      }
      return code;
    } catch (OutOfMemoryError e) {
      return outOfMemory(err);
    } catch (LinkageError e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof OutOfMemoryError) { // while the JVM made a lambda or a class
          return outOfMemory(err);
        }
      }
      throw e;
    }
  }

  private static int outOfMemory(PrintWriter err) {
    report(
        err,
        "mnist-app",
        "out of memory ("
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MB): smaller batches need less, java -Xmx4g allows more");
    return FAULT;
  }

  private static int execute(CommandLine root, String[] args, PrintWriter err) {
    String[] expanded;
    try {
      expanded = OptionsFile.expand(root, args);
    } catch (IOException e) {
      return failed(e, OptionsFile.command(root, args).commandLine(), err);
    }
    return root.execute(expanded);
  }

  /** The program with all its commands. */
  static CommandLine program() {
    return with(COMMANDS);
  }

  /** The program with the command that is named, since each takes milliseconds; else with all. */
  private static CommandLine program(String name) {
    List<Class<?>> named =
        COMMANDS.stream()
            .filter(command -> command != HelpCommand.class && command != CompletionCommand.class)
            .filter(command -> command.getAnnotation(Command.class).name().equals(name))
            .toList();
    return with(named.isEmpty() ? COMMANDS : named);
  }

  private static CommandLine with(List<Class<?>> commands) {
    CommandLine program = new CommandLine(new Main());
    commands.forEach(program::addSubcommand);
    return commandLine(program);
  }

  /** How every command line is parsed. */
  static CommandLine commandLine(Object command) {
    return commandLine(new CommandLine(command));
  }

  private static CommandLine commandLine(CommandLine command) {
    return command
        .setColorScheme(Help.defaultColorScheme(colours(System.getenv(), Screen::onTerminal)))
        .setExpandAtFiles(false) // a folder's name may begin with @
        .registerConverter(Recipe.class, Recipe::parse)
        .registerConverter(ImageShape.class, ImageShape::parse)
        .registerConverter(Holdout.class, Holdout::parse)
        .registerConverter(Framing.Mode.class, Main::framing)
        .registerConverter(Match.class, Main::match)
        .registerConverter(Path.class, Main::path);
  }

  /** picocli takes an empty NO_COLOR for a no; no-color.org says that it means nothing. */
  static Help.Ansi colours(Map<String, String> environment, BooleanSupplier onTerminal) {
    boolean unsaid = "".equals(environment.get("NO_COLOR"));
    boolean refused = "0".equals(environment.get("CLICOLOR"));
    return unsaid && !refused && onTerminal.getAsBoolean() ? Help.Ansi.ON : Help.Ansi.AUTO;
  }

  /** Training is the default command; its options may come without its name. */
  private static String[] withCommand(String[] args) {
    boolean named = args.length > 0 && (!args[0].startsWith("-") || ROOT_OPTIONS.contains(args[0]));
    List<String> result = new ArrayList<>(Arrays.asList(args));
    if (!named) {
      result.add(0, "train");
    }
    return result.toArray(String[]::new);
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'" + name + "': " + Messages.of(e));
    }
  }

  private static Framing.Mode framing(String name) {
    for (Framing.Mode mode : Framing.Mode.values()) {
      if (mode.name().equalsIgnoreCase(name)) {
        return mode;
      }
    }
    throw new TypeConversionException(
        "expected one of [crop, stretch, digit], but is '" + name + "'");
  }

  private static Match match(String name) {
    for (Match match : Match.values()) {
      if (match.name().equalsIgnoreCase(name)) {
        return match;
      }
    }
    throw new TypeConversionException("expected one of [names, shapes], but is '" + name + "'");
  }

  private static int badUsage(ParameterException e, PrintWriter err) {
    String name = e.getCommandLine().getCommandSpec().qualifiedName();
    report(err, name, Suggestions.of(e) + " (see '" + name + " --help')");
    return BAD_USAGE;
  }

  /** Turns a failure into one line and an exit code. */
  static int failed(Exception e, CommandLine command, PrintWriter err) {
    String name = command.getCommandSpec().qualifiedName();
    Exception cause = e instanceof UncheckedIOException u ? u.getCause() : e;
    if (cause instanceof DataException) {
      report(err, name, cause.getMessage());
      return BAD_DATA;
    }
    if (cause instanceof IOException io) {
      report(err, name, Messages.of(io));
      return IO_FAILED;
    }
    if (cause instanceof DivergedException) {
      report(err, name, cause.getMessage());
      return DIVERGED;
    }
    e.printStackTrace(err); // a fault in the program: whoever mends it needs all of it
    return FAULT;
  }

  private static void report(PrintWriter err, String command, String message) {
    err.println(command + ": " + Messages.oneLine(message));
    err.flush();
  }

  /** The version in the manifest of the jar, and the Java it runs on. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {
        "mnist-app " + (version == null ? "(not packaged)" : version),
        "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
      };
    }
  }
}
