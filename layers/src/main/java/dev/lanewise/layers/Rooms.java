package dev.lanewise.layers;

import dev.lanewise.engine.run.Padding;
import java.util.List;

/**
 * Places the activations of a chain of layers, or their gradients, in one array while that can hold
 * them: a large array is aligned, see {@link Padding#LEAD}. A layer that works in place has its
 * output where its input is.
 */
final class Rooms {
  /** What a JVM can allocate at most. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final List<Shape> shapes;
  private final boolean[] inPlace; // [i]: between tensors i and i + 1
  private final int images;

  /**
   * @param shapes of one image of each tensor
   * @param inPlace [i]: whether tensor i + 1 lies where tensor i does
   * @param images how many
   */
  Rooms(List<Shape> shapes, boolean[] inPlace, int images) {
    this.shapes = shapes;
    this.inPlace = inPlace;
    this.images = images;
  }

  /** A room for each tensor that is wanted; {@code null} for the others. */
  Tensor[] apart(boolean[] wanted) {
    long[] at = new long[wanted.length];
    long floats = 0;
    for (int i = 0; i < at.length; i++) {
      boolean shared = i > 0 && wanted[i - 1] && inPlace[i - 1];
      at[i] = shared ? at[i - 1] : floats;
      floats += wanted[i] && !shared ? room(i) : 0;
    }
    return place(wanted, at, floats);
  }

  /**
   * Two rooms in turn: a layer reads the one and writes the other. Tensors lie in the middle of
   * their rooms, so that the first half of the images is on one side whatever their size, and of
   * two threads each finds there what it has written itself.
   */
  Tensor[] inTurn(boolean[] wanted) {
    long[] at = new long[wanted.length];
    long longest = 0;
    for (int i = 0; i < at.length; i++) {
      longest = Math.max(longest, wanted[i] ? room(i) : 0);
    }
    boolean second = false;
    for (int i = 0; i < at.length; i++) {
      second ^= i > 0 && !inPlace[i - 1];
      at[i] = (second ? longest : 0) + Padding.lines(Math.max(0, longest - room(i)) / 2);
    }
    return place(wanted, at, 2 * longest);
  }

  private long room(int i) {
    return Padding.lines((long) images * shapes.get(i).size() + Padding.FLOATS);
  }

  private Tensor[] place(boolean[] wanted, long[] at, long floats) {
    boolean together = Padding.LEAD + floats <= LONGEST_ARRAY;
    float[] memory = together ? Padding.array((int) (Padding.LEAD + floats)) : null;
    Tensor[] tensors = new Tensor[wanted.length];
    for (int i = 0; i < tensors.length; i++) {
      if (!wanted[i]) {
        continue;
      }
      boolean shared = i > 0 && wanted[i - 1] && inPlace[i - 1];
      if (together) {
        tensors[i] = view(memory, (int) (Padding.LEAD + at[i]), i);
      } else if (shared) {
        tensors[i] = view(tensors[i - 1].data, tensors[i - 1].offset, i);
      } else {
        tensors[i] = Tensor.zeros(images, shapes.get(i));
      }
    }
    return tensors;
  }

  private Tensor view(float[] data, int offset, int i) {
    Shape s = shapes.get(i);
    return new Tensor(data, offset, images, s.height(), s.width(), s.channels());
  }
}
