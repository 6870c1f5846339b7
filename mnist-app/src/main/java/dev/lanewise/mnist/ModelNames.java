// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import dev.lanewise.layers.models.Models;
import java.util.Iterator;

/** What a shell may complete after {@code --model}. */
final class ModelNames implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return Models.names().iterator();
  }
}
