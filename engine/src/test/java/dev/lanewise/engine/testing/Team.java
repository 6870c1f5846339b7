// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.testing;

import dev.lanewise.engine.run.WorkerTeam;

/**
 * Sizes of teams whose results must have the same bits: below, at and beyond what code decides by.
 */
public enum Team {
  ONE(1),
  TWO(2),
  THREE(3),
  EIGHT(8),
  SIXTEEN(16);

  private final int threads;

  Team(int threads) {
    this.threads = threads;
  }

  /** A new team, to be closed by the caller. */
  public WorkerTeam start() {
    return new WorkerTeam(threads);
  }
}
