// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import dev.lanewise.engine.shape.Conv2dShape;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.engine.shape.WindowGrid;
import java.util.List;

/**
 * A convolution of a real network: square window, square image, same padding.
 *
 * @param network where such a layer is found
 * @param kernel rows and columns of the window
 * @param stride rows and columns between neighbouring windows
 * @param inChannels channels of the image
 * @param outChannels channels of the output
 * @param side rows and columns of the image
 */
record NetworkConvolution(
    String network, int kernel, int stride, int inChannels, int outChannels, int side) {
  /** What {@link ConvolutionShapesCommand} measures. */
  static final List<NetworkConvolution> ALL =
      List.of(
          // Images of one channel.
          of("simple", 3, 1, 1, 8, 28),
          of("complex", 3, 1, 1, 32, 28),
          of("LeNet-5", 5, 1, 1, 6, 28),
          of("PyTorch's MNIST example", 5, 1, 1, 10, 28),
          of("Caffe's LeNet", 5, 1, 1, 20, 28),
          of("SRCNN", 5, 1, 1, 64, 56),
          of("speech spectrogram", 7, 1, 1, 12, 40),
          of("ResNet on X-rays", 7, 2, 1, 64, 112),
          // Images of three channels.
          of("ResNet-20", 3, 1, 3, 16, 32),
          of("VGG", 3, 1, 3, 64, 112),
          of("small VGG", 3, 1, 3, 32, 32),
          of("tiny YOLO", 3, 1, 3, 6, 112),
          of("CIFAR LeNet", 5, 1, 3, 6, 32),
          of("ShuffleNetV2", 3, 2, 3, 24, 112),
          of("MobileNetV1", 3, 2, 3, 32, 112),
          of("AlexNet-like", 5, 2, 3, 48, 112),
          of("ResNet-18", 7, 2, 3, 64, 112),
          of("ConvNeXt-like", 7, 2, 3, 96, 56),
          // 3x3, few channels.
          of("DenseNet k=12", 3, 1, 24, 12, 32),
          of("DenseNet k=12", 3, 1, 48, 12, 16),
          of("DenseNet k=12", 3, 1, 12, 48, 32),
          of("U-Net, narrow", 3, 1, 6, 6, 56),
          of("U-Net, narrow", 3, 1, 10, 20, 28),
          of("U-Net, narrow", 3, 1, 12, 12, 28),
          of("U-Net, narrow", 3, 1, 20, 20, 28),
          of("U-Net, narrow", 3, 1, 24, 24, 28),
          of("HRNet-like", 3, 1, 40, 40, 28),
          of("HRNet", 3, 1, 48, 48, 28),
          of("GoogLeNet", 3, 1, 96, 128, 28),
          of("super-resolution head", 3, 1, 32, 9, 28),
          // 3x3, channels for Winograd.
          of("ResNet-20", 3, 1, 16, 16, 32),
          of("complex", 3, 1, 32, 32, 28),
          of("complex", 3, 1, 32, 64, 14),
          of("complex", 3, 1, 64, 64, 14),
          of("ResNet-20", 3, 1, 64, 64, 8),
          of("ResNet-18", 3, 1, 64, 64, 56),
          of("SqueezeNet", 3, 1, 16, 64, 56),
          of("ResNet-18", 3, 1, 128, 128, 28),
          of("ResNet-18", 3, 1, 256, 256, 14),
          of("ResNet-18", 3, 1, 512, 512, 7),
          of("DenseNet-121", 3, 1, 128, 32, 28),
          // 3x3, stride 2.
          of("ResNet-20", 3, 2, 16, 32, 32),
          of("ResNet-20", 3, 2, 32, 64, 16),
          of("HRNet", 3, 2, 48, 96, 28),
          of("ResNet-18", 3, 2, 64, 128, 56),
          of("ResNet-18", 3, 2, 128, 256, 28),
          of("ResNet-18", 3, 2, 256, 512, 14),
          // 5x5 and 7x7.
          of("LeNet-5", 5, 1, 6, 16, 14),
          of("PyTorch's MNIST example", 5, 1, 10, 20, 12),
          of("Caffe's LeNet", 5, 1, 20, 50, 12),
          of("GoogLeNet", 5, 1, 24, 64, 14),
          of("GoogLeNet", 5, 1, 48, 128, 7),
          of("AlexNet", 5, 1, 48, 128, 28),
          of("segmentation head", 7, 1, 16, 16, 56),
          of("large kernels", 7, 1, 32, 32, 28),
          // 1x1.
          of("MobileNetV2", 1, 1, 32, 16, 112),
          of("MobileNetV2", 1, 1, 16, 96, 112),
          of("MobileNetV2", 1, 1, 96, 24, 56),
          of("EfficientNet", 1, 1, 40, 240, 28),
          of("EfficientNet", 1, 1, 240, 40, 28),
          of("ResNet-50", 1, 1, 64, 256, 56),
          of("ResNet-50", 1, 1, 256, 64, 56),
          of("ResNet-50", 1, 1, 512, 128, 28),
          of("ResNet-50", 1, 1, 256, 512, 14),
          of("MobileNetV1", 1, 1, 512, 512, 7),
          of("DenseNet k=12", 1, 1, 48, 24, 32),
          of("HRNet", 1, 1, 48, 96, 7),
          of("ResNet-20", 1, 2, 16, 32, 32),
          of("ResNet-18", 1, 2, 64, 128, 56),
          of("ResNet-18", 1, 2, 256, 512, 14));

  private static NetworkConvolution of(
      String network, int kernel, int stride, int inChannels, int outChannels, int side) {
    return new NetworkConvolution(network, kernel, stride, inChannels, outChannels, side);
  }

  /** The shape as the engine takes it. */
  Conv2dShape shape() {
    Window window = Window.same(kernel).stride(stride);
    return new Conv2dShape(WindowGrid.of(window, side, side), inChannels, outChannels);
  }

  /** Such as {@code 3x3/2 16->32 28}. */
  String label() {
    return "%dx%d%s %d->%d %d"
        .formatted(kernel, kernel, stride == 1 ? "" : "/" + stride, inChannels, outChannels, side);
  }
}
