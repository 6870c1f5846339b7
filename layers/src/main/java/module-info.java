/** Layers, losses, optimizers and training of convolutional networks. */
module dev.lanewise.layers {
  requires transitive dev.lanewise.engine;
  requires com.fasterxml.jackson.core;
  requires java.desktop; // ImageIO
  requires static jdk.jfr; // events, where the Flight Recorder is there

  exports dev.lanewise.layers;
  exports dev.lanewise.layers.augment;
  exports dev.lanewise.layers.check;
  exports dev.lanewise.layers.data;
  exports dev.lanewise.layers.file;
  exports dev.lanewise.layers.graph;
  exports dev.lanewise.layers.io;
  exports dev.lanewise.layers.loss;
  exports dev.lanewise.layers.metric;
  exports dev.lanewise.layers.models;
  exports dev.lanewise.layers.optim;
  exports dev.lanewise.layers.profile;
  exports dev.lanewise.layers.train;
}
