// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.models.Models;
import dev.lanewise.layers.train.Evaluation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedTest {
  @TempDir Path folder;

  @Test
  void anEvaluationSaysHowFarItIsAndComesToTheSame() throws Exception {
    Dataset images = IdxFolder.read(TinyImages.write(folder)).train();
    Network network = Models.simple(images.shape(), images.classes());
    network.initialize(1);
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    Dataset watched = new Watched(images, new Pace(lines::add, 0));

    Evaluation evaluation = Evaluation.of(network, watched, WorkerTeam.single());

    Evaluation unwatched = Evaluation.of(network, images, WorkerTeam.single());
    assertEquals(unwatched.loss(), evaluation.loss());
    assertArrayEquals(unwatched.confusion(), evaluation.confusion());
    assertTrue(lines.size() > 1, lines.toString());
    for (String line : lines) {
      assertTrue(line.matches("note: \\d+ of 300 images classified"), line);
    }
    assertFalse(lines.contains("note: 300 of 300 images classified")); // the result says so

    List<String> first = List.copyOf(lines);
    lines.clear();
    Evaluation.of(network, watched, WorkerTeam.single()); // it begins anew, as after each epoch
    assertEquals(first, lines);
  }

  @Test
  void linesComeEveryFewSecondsOnly() {
    List<String> lines = new ArrayList<>();
    Pace pace = new Pace(lines::add, Long.MAX_VALUE);
    pace.tell(() -> "too early");
    assertEquals(List.of(), lines);
    Pace quick = new Pace(lines::add, 0);
    quick.tell(() -> "in time");
    assertEquals(List.of("in time"), lines);
  }
}
