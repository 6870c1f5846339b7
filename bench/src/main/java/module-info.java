/** Throughput benchmarks. */
module dev.lanewise.bench {
  requires dev.lanewise.layers;
}
