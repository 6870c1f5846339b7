// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.spark;

import java.io.Serializable;
import java.util.List;

/**
 * What a task returns.
 *
 * @param model the trained network, from the first task; {@code null} from others, or with a fault
 * @param epochs how they went, from the first task
 * @param fault what has gone wrong so that trying again would not help; {@code null} if nothing has
 */
record TrainingOutcome(byte[] model, List<EpochSummary> epochs, String fault)
    implements Serializable {}
