// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.lanewise.layers.Network;
import dev.lanewise.layers.io.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What is put in safety when a signal ends a training. */
@FunctionalInterface
interface Rescue {
  /**
   * Saves what there is.
   *
   * @return what the user is told about it
   * @throws IOException if it cannot be saved
   */
  String save() throws IOException;

  /** Nothing was to be saved. */
  static Rescue nothing() {
    return () -> "nothing is saved without --save or --checkpoint";
  }

  /**
   * Writes the weights so far beside the file where those of the whole training were to be, under a
   * name that is not taken: what is there may be better.
   */
  static Rescue beside(Path target, Network network, Map<String, String> metadata) {
    return () -> {
      Path file = free(target);
      ModelFile.save(network.graph(), network.preparation(), metadata, file);
      return "weights so far: " + Messages.quoted(file.toString());
    };
  }

  /** Of {@code w.safetensors}: {@code w-stopped.safetensors}, {@code w-stopped-2.safetensors}... */
  static Path free(Path target) {
    String name = target.getFileName().toString();
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    String suffix = dot > 0 ? name.substring(dot) : "";
    Path file = target.resolveSibling(stem + "-stopped" + suffix);
    for (int i = 2; Files.exists(file, NOFOLLOW_LINKS); i++) {
      file = target.resolveSibling(stem + "-stopped-" + i + suffix);
    }
    return file;
  }
}
