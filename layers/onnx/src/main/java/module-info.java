/** Networks of other frameworks, read from ONNX models. */
@SuppressWarnings("requires-automatic") // protobuf has no descriptor
module dev.lanewise.onnx {
  requires transitive dev.lanewise.layers;
  requires com.google.protobuf;

  exports dev.lanewise.onnx;
}
