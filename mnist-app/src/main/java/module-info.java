/** The MNIST application. */
@SuppressWarnings("requires-automatic") // JLine has no descriptor
module dev.lanewise.mnist {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires dev.lanewise.layers;
  requires dev.lanewise.onnx;
  requires dev.lanewise.tensorboard;
  requires info.picocli;
  requires java.desktop; // pictures in reports
  requires java.management;
  requires java.net.http;
  requires jdk.httpserver;
  requires jdk.jfr; // profiles: the layers do without it
  requires me.tongfei.progressbar;
  requires org.jline.terminal;

  opens dev.lanewise.mnist to
      info.picocli;
}
