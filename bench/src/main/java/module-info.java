/** Benchmarks: JMH for the kernels, and whole-network throughput. */
module dev.lanewise.bench {
  requires dev.lanewise.layers;
  requires dev.lanewise.onnx;
  requires dev.ludovic.netlib.blas;
  requires ejml.core;
  requires ejml.fdense;
  requires info.picocli;
  requires java.management;
  requires jdk.management;
  requires jmh.core;

  opens dev.lanewise.bench to
      info.picocli;
}
