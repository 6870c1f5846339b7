// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.file.AtomicFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checkpoints of one training: the two newest, {@code checkpoint-N.safetensors} with rising
 * numbers, and {@code best.safetensors}. Each carries its SHA-256, in the metadata entry {@code
 * sha256}.
 *
 * <p>A checkpoint is written beside its place, forced to the disk and renamed; only then is the
 * oldest deleted. So whatever happens to the process or the machine, at any instant, a whole
 * checkpoint is there once the first one has been saved. An open folder is locked: no other process
 * can open it. Thread-safe.
 */
public final class CheckpointFolder implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("checkpoint-([0-9]{6,18})\\.safetensors");
  private static final String BEST = "best.safetensors";
  private static final String LOCK = "lock";
  private static final int KEPT = 2;

  private final Path folder;
  private final FileChannel lockFile;

  /** The numbers of whole checkpoints to be kept, the newest last. */
  private final List<Long> whole = new ArrayList<>();

  private boolean known;

  private CheckpointFolder(Path folder, FileChannel lockFile) {
    this.folder = folder;
    this.lockFile = lockFile;
  }

  /**
   * A checkpoint that was read.
   *
   * @param file where it lies
   * @param content what was saved
   */
  public record Entry(Path file, Safetensors content) {}

  /**
   * Opens a folder and locks it.
   *
   * @param folder the folder; made if it does not exist
   * @return the folder; to be closed
   * @throws IOException if it cannot be made or written to, or is in use by another training
   */
  public static CheckpointFolder open(Path folder) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new FileSystemException(folder.toString(), null, "is not a folder");
    }
    FileChannel lockFile =
        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = tryLock(lockFile);
      if (lock == null) {
        throw new FileSystemException(
            folder.toString(), null, "is in use by another training, expected one at a time");
      }
      CheckpointFolder result = new CheckpointFolder(folder, lockFile);
      result.deleteParts();
      return result;
    } catch (IOException e) {
      lockFile.close();
      throw e;
    }
  }

  private static FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) { // in use within this process
      return null;
    }
  }

  /**
   * Whether there is no checkpoint, not even a damaged one.
   *
   * @return whether a training may begin here
   * @throws IOException if the folder cannot be read
   */
  public synchronized boolean isEmpty() throws IOException {
    return numbers().isEmpty() && !Files.exists(folder.resolve(BEST));
  }

  /**
   * Reads the newest checkpoint that is whole.
   *
   * @param warning hears of each newer one that is damaged
   * @return the checkpoint; empty if there are none at all
   * @throws DataException if there are only damaged ones
   * @throws IOException if the folder cannot be read
   */
  public synchronized Optional<Entry> newest(Consumer<String> warning) throws IOException {
    List<Long> numbers = numbers();
    List<Path> files = new ArrayList<>();
    numbers.stream().sorted(Comparator.reverseOrder()).map(this::file).forEach(files::add);
    Path best = folder.resolve(BEST);
    if (Files.exists(best)) { // the oldest, but one to go on from
      files.add(best);
    }
    IOException first = null;
    for (Path file : files) {
      Safetensors content;
      try {
        content = ChecksummedFile.read(file);
      } catch (IOException e) {
        warning.accept(e.getMessage() + "; looking for the checkpoint before it");
        first = first == null ? e : first;
        continue;
      }
      whole.clear();
      number(file).ifPresent(whole::add);
      known = true;
      return Optional.of(new Entry(file, content));
    }
    if (first != null) {
      throw first;
    }
    return Optional.empty();
  }

  /**
   * Saves a checkpoint as the newest one, and deletes all but the one before.
   *
   * @param content what to save
   * @throws IllegalStateException if the folder had checkpoints already, and {@link #newest} has
   *     not read one: they are of another training
   * @throws IOException if it cannot be written; the former checkpoints are then as they were
   */
  public synchronized void save(Safetensors content) throws IOException {
    inFolder(() -> saveNewest(content));
  }

  private void saveNewest(Safetensors content) throws IOException {
    List<Long> old = numbers();
    if (!known && !old.isEmpty()) {
      throw new IllegalStateException(
          folder + " has checkpoints that were not read: they would be deleted");
    }
    known = true;
    long number = 1 + old.stream().mapToLong(Long::longValue).max().orElse(0);
    ChecksummedFile.write(file(number), content);
    whole.add(number);
    while (whole.size() > KEPT) {
      whole.remove(0);
    }
    for (Long each : old) {
      if (!whole.contains(each)) {
        delete(file(each));
      }
    }
  }

  private static void delete(Path file) throws IOException {
    try {
      Files.deleteIfExists(file);
    } catch (AccessDeniedException e) {
      throw new AccessDeniedException(file.toString(), null, "cannot be deleted");
    }
  }

  /**
   * Saves a checkpoint as the best one.
   *
   * @param content what to save
   * @throws IOException if it cannot be written; the former best one is then as it was
   */
  public synchronized void saveBest(Safetensors content) throws IOException {
    inFolder(() -> ChecksummedFile.write(folder.resolve(BEST), content));
  }

  /** Something that changes files of the folder. */
  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  /**
   * If the folder goes while it is written to, that is what is wrong, not what could not be found.
   */
  private void inFolder(Change change) throws IOException {
    requireLocked();
    try {
      change.make();
    } catch (IOException e) {
      requireLocked();
      throw e;
    }
  }

  /** Who removes the folder, or empties it, removes the lock that keeps others out. */
  private void requireLocked() throws IOException {
    if (!lockFile.isOpen()) {
      throw new IllegalStateException("the checkpoint folder " + folder + " is closed");
    }
    if (!Files.exists(folder.resolve(LOCK))) {
      throw new NoSuchFileException(
          folder.toString(), null, "was removed or emptied while a training used it");
    }
  }

  private List<Long> numbers() throws IOException {
    List<Long> numbers = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        number(file).ifPresent(numbers::add);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return numbers;
  }

  private static Optional<Long> number(Path file) {
    Matcher matcher = NAME.matcher(file.getFileName().toString());
    return matcher.matches() ? Optional.of(Long.valueOf(matcher.group(1))) : Optional.empty();
  }

  private Path file(long number) {
    return folder.resolve(String.format(Locale.ROOT, "checkpoint-%06d.safetensors", number));
  }

  /** What a process that was killed while it saved has left behind. */
  private void deleteParts() throws IOException {
    try (DirectoryStream<Path> parts =
        Files.newDirectoryStream(folder, ".*.safetensors.*" + AtomicFile.PART)) {
      for (Path part : parts) {
        Files.deleteIfExists(part);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /**
   * Unlocks the folder.
   *
   * @throws IOException if that fails
   */
  @Override
  public synchronized void close() throws IOException {
    lockFile.close();
  }
}
