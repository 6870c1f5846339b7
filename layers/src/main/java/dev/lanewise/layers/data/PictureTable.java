// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * A table of text (CSV, by RFC 4180) that says which class each picture belongs to:
 *
 * <pre>
 * file,label
 * photos/1.jpg,cat
 * photos/2.jpg,dog
 * </pre>
 *
 * <p>If no columns are named, files stand in the first column and labels in the second, and the
 * first line is taken as a header if its file neither exists nor has the ending of a picture.
 * Labels are whole numbers, the classes themselves, if all of them are; else they are names, in
 * alphabetical order.
 *
 * @param file the table
 * @param folder where the files are that it names
 * @param fileColumn the name of the column with the files; {@code null}: the first one
 * @param labelColumn the name of the column with the labels; {@code null}: the second one
 * @param ending what is to be added to the names of files, such as {@code .jpg}; may be empty
 * @param classNames the classes that there may be, such as those of the training images: a label is
 *     one of these names, or a number of one; empty: those that there are
 */
public record PictureTable(
    Path file,
    Path folder,
    String fileColumn,
    String labelColumn,
    String ending,
    List<String> classNames) {
  /** A larger label is a mistake: a network would need an output for each smaller one. */
  private static final int MAX_LABEL = (1 << 16) - 1;

  /** Copies the names. */
  public PictureTable {
    classNames = List.copyOf(classNames);
  }

  /**
   * A table whose files lie beside it.
   *
   * @param file the table
   * @return with files in the first column and labels in the second
   */
  public static PictureTable of(Path file) {
    return new PictureTable(file, file.resolveSibling(""), null, null, "", List.of());
  }

  /**
   * The same with files in another folder.
   *
   * @param folder where the files are
   * @return the table
   */
  public PictureTable folder(Path folder) {
    return new PictureTable(file, folder, fileColumn, labelColumn, ending, classNames);
  }

  /**
   * The same with columns that the first line names.
   *
   * @param fileColumn the name of the column with the files
   * @param labelColumn the name of the column with the labels
   * @return the table
   */
  public PictureTable columns(String fileColumn, String labelColumn) {
    return new PictureTable(file, folder, fileColumn, labelColumn, ending, classNames);
  }

  /**
   * The same with names of files that lack their ending.
   *
   * @param ending what is to be added, such as {@code .jpg}
   * @return the table
   */
  public PictureTable ending(String ending) {
    return new PictureTable(file, folder, fileColumn, labelColumn, ending, classNames);
  }

  /**
   * The same with classes that are known.
   *
   * @param classNames the classes that there may be
   * @return the table
   */
  public PictureTable classNames(List<String> classNames) {
    return new PictureTable(file, folder, fileColumn, labelColumn, ending, classNames);
  }

  /** Reads the table, and checks that the files are there. */
  LabelledFiles read() throws IOException {
    List<CsvReader.Row> rows = CsvReader.read(file);
    if (rows.isEmpty()) {
      throw new DataException(file, "is empty, expected a file and a label in each line");
    }
    int fileAt = 0;
    int labelAt = 1;
    List<String> header = rows.getFirst().fields();
    if (fileColumn != null) {
      fileAt = column(header, fileColumn);
      labelAt = column(header, labelColumn);
    }
    int fields = 1 + Math.max(fileAt, labelAt);
    requireFields(rows.getFirst(), fields);
    boolean named = fileColumn != null || isHeader(header.getFirst());
    Labels known = Labels.of(classNames);
    List<Path> files = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (CsvReader.Row row : rows.subList(named ? 1 : 0, rows.size())) {
      requireFields(row, fields);
      files.add(existing(row, row.fields().get(fileAt)));
      String label = row.fields().get(labelAt).strip();
      if (label.isEmpty()) {
        throw fault(row, "has no label");
      }
      if (!classNames.isEmpty() && known.of(label) < 0) {
        throw fault(row, "has the label '" + label + "', which is none of the classes");
      }
      labels.add(label);
    }
    return labelled(files, labels);
  }

  private void requireFields(CsvReader.Row row, int least) throws DataException {
    int found = row.fields().size();
    if (found < least) {
      throw fault(
          row,
          (found == 1 ? "has 1 field" : "has " + found + " fields")
              + (", expected at least " + least + " with commas between them"));
    }
  }

  private int column(List<String> header, String name) throws DataException {
    int at = header.indexOf(name);
    if (at < 0) {
      throw new DataException(
          file, "has no column '" + name + "', but " + String.join(", ", header));
    }
    return at;
  }

  private boolean isHeader(String field) {
    boolean picture = ending.isEmpty() && PictureSearch.isPicture(field);
    return !picture && resolve(field) == null;
  }

  /** The file of that name; {@code null} if there is none. */
  private Path resolve(String name) {
    try {
      Path path = folder.resolve(name + ending);
      return Files.isRegularFile(path) ? path : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private Path existing(CsvReader.Row row, String name) throws DataException {
    Path path = resolve(name);
    if (path == null) {
      throw fault(row, "names '" + name + ending + "', a file that is not there");
    }
    return path;
  }

  private DataException fault(CsvReader.Row row, String message) {
    return new DataException(file, "line " + row.line() + " " + message);
  }

  private LabelledFiles labelled(List<Path> files, List<String> labels) throws DataException {
    boolean numbers = labels.stream().allMatch(label -> number(label) >= 0);
    List<String> names =
        classNames.isEmpty() && !numbers ? List.copyOf(new TreeSet<>(labels)) : classNames;
    int[] result = labels.stream().mapToInt(Labels.of(names)::of).toArray();
    int classes = names.isEmpty() ? 1 + Arrays.stream(result).max().orElse(0) : names.size();
    if (labels.isEmpty() || classes < 2) {
      throw new DataException(
          file,
          (labels.isEmpty() ? "has no pictures" : "has one class alone")
              + ", expected at least two classes");
    }
    return new LabelledFiles(files, result, classes, names);
  }

  /** What labels mean. */
  private record Labels(Map<String, Integer> names) {
    static Labels of(List<String> names) {
      Map<String, Integer> classes = new HashMap<>();
      names.forEach(name -> classes.put(name, classes.size()));
      return new Labels(classes);
    }

    /** The class of a label; -1 if there is none. */
    int of(String label) {
      int number = names.getOrDefault(label, number(label));
      return names.isEmpty() || number < names.size() ? number : -1;
    }
  }

  /** A whole number that may be a label; -1 if it is none. */
  private static int number(String label) {
    int number = label.matches("\\d{1,5}") ? Integer.parseInt(label) : -1;
    return number <= MAX_LABEL ? number : -1;
  }
}
