// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.onnx;

/** What a kind of node does. */
@FunctionalInterface
interface Operator {
  /**
   * Makes the outputs of a node.
   *
   * @param call the node
   * @return its first outputs; further ones are not supported
   * @throws ImportFault if the node is not as it should be
   */
  Value[] apply(Call call);

  /** An operator of one output. */
  @FunctionalInterface
  interface Single {
    Value apply(Call call);
  }

  static Operator one(Single single) {
    return call -> new Value[] {single.apply(call)};
  }
}
