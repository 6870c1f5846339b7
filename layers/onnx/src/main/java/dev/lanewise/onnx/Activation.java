// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

/**
 * A value that is computed from the input.
 *
 * @param draft the layer that computes it
 * @param view how an image of it lies there; without the batch, if that is an axis of its own
 * @param batch the length of that axis, the first; 0 if there is none
 * @param type what the elements are
 */
record Activation(Draft draft, View view, int batch, Type type) implements Value {
  @Override
  public int[] dims() {
    return batch == 0 ? view.dims() : Dims.prepend(batch, view.dims());
  }

  Activation with(Draft other) {
    return new Activation(other, view, batch, type);
  }

  Activation with(View other) {
    return new Activation(draft, other, batch, type);
  }

  Activation with(Type other) {
    return new Activation(draft, view, batch, other);
  }

  Activation with(Draft layer, View output) {
    return new Activation(layer, output, batch, type);
  }
}
