// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import dev.lanewise.layers.io.CheckpointFolder;
import dev.lanewise.layers.io.Safetensors;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * The checkpoints of a training in a folder of any file system that Hadoop knows: after each epoch
 * one, {@code epoch-N.safetensors}, of which the two newest are kept. Each carries its SHA-256; it
 * is written under another name and renamed, so that it appears whole. A file {@code training} says
 * which training the folder belongs to.
 */
final class HadoopCheckpoints {
  private static final Pattern NAME = Pattern.compile("epoch-([0-9]{1,9})\\.safetensors");
  private static final String OWNER = "training";
  private static final int KEPT = 2;

  private final org.apache.hadoop.fs.Path folder;
  private final FileSystem files;

  HadoopCheckpoints(String folder, Map<String, String> settings) throws IOException {
    this.folder = new org.apache.hadoop.fs.Path(folder);
    Configuration configuration = new Configuration();
    settings.forEach(configuration::set);
    files = this.folder.getFileSystem(configuration);
  }

  /**
   * Takes the folder for a training.
   *
   * @param identity the same for trainings that end with the same bits
   * @throws LanewiseSparkException if it belongs to another one
   */
  void claim(String identity) throws IOException {
    files.mkdirs(folder);
    org.apache.hadoop.fs.Path owner = new org.apache.hadoop.fs.Path(folder, OWNER);
    byte[] mine = identity.getBytes(StandardCharsets.UTF_8);
    boolean made = false;
    try (OutputStream out = files.create(owner, false)) {
      made = true;
      out.write(mine);
      return;
    } catch (FileAlreadyExistsException e) {
      // whose is it?
    } catch (IOException e) {
      if (made) {
        files.delete(owner, false); // half of it would look like another training's
      }
      if (made || !files.exists(owner)) {
        throw e;
      }
    }
    byte[] found;
    try (var in = files.open(owner)) {
      found = in.readAllBytes();
    }
    if (found.length == 0) { // whoever began it was killed
      try (OutputStream out = files.create(owner, true)) {
        out.write(mine);
      }
      return;
    }
    if (!new String(found, StandardCharsets.UTF_8).equals(identity)) {
      throw new LanewiseSparkException(
          ("the checkpoints in " + folder + " are of a training with other data, another network")
              + " or other parameters: choose another folder, or remove this one");
    }
  }

  /** The numbers of the epochs after which there is a checkpoint, the newest first. */
  List<Integer> epochs() throws IOException {
    List<Integer> epochs = new ArrayList<>();
    for (FileStatus file : list()) {
      Matcher matcher = NAME.matcher(file.getPath().getName());
      if (matcher.matches()) {
        epochs.add(Integer.valueOf(matcher.group(1)));
      }
    }
    epochs.sort(Comparator.reverseOrder());
    return epochs;
  }

  private FileStatus[] list() throws IOException {
    try {
      return files.listStatus(folder);
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  private org.apache.hadoop.fs.Path file(int epoch) {
    return new org.apache.hadoop.fs.Path(folder, "epoch-" + epoch + ".safetensors");
  }

  /**
   * Reads a checkpoint.
   *
   * @throws IOException if it is not there, or damaged
   */
  CheckpointFolder.Entry read(int epoch) throws IOException {
    return inLocalFolder(
        local -> {
          try (var in = files.open(file(epoch))) {
            Files.copy(in, local.resolve("checkpoint-000001.safetensors"));
          }
          try (CheckpointFolder checkpoints = CheckpointFolder.open(local)) {
            return checkpoints.newest(warning -> {}).orElseThrow();
          }
        });
  }

  /** Writes a checkpoint, and removes all but the one before. */
  void write(int epoch, Safetensors content) throws IOException {
    org.apache.hadoop.fs.Path part =
        new org.apache.hadoop.fs.Path(folder, ".epoch-" + epoch + ".part");
    inLocalFolder(
        local -> {
          try (CheckpointFolder checkpoints = CheckpointFolder.open(local)) {
            checkpoints.save(content);
          }
          try (OutputStream out = files.create(part, true)) {
            Files.copy(local.resolve("checkpoint-000001.safetensors"), out);
          }
          return null;
        });
    files.delete(file(epoch), false);
    if (!files.rename(part, file(epoch))) {
      throw new IOException(part + " cannot be renamed to " + file(epoch));
    }
    List<Integer> epochs = epochs();
    for (int old : epochs.subList(Math.min(KEPT, epochs.size()), epochs.size())) {
      files.delete(file(old), false);
    }
  }

  /** Something done with a folder. */
  private interface Use<T> {
    T with(Path folder) throws IOException;
  }

  private static <T> T inLocalFolder(Use<T> use) throws IOException {
    Path local = Files.createTempDirectory("lanewise-");
    try {
      return use.with(local);
    } finally {
      try (Stream<Path> all = Files.walk(local)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
  }
}
