// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.run.Padding;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.layers.graph.Tensor;
import dev.lanewise.layers.plan.Plan.Place;
import java.util.HashMap;
import java.util.Map;

/** The memory of a plan: where its values lie, as tensors. */
final class Places {
  /** What a JVM can allocate at most. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final Plan plan;
  private final Map<Value.Role, float[]> whole = new HashMap<>();
  private final Map<Value.Role, float[][]> workers = new HashMap<>();
  private final Map<Value, Tensor> own = new HashMap<>(); // storages with an array of their own

  Places(Plan plan) {
    this.plan = plan;
    if (plan.arena() == null) {
      return;
    }
    for (Value.Role role : Value.Role.values()) {
      whole.put(role, array(plan.arena().wholeFloats().get(role)));
      float[][] each = new float[plan.threads()][];
      for (int w = 0; w < each.length; w++) {
        each[w] = array(plan.arena().workerFloats().get(role));
        if (each[w] == null) {
          throw new IllegalArgumentException(
              "the activations of one image have more than 2^31 - 1 elements");
        }
      }
      workers.put(role, each);
    }
  }

  /** {@code null} for more than an array can hold. */
  private static float[] array(long floats) {
    long all = Padding.LEAD + floats;
    return all <= LONGEST_ARRAY ? Padding.array((int) all) : null;
  }

  /** A value of the whole batch; {@code null} for one that there is only for slices. */
  Tensor whole(Value value) {
    return images(value, 0, plan.maxBatch(), -1);
  }

  /**
   * Some images of a value.
   *
   * @param worker whose memory it is if each worker has its own; -1 for none
   */
  Tensor images(Value value, int first, int images, int worker) {
    if (value == null) {
      return null;
    }
    Value storage = plan.storage(value);
    Place place = plan.arena() == null ? null : plan.arena().places().get(storage);
    Shape s = value.shape();
    if (place == null) {
      return plan.arena() == null ? view(ofItsOwn(storage), s, first, images) : null;
    }
    if (place.worker()) {
      return worker < 0 ? null : view(workers.get(storage.role())[worker], place, s, 0, images);
    }
    float[] array = whole.get(storage.role());
    return array == null
        ? view(ofItsOwn(storage), s, first, images)
        : view(array, place, s, first, images);
  }

  private Tensor ofItsOwn(Value storage) {
    return own.computeIfAbsent(storage, s -> Tensor.zeros(plan.maxBatch(), s.shape()));
  }

  private static Tensor view(float[] array, Place place, Shape s, int first, int images) {
    int at = (int) (Padding.LEAD + place.at()) + first * s.size();
    return new Tensor(array, at, images, s.height(), s.width(), s.channels());
  }

  private static Tensor view(Tensor tensor, Shape s, int first, int images) {
    int at = tensor.offset + first * s.size();
    return new Tensor(tensor.data, at, images, s.height(), s.width(), s.channels());
  }

  /** Whether each worker has memory of its own for one of these values. */
  boolean perWorker(Value value) {
    Place place = plan.arena() == null ? null : plan.arena().places().get(plan.storage(value));
    return place != null && place.worker();
  }
}
