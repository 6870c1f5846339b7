// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.engine.shape;

import static dev.lanewise.engine.testing.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class WindowProperties {
  /**
   * {@code same} means {@code ceil(input / stride)} outputs, the odd pixel of padding at the end.
   */
  @Property
  void sameDividesTheInputByTheStride(
      @ForAll @IntRange(min = 1, max = 9) int kernel,
      @ForAll @IntRange(min = 1, max = 4) int stride,
      @ForAll @IntRange(min = 1, max = 3) int dilation,
      @ForAll @IntRange(min = 1, max = 40) int input) {
    Window window = Window.same(kernel).stride(stride).dilation(dilation, dilation);
    WindowGrid grid = WindowGrid.of(window, input, input + 1);
    assertEquals((input + stride - 1) / stride, grid.outputH());
    assertEquals((input + 1 + stride - 1) / stride, grid.outputW());
    int bottom = grid.paddedH() - input - grid.padTop();
    int right = grid.paddedW() - input - 1 - grid.padLeft();
    assertTrue(bottom == grid.padTop() || bottom == grid.padTop() + 1);
    assertTrue(right == grid.padLeft() || right == grid.padLeft() + 1);
  }

  /** As many positions as there are: counted by walking over the padded input. */
  @Property
  void explicitPaddingGivesEveryPositionThatFits(
      @ForAll @IntRange(min = 1, max = 5) int kernel,
      @ForAll @IntRange(min = 1, max = 4) int stride,
      @ForAll @IntRange(min = 1, max = 3) int dilation,
      @ForAll @IntRange(max = 3) int before,
      @ForAll @IntRange(max = 3) int after,
      @ForAll @IntRange(min = 13, max = 24) int input) {
    Window window =
        Window.valid(kernel)
            .stride(stride)
            .dilation(dilation, dilation)
            .padding(before, after, after, before);
    WindowGrid grid = WindowGrid.of(window, input, input);
    int fits = 0;
    for (int at = -before; at + (kernel - 1) * dilation < input + after; at += stride) {
      fits++;
    }
    assertEquals(fits, grid.outputH());
    assertEquals(before, grid.padTop());
    assertEquals(after, grid.padLeft());
    assertEquals(before + input + after, grid.paddedH());
    assertEquals(before + after > 0, grid.padded());
  }

  @Example
  void factoriesAndModifiers() {
    assertEquals(new Window(3, 3, 1, 1, 1, 1, true, 0, 0, 0, 0), Window.same(3));
    assertEquals(new Window(3, 5, 1, 1, 1, 1, true, 0, 0, 0, 0), Window.same(3, 5));
    assertEquals(new Window(3, 3, 1, 1, 1, 1, false, 0, 0, 0, 0), Window.valid(3));
    assertEquals(new Window(3, 5, 1, 1, 1, 1, false, 0, 0, 0, 0), Window.valid(3, 5));
    Window window = Window.same(3, 5).dilation(6, 7).stride(8, 9);
    assertEquals(new Window(3, 5, 8, 9, 6, 7, true, 0, 0, 0, 0), window);
    assertEquals(new Window(3, 5, 2, 2, 6, 7, true, 0, 0, 0, 0), window.stride(2));
    assertEquals(new Window(3, 5, 8, 9, 6, 7, false, 1, 2, 3, 4), window.padding(1, 2, 3, 4));
    assertEquals(
        new Window(3, 5, 8, 9, 1, 1, false, 1, 2, 3, 4), window.padding(1, 2, 3, 4).dilation(1, 1));
    assertFalse(WindowGrid.of(Window.same(1), 3, 3).padded());
  }

  @Example
  void wrongNumbersAreRefusedByName() {
    assertRefused("kernelH", () -> Window.valid(0, 1));
    assertRefused("kernelW", () -> Window.valid(1, 0));
    assertRefused("strideH", () -> Window.valid(1).stride(0, 1));
    assertRefused("strideW", () -> Window.valid(1).stride(1, -1));
    assertRefused("dilationH", () -> Window.valid(1).dilation(0, 1));
    assertRefused("dilationW", () -> Window.valid(1).dilation(1, 0));
    assertRefused("padTop", () -> Window.valid(1).padding(-1, 0, 0, 0));
    assertRefused("padBottom", () -> Window.valid(1).padding(0, -1, 0, 0));
    assertRefused("padLeft", () -> Window.valid(1).padding(0, 0, -1, 0));
    assertRefused("padRight", () -> Window.valid(1).padding(0, 0, 0, -1));
    assertRefused("window", () -> Window.valid(1 << 16));
    assertRefused("same", () -> new Window(3, 3, 1, 1, 1, 1, true, 1, 0, 0, 0));
    assertRefused("height", () -> WindowGrid.of(Window.valid(1), 0, 1));
    assertRefused("width", () -> WindowGrid.of(Window.valid(1), 1, 0));
    assertRefused("5x3 does not fit", () -> WindowGrid.of(Window.valid(3).dilation(2, 1), 4, 9));
    assertRefused("3x5 does not fit", () -> WindowGrid.of(Window.valid(3).dilation(1, 2), 9, 4));
    assertRefused("padded input", () -> WindowGrid.of(Window.valid(1), 1 << 16, 1 << 16));
    int most = Integer.MAX_VALUE;
    assertRefused(
        "padded input", () -> WindowGrid.of(Window.valid(1).padding(most, most, 0, 0), 1, 1));
  }

  @Example
  void aGridOfNumbersThatDoNotBelongTogetherIsRefused() {
    Window w = Window.valid(3);
    assertEquals(WindowGrid.of(w, 5, 6), new WindowGrid(w, 5, 6, 0, 0, 5, 6, 3, 4));
    assertRefused("input height", () -> new WindowGrid(w, 0, 6, 0, 0, 5, 6, 3, 4));
    assertRefused("padTop", () -> new WindowGrid(w, 5, 6, -1, 0, 5, 6, 3, 4));
    assertRefused("padLeft", () -> new WindowGrid(w, 5, 6, 0, -1, 5, 6, 3, 4));
    assertRefused("does not lie within", () -> new WindowGrid(w, 5, 6, 1, 0, 5, 6, 3, 4));
    assertRefused("does not lie within", () -> new WindowGrid(w, 5, 7, 0, 0, 5, 6, 3, 4));
    assertRefused("3x4 outputs, not 4x4", () -> new WindowGrid(w, 5, 6, 0, 0, 5, 6, 4, 4));
    assertRefused("3x4 outputs, not 3x5", () -> new WindowGrid(w, 5, 6, 0, 0, 5, 6, 3, 5));
    assertRefused("0x4 outputs", () -> new WindowGrid(w, 2, 6, 0, 0, 2, 6, 0, 4));
  }

  @Example
  void shapesOfAConvolution() {
    Conv2dShape shape = new Conv2dShape(WindowGrid.of(Window.same(3, 5).stride(2), 28, 20), 7, 11);
    assertEquals(28 * 20 * 7, shape.inputSize());
    assertEquals(14 * 10 * 11, shape.outputSize());
    assertEquals(3 * 5 * 7, shape.patchSize());
    assertEquals(3 * 5 * 7 * 11, shape.weightSize());
    assertEquals(2L * 14 * 10 * 3 * 5 * 7 * 11, shape.flops());
    assertEquals(28 * 20, shape.grid().inputPixels());
    assertEquals(14 * 10, shape.grid().outputPixels());
  }

  @Example
  void shapesBeyondIntAreRefused() {
    WindowGrid grid = WindowGrid.of(Window.valid(3), 100, 100);
    assertRefused("inChannels", () -> new Conv2dShape(grid, 0, 1));
    assertRefused("outChannels", () -> new Conv2dShape(grid, 1, 0));
    assertRefused("padded image", () -> new Conv2dShape(grid, 300_000, 1));
    assertRefused("output image", () -> new Conv2dShape(grid, 1, 300_000));
    assertRefused("weight", () -> new Conv2dShape(grid, 100_000, 100_000));
  }
}
