// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.conv.winograd;

import dev.lanewise.engine.check.Check;
import dev.lanewise.engine.kernel.Winograd;
import dev.lanewise.engine.shape.Conv2dShape;

/**
 * The scratch memory of a task of {@link WinogradForward}: V {@code [36, tiles, C]}, M {@code [36,
 * tiles, OC]}, an output tile that reaches beyond the image, and the work space of the transforms.
 * Immutable.
 */
final class TaskScratch {
  /** Tiles of a task, at most: V and M of 64 channels take 36 * 32 * 128 floats, 0.6 MiB. */
  static final int TILES = 32;

  /**
   * Floats between the matrices of V, M and U, so that their distance is not a multiple of 4 KiB,
   * which would map the 36 streams of a transform to one set of the L1 cache.
   */
  static final int GAP = 16;

  /** Between the matrices of V. */
  final int strideV;

  /** Between the matrices of M. */
  final int strideM;

  /** Where M begins, behind V. */
  final int offM;

  /** Where the output tile begins. */
  final int offPatch;

  /** Where the work space begins. */
  final int offWork;

  /** All of it. */
  final int floats;

  TaskScratch(Conv2dShape shape) {
    strideV = Check.intProduct("tiles", TILES, shape.inChannels()) + GAP;
    strideM = Check.intProduct("tiles", TILES, shape.outChannels()) + GAP;
    offM = Check.intProduct("tiles", Winograd.PRODUCTS, strideV);
    offPatch = Check.intSum("tiles", offM, (long) Winograd.PRODUCTS * strideM);
    int tile = Winograd.TILE * Winograd.TILE * shape.outChannels();
    offWork = Check.intSum("tiles", offPatch, tile);
    floats = Check.intSum("tiles", offWork, Winograd.WORK);
  }
}
