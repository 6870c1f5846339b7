// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.grouped;

import dev.lanewise.engine.conv.OutputEnd;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;

/**
 * One direction of a convolution with groups, x to y or dy to dx, divided by bands of images. Not
 * thread-safe; arguments are checked by {@code Convolution}.
 */
final class GroupedPass {
  private final GroupedWay.Band way;
  private final int fromSize; // of an image
  private final int toRows;
  private final int rowFloats; // of the result
  private final Workspace workspace;
  private final OutputEnd end;
  private final WorkerTeam.Task band = this::band;

  // The running call.
  private int units; // of a band, this time
  private Floats from;
  private Floats bias;
  private Floats to;
  private Floats gate;

  /**
   * @param fromSize elements of what is read of an image
   * @param toRows rows of the result of an image
   * @param rowFloats elements of one of them
   * @param end of the result
   */
  GroupedPass(
      GroupedWay.Band way,
      int fromSize,
      int toRows,
      int rowFloats,
      OutputEnd end,
      Workspace workspace) {
    this.end = end;
    this.way = way;
    this.fromSize = fromSize;
    this.toRows = toRows;
    this.rowFloats = rowFloats;
    this.workspace = workspace;
    workspace.reserve(way.floats(), 0);
  }

  void run(int batch, Floats from, Floats bias, Floats to, Floats gate) {
    this.from = from;
    this.bias = bias;
    this.to = to;
    this.gate = gate;
    // A small batch is cut finer, so that every thread has some tasks.
    int wanted = Math.max(1, 4 * workspace.team().threads() / Math.max(1, batch));
    units = Math.min(way.units(), Math.max(1, allUnits() / wanted));
    workspace.team().run(batch * bands(), band);
    this.from = null;
    this.bias = null;
    this.to = null;
    this.gate = null;
  }

  private int allUnits() {
    return Math.ceilDiv(toRows, way.unit());
  }

  private int bands() {
    return Math.ceilDiv(allUnits(), units);
  }

  private void band(int task, int worker) {
    int image = task / bands();
    int first = task % bands() * units;
    int count = Math.min(units, allUnits() - first);
    int fromAt = from.offset + image * fromSize;
    int toAt = to.offset + image * toRows * rowFloats;
    float[] memory = workspace.memory();
    int own = workspace.perWorker(worker);
    way.compute(first, count, from.data, fromAt, bias, to.data, toAt, memory, own);
    int top = first * way.unit();
    int rows = Math.min(toRows - top, count * way.unit());
    int at = toAt + top * rowFloats;
    int gateAt = gate == null ? 0 : gate.offset + at - to.offset;
    end.run(rows * rowFloats, gate == null ? null : gate.data, gateAt, to.data, at, worker);
  }
}
