package dev.lanewise.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.Padding;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RoomsTest {
  private static final int IMAGES = 3;
  private static final List<Shape> SHAPES =
      List.of(
          new Shape(5, 4, 2),
          new Shape(5, 4, 2), // where the one before is
          new Shape(1, 1, 7),
          new Shape(6, 4, 2),
          new Shape(6, 4, 2)); // where the one before is
  private static final boolean[] IN_PLACE = {true, false, false, true};

  private final Rooms rooms = new Rooms(SHAPES, IN_PLACE, IMAGES);

  @Test
  void roomsApartDoNotOverlap() {
    Tensor[] all = rooms.apart(new boolean[] {true, true, true, true, true});
    assertEquals(all[0].offset, all[1].offset);
    assertEquals(all[3].offset, all[4].offset);
    assertEquals(Padding.LEAD, all[0].offset);
    assertRoom(all[0], all[2].offset);
    assertRoom(all[2], all[3].offset);
    assertRoom(all[3], all[3].data.length);
    assertShapes(all);
  }

  @Test
  void whatIsNotWantedHasNoRoom() {
    Tensor[] some = rooms.apart(new boolean[] {false, true, false, true, false});
    assertNull(some[0]);
    assertNull(some[2]);
    assertNull(some[4]);
    assertEquals(Padding.LEAD, some[1].offset);
    assertRoom(some[1], some[3].offset);
    assertRoom(some[3], some[3].data.length);
    assertEquals(some[3].offset + room(3), some[3].data.length, "and none is left over");
    Tensor[] turns = rooms.inTurn(new boolean[] {true, true, true, false, false});
    assertNull(turns[3]);
    assertEquals(Padding.LEAD + 2 * room(0), turns[0].data.length, "for the longest of them");
  }

  @Test
  void roomsInTurnAreTwo() {
    Tensor[] all = rooms.inTurn(new boolean[] {true, true, true, true, true});
    int second = Padding.LEAD + room(3); // the longest
    assertEquals(all[0].offset, all[1].offset);
    assertEquals(Padding.LEAD, all[3].offset);
    assertEquals(all[3].offset, all[4].offset);
    assertRoom(all[0], second);
    assertRoom(all[3], second);
    assertTrue(all[2].offset >= second);
    assertRoom(all[2], all[2].data.length);
    assertShapes(all);
  }

  /** So that half of the images lie on the same side, however long they are. */
  @Test
  void roomsInTurnHaveTheirMiddlesInCommon() {
    Tensor[] all = rooms.inTurn(new boolean[] {true, true, true, true, true});
    for (int i : new int[] {0, 2}) {
      int room = i == 0 ? Padding.LEAD : Padding.LEAD + room(3);
      int before = all[i].offset - room;
      int after = room + room(3) - (all[i].offset + room(i));
      assertTrue(Math.abs(before - after) <= 32, before + " and " + after); // whole lines
      assertEquals(0, before % 32);
    }
  }

  private static int room(int i) {
    return (int) Padding.lines(IMAGES * SHAPES.get(i).size() + Padding.FLOATS);
  }

  /** With the elements that a kernel may read beyond the last one. */
  private static void assertRoom(Tensor tensor, int end) {
    assertTrue(tensor.offset + tensor.size() + Padding.FLOATS <= end, tensor + " before " + end);
  }

  private static void assertShapes(Tensor[] tensors) {
    for (int i = 0; i < tensors.length; i++) {
      Shape s = SHAPES.get(i);
      assertSame(tensors[0].data, tensors[i].data);
      assertArrayEquals(new int[] {IMAGES, s.height(), s.width(), s.channels()}, tensors[i].dims());
    }
  }
}
