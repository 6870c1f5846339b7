// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

/** Why a model cannot be imported; becomes a {@link dev.lanewise.layers.data.DataException}. */
class ImportFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  ImportFault(String message) {
    super(message);
  }

  /** An operator computes across the images of a batch. */
  static class MixesBatch extends ImportFault {
    private static final long serialVersionUID = 1;

    MixesBatch() {
      this("it computes across the images of a batch");
    }

    MixesBatch(String message) {
      super(message);
    }
  }
}
