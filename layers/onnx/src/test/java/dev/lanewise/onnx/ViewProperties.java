// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Views against arrays that are really moved. */
final class ViewProperties {
  /** Transposes and reshapes as often as steps say, and follows every element. */
  @Property(tries = 500)
  void followsEveryElement(@ForAll long seed) {
    Random random = new Random(seed);
    int[] dims = random.ints(1 + random.nextInt(4), 1, 5).toArray();
    View view = View.of(dims, order(dims.length, random));
    int[] memory = new int[view.size()]; // which element of the value each place holds
    int[] elements = IntStream.range(0, memory.length).toArray();
    int[] positions = view.positions(0);
    for (int i = 0; i < memory.length; i++) {
      memory[positions[i]] = i;
    }
    for (int step = 0; step < 5; step++) {
      if (random.nextBoolean()) {
        int[] order = order(view.rank(), random);
        elements = transposed(elements, view.dims(), order);
        view = view.transpose(order);
      } else {
        View reshaped = view.reshape(dims(view.size(), random));
        view = reshaped == null ? view : reshaped;
      }
      int[] at = view.positions(0);
      assertArrayEquals(elements, Arrays.stream(at).map(p -> memory[p]).toArray());
      assertEquals(view, view.transpose(IntStream.range(0, view.rank()).toArray()));
      View plain = View.plain(view.dims());
      int[] source = Reduce.sums(view.tablesTo(plain));
      assertArrayEquals(elements, Arrays.stream(source).map(p -> memory[p]).toArray());
    }
  }

  private static int[] order(int rank, Random random) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
    Collections.shuffle(order, random);
    return order.stream().mapToInt(i -> i).toArray();
  }

  /** Some dimensions of a size. */
  private static int[] dims(int size, Random random) {
    List<Integer> dims = new ArrayList<>();
    for (int left = size; left > 1; ) {
      int each = 1 + random.nextInt(left);
      if (left % each == 0) {
        dims.add(each);
        left /= each;
      }
    }
    return dims.stream().mapToInt(i -> i).toArray();
  }

  private static int[] transposed(int[] from, int[] dims, int[] order) {
    int[] to = new int[from.length];
    int[] index = new int[dims.length];
    for (int i = 0; i < to.length; i++) {
      int at = 0;
      for (int axis = 0; axis < dims.length; axis++) {
        at = at * dims[axis] + index[axis];
      }
      to[i] = from[at];
      for (int k = order.length - 1; k >= 0 && ++index[order[k]] == dims[order[k]]; k--) {
        index[order[k]] = 0;
      }
    }
    return to;
  }
}
