// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;

class HelpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "train",
        "evaluate",
        "predict",
        "serve",
        "demo",
        "summary",
        "profile",
        "export",
        "import",
        "data",
        "data show",
        "data download",
        "data verify",
        "data sheet",
        "completion"
      })
  void everyOptionOfACommandIsInItsHelp(String command) {
    Run run = Run.of((Object[]) (command + " --help").split(" "));

    assertEquals(0, run.code());
    assertEquals("", run.err());
    CommandLine line = Main.program();
    for (String word : command.split(" ")) {
      line = line.getSubcommands().get(word);
    }
    for (OptionSpec option : line.getCommandSpec().options()) {
      assertTrue(run.out().contains(option.longestName()), option.longestName());
      assertTrue(option.description().length > 0, option.longestName() + " has no description");
    }
    assertTrue(run.out().contains("Examples:\n  mnist-app " + command), run.out());
    if (!command.contains(" ")) {
      assertEquals(run.out(), Run.of("help", command).out());
    }
  }

  @Test
  void theHelpOfTheProgramHasExamples() {
    assertTrue(
        Run.of("--help").out().contains("Examples:\n  mnist-app demo\n  mnist-app --recipe fast"));
  }

  @Test
  void theHelpOfTrainNamesTheDefaults() {
    String help = Run.of("train", "--help").out().replaceAll("\\s+", " ");

    for (String part :
        new String[] {
          "--epochs=<count> Passes over the training images. Default: those of the recipe, else 30",
          "--batch-size=<images> Images per step. Default: those of the recipe, else 10",
          "Default: that of the recipe, else 0.05",
          "Default: 10000, but at most half",
          "Fixes everything random. Default: 1",
          "here " + Runtime.getRuntime().availableProcessors(),
          "Default: that of the recipe, else simple",
          "trainLoss, validationLoss, validationAccuracy",
          "testLoss, testAccuracy, totalSeconds"
        }) {
      assertTrue(help.contains(part), part + " in " + help);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "help",
        "train --help",
        "evaluate --help",
        "predict --help",
        "serve --help",
        "demo --help",
        "--epochs=1 --help"
      })
  void everyHelpListsTheExitCodes(String args) {
    Run run = Run.of((Object[]) args.split(" "));

    assertEquals(0, run.code());
    for (String line :
        new String[] {
          "0 +done",
          "2 +wrong usage",
          "3 +bad data",
          "4 +reading or writing",
          "5 +the training diverged",
          "130 +stopped by SIGINT",
          "143 +stopped by SIGTERM"
        }) {
      assertTrue(run.out().matches("(?s).*\\n  " + line + ".*"), line);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V", "train --version", "evaluate -V", "predict -V"})
  void versionNamesTheJava(String args) {
    Run run = Run.of((Object[]) args.split(" "));

    assertEquals(0, run.code());
    assertTrue(run.out().startsWith("mnist-app "), run.out());
    assertTrue(run.out().contains("Java " + Runtime.version()), run.out());
  }

  @Test
  void anEmptyNoColorMeansNothing() {
    assertEquals(Help.Ansi.ON, Main.colours(Map.of("NO_COLOR", ""), () -> true));
    assertEquals(Help.Ansi.AUTO, Main.colours(Map.of("NO_COLOR", ""), () -> false));
    assertEquals(Help.Ansi.AUTO, Main.colours(Map.of("NO_COLOR", "", "CLICOLOR", "0"), () -> true));
    assertEquals(Help.Ansi.AUTO, Main.colours(Map.of("NO_COLOR", "1"), () -> true));
    assertEquals(Help.Ansi.AUTO, Main.colours(Map.of(), () -> true));
  }
}
