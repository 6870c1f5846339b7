/** Trainings as event files, which TensorBoard shows. */
@SuppressWarnings("requires-automatic") // protobuf has no descriptor
module dev.lanewise.tensorboard {
  requires transitive dev.lanewise.layers;
  requires com.google.protobuf;
  requires java.desktop; // ImageIO

  exports dev.lanewise.tensorboard;
}
