/** Kernels for convolutional networks on the Java Vector API. */
module dev.lanewise.engine {
  requires java.management;
  requires jdk.incubator.vector;

  exports dev.lanewise.engine;
  exports dev.lanewise.engine.launch;
}
