/** The MNIST application. */
module dev.lanewise.mnist {
  requires com.fasterxml.jackson.databind;
  requires dev.lanewise.layers;
  requires info.picocli;
  requires java.net.http;
  requires me.tongfei.progressbar;

  opens dev.lanewise.mnist to
      info.picocli;
}
