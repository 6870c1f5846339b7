// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.graph.Tensor;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFolderTest {
  private static final String FIRST = "checkpoint-000001.safetensors";
  private static final String SECOND = "checkpoint-000002.safetensors";
  private static final String THIRD = "checkpoint-000003.safetensors";

  @TempDir Path temp;
  private final List<String> warnings = new ArrayList<>();

  private static Safetensors content(int n) {
    Tensor tensor = new Tensor(new float[] {n, -0f, Float.MIN_VALUE}, 0, 3);
    return new Safetensors(Map.of("t", tensor), Map.of("n", Integer.toString(n)));
  }

  private static String number(Optional<CheckpointFolder.Entry> entry) {
    return entry.orElseThrow().content().metadata().get("n");
  }

  private Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  @Test
  void theTwoNewestAndTheBestAreKept() throws IOException {
    Path made = temp.resolve("a/b");
    try (CheckpointFolder folder = CheckpointFolder.open(made)) {
      assertTrue(folder.isEmpty());
      assertEquals(Optional.empty(), folder.newest(warnings::add));
      folder.save(content(1));
      folder.saveBest(content(1));
      assertFalse(folder.isEmpty());
      folder.save(content(2));
      assertEquals(Set.of("lock", "best.safetensors", FIRST, SECOND), names(made));
      folder.save(content(3));
      assertEquals(Set.of("lock", "best.safetensors", SECOND, THIRD), names(made));
    }
    try (CheckpointFolder folder = CheckpointFolder.open(made)) {
      CheckpointFolder.Entry newest = folder.newest(warnings::add).orElseThrow();
      assertEquals(made.resolve(THIRD), newest.file());
      Tensor tensor = newest.content().tensors().get("t");
      assertArrayEquals(new float[] {3, -0f, Float.MIN_VALUE}, Arrays.copyOf(tensor.data, 3));
      folder.save(content(4));
      assertEquals(
          Set.of("lock", "best.safetensors", THIRD, "checkpoint-000004.safetensors"), names(made));
    }
    assertEquals(List.of(), warnings);
  }

  /** Whatever is damaged, and wherever: it is seen, before anything else is made of the file. */
  @Test
  void everyFlippedBitAndEveryTruncationIsSeen() throws IOException {
    Path file = temp.resolve("c");
    ChecksummedFile.write(file, content(1));
    byte[] bytes = Files.readAllBytes(file);
    assertEquals("1", ChecksummedFile.read(file).metadata().get("n"));
    assertEquals("1", Safetensors.read(file).metadata().get("n")); // any reader takes it
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      assertDamaged(file, bytes, "bit " + bit);
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
    }
    for (int length = 0; length < bytes.length; length++) {
      assertDamaged(file, Arrays.copyOf(bytes, length), "length " + length);
    }
    assertDamaged(file, Arrays.copyOf(bytes, bytes.length + 1), "a byte more");
    Files.write(file, bytes);
    ChecksummedFile.read(file);
  }

  private static void assertDamaged(Path file, byte[] bytes, String what) throws IOException {
    Files.write(file, bytes);
    DataException e = assertThrows(DataException.class, () -> ChecksummedFile.read(file), what);
    assertTrue(e.getMessage().contains("checksum"), what + ": " + e.getMessage());
  }

  @Test
  void filesLargerThanABufferAreChecked() throws IOException {
    Path file = temp.resolve("c");
    Tensor large = Tensor.zeros(100, 1000);
    large.data[99_999] = 1;
    ChecksummedFile.write(file, new Safetensors(Map.of("t", large), Map.of()));
    assertEquals(1, ChecksummedFile.read(file).tensors().get("t").data[99_999]);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    assertDamaged(file, bytes, "last byte");
  }

  @Test
  void insteadOfADamagedOneTheOneBeforeIsReadAndKept() throws IOException {
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      folder.save(content(1));
      folder.save(content(2));
    }
    Files.write(temp.resolve(SECOND), new byte[100]);
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      assertEquals("1", number(folder.newest(warnings::add)));
      assertEquals(1, warnings.size());
      assertTrue(warnings.get(0).contains(SECOND), warnings.toString());
      folder.save(content(3));
      assertEquals(Set.of("lock", FIRST, THIRD), names(temp), "the whole ones");
      assertEquals("3", number(folder.newest(warnings::add)));
    }
    assertEquals(1, warnings.size());
  }

  @Test
  void theBestIsTheLastResort() throws IOException {
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      folder.saveBest(content(1));
      folder.save(content(2));
      Files.write(temp.resolve(FIRST), new byte[0]);
      assertEquals("1", number(folder.newest(warnings::add)));
      Files.write(temp.resolve("best.safetensors"), new byte[0]);
      DataException e = assertThrows(DataException.class, () -> folder.newest(warnings::add));
      assertEquals(temp.resolve(FIRST), e.file());
    }
  }

  @Test
  void aSecondUserIsRefusedUntilTheFirstHasClosed() throws IOException {
    CheckpointFolder first = CheckpointFolder.open(temp);
    FileSystemException e =
        assertThrows(FileSystemException.class, () -> CheckpointFolder.open(temp));
    assertEquals(temp.toString(), e.getFile());
    assertTrue(e.getReason().contains("in use by another training"), e.getReason());
    first.save(content(1));
    first.close();
    assertThrows(IllegalStateException.class, () -> first.save(content(2)));
    CheckpointFolder.open(temp).close();
  }

  /** Or the first save would delete all that another training has reached. */
  @Test
  void checkpointsThatWereNotReadAreNotDeleted() throws IOException {
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      folder.save(content(1));
    }
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      assertThrows(IllegalStateException.class, () -> folder.save(content(2)));
      assertEquals("1", number(folder.newest(warnings::add)));
    }
  }

  @Test
  void whatAKilledSaveHasLeftIsCleanedUp() throws IOException {
    Path part = Files.createFile(temp.resolve("." + FIRST + ".123-456.part"));
    Path other = Files.createFile(temp.resolve("notes.part"));
    CheckpointFolder.open(temp).close();
    assertFalse(Files.exists(part));
    assertTrue(Files.exists(other));
  }

  @Test
  void aFailedSaveLeavesTheFormerOnes() throws IOException {
    try (CheckpointFolder folder = CheckpointFolder.open(temp)) {
      folder.save(content(1));
      folder.save(content(2));
      Files.createDirectory(temp.resolve("best.safetensors"));
      assertThrows(IOException.class, () -> folder.saveBest(content(3)));
      assertEquals("2", number(folder.newest(warnings::add)));
      assertTrue(Files.exists(temp.resolve(FIRST)));
    }
  }

  @Test
  void aRemovedFolderIsNotMadeAgain() throws IOException {
    Path gone = temp.resolve("gone");
    try (CheckpointFolder folder = CheckpointFolder.open(gone)) {
      folder.save(content(1));
      for (String name : names(gone)) {
        Files.delete(gone.resolve(name));
      }
      assertThrows(NoSuchFileException.class, () -> folder.save(content(2)));
      Files.delete(gone);
      NoSuchFileException e =
          assertThrows(NoSuchFileException.class, () -> folder.save(content(2)));
      assertEquals(gone.toString(), e.getFile());
      assertFalse(Files.exists(gone));
    }
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path file = Files.createFile(temp.resolve("file"));
    FileSystemException e =
        assertThrows(FileSystemException.class, () -> CheckpointFolder.open(file));
    assertEquals(file.toString(), e.getFile());
    assertThrows(IOException.class, () -> CheckpointFolder.open(file.resolve("below")));
  }
}
