/** Kernels for convolutional networks on the Java Vector API. */
module dev.lanewise.engine {
  requires jdk.incubator.vector;

  exports dev.lanewise.engine;
  exports dev.lanewise.engine.math;
  exports dev.lanewise.engine.run;
  exports dev.lanewise.engine.shape;
}
