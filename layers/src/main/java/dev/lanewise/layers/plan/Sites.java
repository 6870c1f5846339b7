// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.engine.run.ChannelScale;
import dev.lanewise.engine.run.ElementFunction;
import dev.lanewise.layers.graph.Context;
import dev.lanewise.layers.graph.ElementwisePass;
import dev.lanewise.layers.graph.Node;
import dev.lanewise.layers.graph.Pass;
import dev.lanewise.layers.graph.ScalingPass;
import dev.lanewise.layers.graph.Site;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where the layers of a plan stand, and what they have taken over. */
final class Sites {
  private final Plan plan;
  private final Map<Node, Pass> scaling = new LinkedHashMap<>(); // of layers that are taken over
  private final Map<Node, ChannelScale> scales = new HashMap<>(); // by the layer in front

  /** With the passes of the layers that others have taken over: they set the scales. */
  Sites(Plan plan, Context context) {
    this.plan = plan;
    plan.fused()
        .forEach(
            (node, fused) -> {
              if (fused.scale() != null) {
                Node layer = fused.scale();
                Pass pass = layer.layer().newPass(site(layer, plan.maxBatch(), context));
                scaling.put(layer, pass);
                if (!(pass instanceof ScalingPass scales)) {
                  throw new IllegalStateException(
                      layer + " claims to scale channels, but its pass is no ScalingPass");
                }
                this.scales.put(node, scales.scale());
              }
            });
  }

  /** Where a layer stands, for whole batches or slices. */
  Site site(Node node, int maxBatch, Context context) {
    Plan.Fused fused = plan.fused(node);
    return new Site(
        node,
        maxBatch,
        context,
        fused.epilogue(),
        fused.gated(),
        scales.get(node),
        fused.map() == null ? null : function(fused.map(), maxBatch, context));
  }

  private ElementFunction function(Node map, int maxBatch, Context context) {
    if (map.layer().newPass(site(map, maxBatch, context)) instanceof ElementwisePass pass) {
      return pass.function();
    }
    throw new IllegalStateException(
        map.layer() + " claims to map elements, but its pass is no ElementwisePass");
  }

  /** The passes to be prepared before each forward. */
  Collection<Pass> scaling() {
    return scaling.values();
  }
}
