/** The MNIST application. */
module dev.lanewise.mnist {
  requires dev.lanewise.layers;
  requires java.net.http;
}
