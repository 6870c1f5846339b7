/** Benchmarks: JMH for the kernels, and whole-network throughput. */
module dev.lanewise.bench {
  requires dev.lanewise.layers;
  requires info.picocli;
  requires jmh.core;

  opens dev.lanewise.bench to
      info.picocli;
}
