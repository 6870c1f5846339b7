// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import java.util.List;

/**
 * Steps that run one after the other: on the whole batch, or, in a section, on one slice of the
 * batch after another.
 *
 * @param section the layers that take slices; {@code null} for whole batches
 * @param steps what to do
 */
public record Group(Section section, List<Step> steps) {
  static Group whole(Step step) {
    return new Group(null, List.of(step));
  }
}
