// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.data.Dataset;
import dev.lanewise.layers.data.GunzipStream;
import dev.lanewise.layers.data.IdxFolder;
import dev.lanewise.layers.data.IdxReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * MNIST in a folder of the user's cache, and the mirrors that it is fetched from. A file counts as
 * MNIST if the SHA-256 of its content, after unzipping, is that of the published one.
 */
final class MnistCache {
  /** SHA-256 of the content of each of the four files. */
  record Digests(String trainImages, String trainLabels, String testImages, String testLabels) {}

  private static final Digests MNIST =
      new Digests(
          "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
          "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
          "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
          "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");

  private static final List<URI> MIRRORS =
      List.of(
          URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/"),
          URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/"));

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** The longest of the files has 47,040,016 bytes, zipped 9,912,422. */
  private static final long MAX_CONTENT = 64 << 20;

  private static final long MAX_DOWNLOAD = 16 << 20;
  private static final int CLASSES = 10;
  private static final String PART = ".part";

  /** No download takes this long: whoever began such a file has been killed. */
  private static final Duration ABANDONED = Duration.ofHours(1);

  /** One of the four files. */
  private record Source(String name, String sha256) {}

  private final Path folder;
  private final List<URI> mirrors;
  private final Duration patience;
  private final List<Source> sources;

  /** For tests: other places, other content. */
  MnistCache(Path folder, List<URI> mirrors, Duration patience, Digests digests) {
    this.folder = folder;
    this.mirrors = mirrors;
    this.patience = patience;
    sources =
        List.of(
            new Source("train-images-idx3-ubyte", digests.trainImages),
            new Source("train-labels-idx1-ubyte", digests.trainLabels),
            new Source("t10k-images-idx3-ubyte", digests.testImages),
            new Source("t10k-labels-idx1-ubyte", digests.testLabels));
  }

  /** The cache of the user who runs this program. */
  static MnistCache ofUser() {
    Path folder =
        userFolder(
            System.getProperty("os.name"),
            System.getenv()::get,
            System.getProperty("user.home"),
            Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath());
    return new MnistCache(folder, MIRRORS, PATIENCE, MNIST);
  }

  /**
   * Where the operating system wants caches to be; among temporary files where the user has no home
   * folder to write to, as in a container.
   */
  static Path userFolder(
      String os, UnaryOperator<String> environment, String home, Path temporary) {
    boolean windows = os.startsWith("Windows");
    boolean mac = os.startsWith("Mac");
    if (!mac) {
      String caches = environment.apply(windows ? "LOCALAPPDATA" : "XDG_CACHE_HOME");
      // The XDG base directory specification: a relative path is to be ignored.
      if (caches != null && !caches.isBlank() && (windows || Path.of(caches).isAbsolute())) {
        return in(Path.of(caches));
      }
    }
    // Java's word for no home folder is a question mark.
    if (home != null && !home.equals("?") && Path.of(home).isAbsolute()) {
      Path caches =
          windows
              ? Path.of(home, "AppData", "Local")
              : mac ? Path.of(home, "Library", "Caches") : Path.of(home, ".cache");
      if (Files.isDirectory(Path.of(home)) && canBeUsed(in(caches))) {
        return in(caches);
      }
    }
    return in(temporary);
  }

  private static Path in(Path caches) {
    return caches.resolve("lanewise").resolve("mnist");
  }

  /** Whether there is such a folder, or it can be made. */
  private static boolean canBeUsed(Path folder) {
    if (Files.isDirectory(folder)) {
      return true;
    }
    Path existing = folder;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    return existing != null && Files.isWritable(existing);
  }

  Path folder() {
    return folder;
  }

  /**
   * A file of the cache.
   *
   * @param file the one with the right content; else what is there in its place, or should be
   * @param fault {@link #MISSING} or {@link #WRONG}; {@code null} for the published file
   */
  record State(Path file, String fault) {
    static final String MISSING = "missing";
    static final String WRONG = "wrong";
  }

  /** Looks at the four files. */
  List<State> states() {
    return sources.stream().map(this::state).toList();
  }

  private State state(Source source) {
    Path right = find(source);
    if (right != null) {
      return new State(right, null);
    }
    Path plain = folder.resolve(source.name);
    Path zipped = folder.resolve(source.name + ".gz");
    boolean there = Files.exists(plain) || Files.exists(zipped);
    return new State(Files.exists(plain) ? plain : zipped, there ? State.WRONG : State.MISSING);
  }

  /**
   * Reads MNIST if all four files are there and are the published ones.
   *
   * @throws IOException if a file cannot be read
   */
  Optional<IdxFolder> read() throws IOException {
    Optional<Dataset> train = read(0);
    Optional<Dataset> test = train.isEmpty() ? train : readTest();
    return test.map(images -> new IdxFolder(train.get(), images));
  }

  /**
   * Reads the test images of MNIST if their two files are there and are the published ones.
   *
   * @throws IOException if a file cannot be read
   */
  Optional<Dataset> readTest() throws IOException {
    return read(2);
  }

  private Optional<Dataset> read(int source) throws IOException {
    Path images = find(sources.get(source));
    Path labels = find(sources.get(source + 1));
    return images == null || labels == null
        ? Optional.empty()
        : Optional.of(IdxReader.read(images, labels, CLASSES));
  }

  /**
   * Downloads what is missing. A mirror that fails once is not asked again.
   *
   * @param notice receives a line every few seconds: how far it is
   * @throws IOException if that did not work; the message gives the reason for each mirror
   */
  void fill(Consumer<String> notice) throws IOException {
    Pace pace = new Pace(notice);
    makeFolder();
    List<URI> alive = new ArrayList<>(mirrors);
    List<String> failures = new ArrayList<>();
    for (Source source : sources) {
      while (find(source) == null) {
        if (alive.isEmpty()) {
          throw new IOException(String.join("; ", failures));
        }
        try {
          fetch(source, alive.get(0), pace);
        } catch (IOException e) {
          failures.add(alive.get(0).getHost() + ": " + e.getMessage());
          alive.remove(0);
        }
      }
    }
  }

  private void makeFolder() throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileSystemException e) {
      throw new IOException("the folder cannot be made: " + e.getMessage(), e);
    }
    if (!Files.isWritable(folder)) {
      throw new IOException("the folder cannot be written to");
    }
    Instant now = Instant.now();
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "*" + PART)) {
      for (Path part : parts) {
        if (Files.getLastModifiedTime(part).toInstant().plus(ABANDONED).isBefore(now)) {
          Files.deleteIfExists(part);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // somebody else was quicker, or they stay: they do no harm
    }
  }

  private void fetch(Source source, URI mirror, Pace pace) throws IOException {
    String name = source.name + ".gz";
    // A file of its own: several programs may be filling the folder.
    Path part = Files.createTempFile(folder, name, PART);
    part.toFile().deleteOnExit(); // on Ctrl-C
    try {
      Download.fetch(
          mirror.resolve(name),
          part,
          MAX_DOWNLOAD,
          patience,
          (bytes, length) -> pace.tell(() -> arrived(name, bytes, length)));
      if (!hasContent(part, source.sha256)) {
        throw new IOException(name + " is not the published file");
      }
      Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static String arrived(String name, long bytes, long length) {
    return Messages.bytes(bytes)
        + (length == 0 ? "" : " of " + Messages.bytes(length))
        + ": "
        + name;
  }

  /** The file with the right content, or {@code null}. */
  private Path find(Source source) {
    for (String name : List.of(source.name + ".gz", source.name)) {
      Path file = folder.resolve(name);
      if (hasContent(file, source.sha256)) {
        return file;
      }
    }
    return null;
  }

  private static boolean hasContent(Path file, String sha256) {
    try (InputStream in = GunzipStream.open(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] chunk = new byte[1 << 16];
      long total = 0;
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        digest.update(chunk, 0, count);
        total += count;
        if (total > MAX_CONTENT) {
          return false;
        }
      }
      return HexFormat.of().formatHex(digest.digest()).equals(sha256);
    } catch (IOException e) {
      return false; // missing, unreadable or damaged: in any case not the file wanted
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
