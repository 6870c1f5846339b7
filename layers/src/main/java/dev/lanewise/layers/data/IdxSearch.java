// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import dev.lanewise.layers.file.FileKind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;

/** Looks through a folder, level by level, for the files of one data set. */
final class IdxSearch {
  /** What a file is for. */
  enum Part {
    TRAIN_IMAGES("train-images-idx3-ubyte"),
    TRAIN_LABELS("train-labels-idx1-ubyte"),
    TEST_IMAGES("t10k-images-idx3-ubyte"),
    TEST_LABELS("t10k-labels-idx1-ubyte");

    /** As MNIST names it. */
    final String file;

    Part(String file) {
      this.file = file;
    }
  }

  /** In lower case: a name in front, part, content, type, further endings. */
  private static final Pattern NAME =
      Pattern.compile(
          "(?:(.+)[-_. ])?(train|training|t10k|test|testing)[-_. ](images|labels)"
              + "(?:[-_. ]idx\\d(?:[-_. ](?:ubyte|byte|short|int|float|double))?)?"
              + "(?:\\.(?:idx|ubyte|bin|dat))?(?:\\.gz)?");

  /** As deep as a file in a folder of its name in torchvision's MNIST/raw. */
  private static final int MAX_DEPTH = 3;

  /** A file in a folder of its name. */
  private static final int MAX_DEPTH_OF_PREFIX = 1;

  /** More than a data set has files, and soon counted. */
  private static final int MAX_ENTRIES = 200_000;

  /** How many other files are opened to tell what they are. */
  private static final int MAX_OPENED = 200;

  /** Enough for EMNIST's six. */
  private static final int MAX_NAMES = 8;

  private record Folder(Path path, Path parent, int depth) {}

  /** Files belong together that lie in one place and have the same name in front. */
  private record Key(int depth, Path base, String prefix) {
    Path name() {
      return prefix.isEmpty() ? base : base.resolve(prefix);
    }
  }

  private final Path root;
  private final String prefix;
  private final Set<Part> needed;
  private final Map<Key, Map<Part, List<Path>>> sets = new LinkedHashMap<>();
  private final List<Path> others = new ArrayList<>();
  private final Set<Path> seen = new HashSet<>();
  private int entries;

  /**
   * Looks for files.
   *
   * @param root where to begin
   * @param prefix the name in front of all files, in lower case; {@code null} for any or none
   * @param needed the parts that a set must have
   */
  IdxSearch(Path root, String prefix, Set<Part> needed) throws IOException {
    this.root = root;
    this.prefix = prefix;
    this.needed = needed;
    int maxDepth = prefix == null ? MAX_DEPTH : MAX_DEPTH_OF_PREFIX;
    List<Folder> level = List.of(new Folder(root, null, 0));
    while (!level.isEmpty() && entries < MAX_ENTRIES && !hasComplete()) {
      List<Folder> next = new ArrayList<>();
      for (Folder folder : level) {
        for (Path child : children(folder)) {
          entries++;
          if (!add(folder, child) && folder.depth < maxDepth && isNew(child)) {
            next.add(new Folder(child, folder.path, folder.depth + 1));
          }
        }
      }
      level = next;
    }
  }

  private boolean hasComplete() {
    return sets.values().stream().anyMatch(set -> set.keySet().containsAll(needed));
  }

  /** Whether it is a folder that has not been seen yet, whatever links lead there. */
  private boolean isNew(Path child) {
    try {
      return Files.isDirectory(child) && seen.add(child.toRealPath());
    } catch (IOException e) {
      return false; // gone, or not to be reached
    }
  }

  private static List<Path> children(Folder folder) throws IOException {
    try {
      return Children.of(folder.path);
    } catch (IOException e) {
      if (folder.depth == 0) {
        throw e;
      }
      return List.of(); // one that may not be read has nothing to offer
    }
  }

  /** Adds a child of a folder, if it is a file. */
  private boolean add(Folder folder, Path child) {
    Matcher name = match(child);
    if (!name.matches()) {
      boolean file = Files.isRegularFile(child);
      if (file && others.size() < MAX_OPENED) {
        others.add(child);
      }
      return file;
    }
    if (!Files.isRegularFile(child)) {
      return false;
    }
    Part part = part(name);
    String front = name.group(1) == null ? "" : name.group(1);
    if (prefix == null || prefix.equals(front)) {
      // A folder for each file counts as if the files lay beside one another.
      boolean own = folder.depth > 0 && isFor(folder.path, part);
      Key key =
          own
              ? new Key(folder.depth - 1, folder.parent, front)
              : new Key(folder.depth, folder.path, front);
      sets.computeIfAbsent(key, k -> new EnumMap<>(Part.class))
          .computeIfAbsent(part, p -> new ArrayList<>())
          .add(child);
    }
    return true;
  }

  private static Matcher match(Path file) {
    return NAME.matcher(file.getFileName().toString().toLowerCase(Locale.ROOT));
  }

  private static Part part(Matcher name) {
    boolean images = name.group(3).equals("images");
    if (name.group(2).startsWith("train")) {
      return images ? Part.TRAIN_IMAGES : Part.TRAIN_LABELS;
    }
    return images ? Part.TEST_IMAGES : Part.TEST_LABELS;
  }

  private static boolean isFor(Path folder, Part part) {
    Matcher name = match(folder);
    return name.matches() && part(name) == part;
  }

  /** Whether there is a file of such a name. */
  boolean hasAny() {
    return !sets.isEmpty();
  }

  /**
   * The files of the complete set nearest to the root.
   *
   * @throws DataException if several are equally near, or files for one part differ, or there is
   *     nothing but files of another format
   * @throws NoSuchFileException if a file is missing
   */
  Map<Part, Path> files() throws IOException {
    for (int depth = 0; depth <= MAX_DEPTH; depth++) {
      List<Key> complete = new ArrayList<>();
      for (Map.Entry<Key, Map<Part, List<Path>>> set : sets.entrySet()) {
        if (set.getKey().depth == depth && set.getValue().keySet().containsAll(needed)) {
          complete.add(set.getKey());
        }
      }
      Key plain = new Key(0, root, "");
      if (complete.size() == 1 || complete.contains(plain)) {
        return choose(sets.get(complete.contains(plain) ? plain : complete.get(0)));
      }
      if (complete.size() > 1) {
        throw severalSets(complete);
      }
    }
    return choose(scattered());
  }

  private DataException severalSets(List<Key> sets) {
    List<String> names = sets.stream().limit(MAX_NAMES).map(key -> key.name().toString()).toList();
    int more = sets.size() - names.size();
    return new DataException(
        root,
        "holds several data sets; name one of them instead: "
            + String.join(", ", names)
            + (more > 0 ? " and " + more + " more" : ""));
  }

  /** All files with one name in front, since no place has a complete set. */
  private Map<Part, List<Path>> scattered() throws IOException {
    Map<String, Map<Part, List<Path>>> all = new LinkedHashMap<>();
    for (Map.Entry<Key, Map<Part, List<Path>>> set : sets.entrySet()) {
      Map<Part, List<Path>> union =
          all.computeIfAbsent(set.getKey().prefix, p -> new EnumMap<>(Part.class));
      set.getValue()
          .forEach(
              (part, files) -> union.computeIfAbsent(part, p -> new ArrayList<>()).addAll(files));
    }
    for (Map<Part, List<Path>> union : all.values()) {
      if (union.keySet().containsAll(needed)) {
        return union;
      }
    }
    if (all.isEmpty()) {
      checkForeign();
    }
    Map<Part, List<Path>> first = all.isEmpty() ? Map.of() : all.values().iterator().next();
    String front = all.isEmpty() ? "" : all.keySet().iterator().next();
    for (Part part : needed) {
      if (!first.containsKey(part)) {
        String name = (front.isEmpty() ? "" : front + "-") + part.file;
        throw new NoSuchFileException(
            root.toString(), null, "missing file; expected " + name + " or " + name + ".gz");
      }
    }
    throw new AssertionError("no part is missing");
  }

  /** Names a file of another format, the one that a data set is most likely to be in. */
  private void checkForeign() throws IOException {
    Path file = null;
    FileKind found = null;
    for (Path other : others) {
      FileKind kind = IdxAdvice.kindOf(other, Files.size(other));
      boolean data = kind != null && kind != FileKind.TEXT && kind != FileKind.JSON;
      if (data && (found == null || kind.compareTo(found) < 0)) {
        file = other;
        found = kind;
      }
    }
    if (found != null) {
      throw new DataException(
          root,
          ("has no IDX files; " + root.relativize(file) + " is " + found.what)
              + (": " + IdxAdvice.of(found)));
    }
  }

  private Map<Part, Path> choose(Map<Part, List<Path>> candidates) throws IOException {
    Map<Part, Path> chosen = new EnumMap<>(Part.class);
    for (Part part : needed) {
      chosen.put(part, choose(part, candidates.get(part)));
    }
    return chosen;
  }

  private Path choose(Part part, List<Path> candidates) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path file : candidates) {
      String name = file.toString();
      boolean zipped = name.toLowerCase(Locale.ROOT).endsWith(".gz");
      // The plain one of two was made from the other.
      if (!zipped
          || !candidates.contains(
              root.getFileSystem().getPath(name.substring(0, name.length() - 3)))) {
        files.add(file);
      }
    }
    Path first = files.get(0);
    for (Path other : files) {
      if (!sameContent(first, other)) {
        throw new DataException(
            root,
            "holds both "
                + first
                + " and "
                + other
                + ", which differ: which one is "
                + part.file
                + "?");
      }
    }
    return first;
  }

  private static boolean sameContent(Path a, Path b) throws IOException {
    if (Files.isSameFile(a, b) || Files.mismatch(a, b) < 0) {
      return true;
    }
    byte[] chunkA = new byte[1 << 16];
    byte[] chunkB = new byte[1 << 16];
    try (InputStream inA = GunzipStream.open(a);
        InputStream inB = GunzipStream.open(b)) {
      for (long total = 0; total < Integer.MAX_VALUE; total += chunkA.length) {
        int countA = inA.readNBytes(chunkA, 0, chunkA.length);
        int countB = inB.readNBytes(chunkB, 0, chunkB.length);
        if (!Arrays.equals(chunkA, 0, countA, chunkB, 0, countB)) {
          return false;
        }
        if (countA < chunkA.length) {
          return true;
        }
      }
      return false; // longer than any data set that can be read
    } catch (ZipException | EOFException e) {
      return false;
    }
  }
}
