// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.run.Floats;
import dev.lanewise.engine.shape.Window;
import dev.lanewise.layers.Conv2d;
import dev.lanewise.layers.Dense;
import dev.lanewise.layers.Flatten;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Relu;
import dev.lanewise.layers.Residual;
import dev.lanewise.layers.Sequential;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.tensorboard.schema.EventProto.DataType;
import dev.lanewise.tensorboard.schema.EventProto.Event;
import dev.lanewise.tensorboard.schema.EventProto.GraphDef;
import dev.lanewise.tensorboard.schema.EventProto.NodeDef;
import dev.lanewise.tensorboard.schema.EventProto.SessionLog;
import dev.lanewise.tensorboard.schema.EventProto.Summary;
import dev.lanewise.tensorboard.schema.EventProto.TensorShape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

final class SummaryWriterTest {
  @TempDir Path folder;

  private SummaryWriter writer() throws IOException {
    return new SummaryWriter(folder.resolve("run"));
  }

  private List<Event> events() throws IOException {
    return Events.of(folder.resolve("run"));
  }

  private static BufferedImage picture(Summary.Image image) throws IOException {
    BufferedImage picture = ImageIO.read(image.getEncodedImageString().newInput());
    assertEquals(picture.getWidth(), image.getWidth());
    assertEquals(picture.getHeight(), image.getHeight());
    return picture;
  }

  @Test
  void figuresTextsAndMarks() throws IOException {
    try (SummaryWriter writer = writer()) {
      writer.scalar("a/b", 0, 0.1);
      writer.scalar("a/b", 1L << 40, Double.NaN);
      writer.restart(7);
      writer.text("note", 3, "# Grüße");
      writer.flush();
    }
    List<Event> events = events();

    assertEquals(5, events.size());
    assertEquals(List.of(0L, 1L << 40), Events.steps(events, "a/b"));
    List<Event> scalars = Events.of(events, "a/b");
    assertEquals(0.1f, scalars.get(0).getSummary().getValue(0).getSimpleValue());
    assertEquals(Float.NaN, scalars.get(1).getSummary().getValue(0).getSimpleValue());
    assertEquals(SessionLog.Status.START, events.get(3).getSessionLog().getStatus());
    assertEquals(7, events.get(3).getStep());
    Summary.Value text = Events.value(events, "note");
    assertEquals("text", text.getMetadata().getPluginData().getPluginName());
    assertEquals(DataType.STRING, text.getTensor().getDtype());
    assertEquals("# Grüße", text.getTensor().getStringVal(0).toStringUtf8());
  }

  @Test
  void valuesThatAreNotFiniteAreCounted() throws IOException {
    try (SummaryWriter writer = writer()) {
      assertEquals(
          2, writer.histogram("h", 4, Floats.of(1, Float.NaN, 2, Float.NEGATIVE_INFINITY)));
      assertEquals(1, writer.histogram("none", 4, Floats.of(Float.NaN)));
      assertEquals(0, writer.histogram("empty", 4, Floats.of()));
    }
    List<Event> events = events();

    assertEquals(2, events.size());
    assertEquals(2, Events.value(events, "h").getHisto().getNum());
  }

  @Test
  void imagesStandInRowsAndColumns() throws IOException {
    float[] pixels = new float[3 * 2 * 4];
    pixels[0] = 0.5f; // the first image: row 0, column 0
    pixels[8 + 5] = 7; // the second: row 1, column 1
    pixels[16 + 3] = Float.NaN;
    pixels[16 + 4] = 1;
    try (SummaryWriter writer = writer()) {
      writer.image("sheet", 2, Shape.of(2, 4, 1), pixels);
    }
    Summary.Image image = Events.value(events(), "sheet").getImage();

    assertEquals(1, image.getColorspace());
    BufferedImage sheet = picture(image);
    assertEquals(4 + 2 + 4, sheet.getWidth());
    assertEquals(2 + 2 + 2, sheet.getHeight());
    assertEquals(128, sheet.getRaster().getSample(0, 0, 0));
    assertEquals(0, sheet.getRaster().getSample(1, 0, 0));
    assertEquals(255, sheet.getRaster().getSample(6 + 1, 1, 0));
    assertEquals(0, sheet.getRaster().getSample(3, 4, 0));
    assertEquals(255, sheet.getRaster().getSample(0, 5, 0));
    assertEquals(0xD8, sheet.getRaster().getSample(4, 0, 0), "between images");
    assertEquals(0xD8, sheet.getRaster().getSample(9, 5, 0), "where there is none");
  }

  @Test
  void coloursAndOpacityAsBytes() throws IOException {
    byte[] rgb = {(byte) 200, 100, 0, 1, 2, 3};
    byte[] rgba = {(byte) 255, 128 - 1, 3, (byte) 129};
    try (SummaryWriter writer = writer()) {
      writer.image("rgb", 0, Shape.of(1, 2, 3), rgb);
      writer.image("rgba", 0, Shape.of(1, 1, 4), rgba);
    }
    List<Event> events = events();

    BufferedImage colours = picture(Events.value(events, "rgb").getImage());
    assertEquals(3, Events.value(events, "rgb").getImage().getColorspace());
    assertEquals(0xFFC86400, colours.getRGB(0, 0));
    assertEquals(0xFF010203, colours.getRGB(1, 0));
    BufferedImage opacity = picture(Events.value(events, "rgba").getImage());
    assertEquals(4, Events.value(events, "rgba").getImage().getColorspace());
    assertEquals(0x81FF7F03, opacity.getRGB(0, 0));
  }

  @Test
  void aNetworkNestsAsItsNamesDo() throws IOException {
    Network network =
        new Network(
            Shape.of(6, 5, 2),
            new Conv2d(4, Window.same(3)),
            new Residual(new Sequential(new Conv2d(4, Window.same(1)), new Relu())),
            new Flatten(),
            new Dense(3));
    try (SummaryWriter writer = writer()) {
      writer.graph(network);
    }
    GraphDef graph = GraphDef.parseFrom(events().get(1).getGraphDef());

    assertEquals(
        List.of(
            "input <- []",
            "conv2d[0] <- [input]",
            "1/branch/conv2d[0] <- [conv2d[0]]",
            "1/branch/relu[1] <- [1/branch/conv2d[0]]",
            "1/add[add] <- [1/branch/relu[1], conv2d[0]]",
            "flatten[2] <- [1/add[add]]",
            "dense[3] <- [flatten[2]]"),
        graph.getNodeList().stream().map(n -> n.getName() + " <- " + n.getInputList()).toList());
    NodeDef conv = graph.getNode(1);
    assertEquals("conv2d", conv.getOp());
    assertEquals(4, conv.getAttrOrThrow("channels").getI());
    assertEquals(3 * 3 * 2 * 4 + 4, conv.getAttrOrThrow("parameters").getI());
    TensorShape shape = conv.getAttrOrThrow("_output_shapes").getList().getShape(0);
    assertEquals(
        List.of(-1L, 6L, 5L, 4L),
        shape.getDimList().stream().map(TensorShape.Dim::getSize).toList());
    assertFalse(graph.getNode(3).containsAttr("parameters"));
  }

  @Test
  void filesOfOneFolderAreReadInTheirOrder() throws IOException {
    Path run = folder.resolve("run");
    assertFalse(SummaryWriter.hasEvents(run));
    for (int i = 0; i < 3; i++) {
      try (SummaryWriter writer = writer()) {
        assertTrue(SummaryWriter.hasEvents(run));
        writer.scalar("i", i, i);
      }
    }
    List<Path> files = Events.files(run);

    assertEquals(3, files.size());
    for (int i = 0; i < 3; i++) {
      String name = files.get(i).getFileName().toString();
      assertTrue(name.matches("events\\.out\\.tfevents\\.\\d{10}\\.lanewise\\.\\d"), name);
      assertEquals(i, Events.value(Events.read(files.get(i)), "i").getSimpleValue());
    }
  }

  @Test
  void threadsMayWriteAtOnce() throws IOException {
    try (SummaryWriter writer = writer()) {
      IntStream.range(0, 1000)
          .parallel()
          .forEach(
              i -> {
                try {
                  writer.scalar("i", i, i);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
    }
    List<Event> events = Events.of(events(), "i");

    assertEquals(1000, events.stream().map(Event::getStep).distinct().count());
    for (Event event : events) {
      assertEquals(event.getStep(), event.getSummary().getValue(0).getSimpleValue());
    }
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void badInputIsRefusedAndNothingIsWritten() throws IOException {
    try (SummaryWriter writer = writer()) {
      refused("a tag must not be blank", () -> writer.scalar(" ", 1, 1));
      refused("a: a step must be at least 0, but is -1", () -> writer.scalar("a", -1, 1));
      refused(
          "a: a step must be at least 0, but is -2", () -> writer.histogram("a", -2, Floats.of(1)));
      refused("a: a step must be at least 0, but is -3", () -> writer.text("a", -3, ""));
      refused(
          "images of 1, 3 or 4 channels can be shown, but the shape is [2, 2, 2]",
          () -> writer.image("a", 0, Shape.of(2, 2, 2), new float[8]));
      refused(
          "one or more images [2, 2, 1] were expected, but there are 6 values",
          () -> writer.image("a", 0, Shape.of(2, 2, 1), new byte[6]));
      refused(
          "one or more images [2, 2, 1] were expected, but there are 0 values",
          () -> writer.image("a", 0, Shape.of(2, 2, 1), new float[0]));
      refused(
          "a picture has at most 67108864 pixels, but would be 8269x8269",
          () -> writer.image("a", 0, Shape.of(1, 1, 1), new byte[7_600_000]));
    }
    assertEquals(1, events().size());
  }

  @Test
  void aPlaceThatIsNoFolderIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("run"), "");

    IOException e = assertThrows(IOException.class, this::writer);
    assertEquals(file + ": is not a folder to write event files in", e.getMessage());
    assertFalse(SummaryWriter.hasEvents(file));
    assertThrows(IOException.class, () -> new SummaryWriter(file.resolve("below")));
  }
}
