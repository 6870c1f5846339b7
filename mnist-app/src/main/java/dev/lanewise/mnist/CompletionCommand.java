// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints what a shell needs to complete commands, options and names. */
@Command(
    name = "completion",
    description = {
      "Prints a script for bash or zsh that completes the commands and options of 'mnist-app', a"
          + " word that starts the program, such as an alias."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mnist-app completion > ~/.local/share/bash-completion/completions/mnist-app",
      "  alias mnist-app='java -jar /path/to/mnist-app.jar'; source <(mnist-app completion)"
    })
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    CommandSpec root = command.root();
    root.commandLine().getOut().print(AutoComplete.bash(root.name(), root.commandLine()));
    return Main.OK;
  }
}
