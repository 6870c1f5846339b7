// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensorboard.schema.EventProto.Event;
import dev.lanewise.tensorboard.schema.EventProto.Summary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Event files, read back. */
final class Events {
  private Events() {}

  /** The event files of a folder, in the order in which TensorBoard reads them. */
  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  /** The records of the only file of a folder. */
  static List<Event> of(Path folder) throws IOException {
    List<Path> files = files(folder);
    assertEquals(1, files.size(), files.toString());
    return read(files.getFirst());
  }

  /** The records of a file, all of them whole. */
  static List<Event> read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer records = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (records.hasRemaining()) {
      int begin = records.position();
      int length = Math.toIntExact(records.getLong());
      assertEquals(RecordFile.checksum(bytes, begin, 8), records.getInt(), "of the length");
      byte[] content = new byte[length];
      records.get(content);
      assertEquals(RecordFile.checksum(content, 0, length), records.getInt(), "of the content");
      events.add(Event.parseFrom(content));
    }
    assertEquals("brain.Event:2", events.getFirst().getFileVersion());
    for (Event event : events) {
      assertTrue(event.getWallTime() > 1.7e9 && event.getWallTime() < 1e11, event.toString());
      assertTrue(event.getUnknownFields().asMap().isEmpty(), event.toString());
    }
    return events;
  }

  /** The events of a tag. */
  static List<Event> of(List<Event> events, String tag) {
    return events.stream()
        .filter(event -> event.hasSummary() && event.getSummary().getValue(0).getTag().equals(tag))
        .toList();
  }

  /** What the only event of a tag has. */
  static Summary.Value value(List<Event> events, String tag) {
    List<Event> found = of(events, tag);
    assertEquals(1, found.size(), tag);
    assertEquals(1, found.getFirst().getSummary().getValueCount());
    return found.getFirst().getSummary().getValue(0);
  }

  static List<Long> steps(List<Event> events, String tag) {
    return of(events, tag).stream().map(Event::getStep).toList();
  }
}
