// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.tensorboard;

import com.google.protobuf.ByteString;
import dev.lanewise.engine.run.Floats;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.graph.Shape;
import dev.lanewise.tensorboard.schema.EventProto.DataType;
import dev.lanewise.tensorboard.schema.EventProto.Event;
import dev.lanewise.tensorboard.schema.EventProto.Histogram;
import dev.lanewise.tensorboard.schema.EventProto.SessionLog;
import dev.lanewise.tensorboard.schema.EventProto.Summary;
import dev.lanewise.tensorboard.schema.EventProto.SummaryMetadata;
import dev.lanewise.tensorboard.schema.EventProto.Tensor;
import dev.lanewise.tensorboard.schema.EventProto.TensorShape;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Writes an event file, which TensorBoard shows: figures, histograms, images, texts, the graph of a
 * network. {@code tensorboard --logdir runs} compares the runs in the folders below {@code runs}.
 *
 * <pre>{@code
 * try (SummaryWriter writer = new SummaryWriter(Path.of("runs", "first"))) {
 *   writer.graph(network);
 *   writer.scalar("loss/train", step, loss);
 *   writer.histogram("weights/0.weight", step, network.parameters().get("0.weight").value());
 * }
 * }</pre>
 *
 * <p>What is written belongs to a tag; TensorBoard groups tags by what stands before the first
 * slash. Steps are whole numbers from 0 on, and should not fall within a file. Each record is in
 * the file, whole, when a method returns; a process that is killed leaves all of them. Thread-safe;
 * a thread that is interrupted while it writes closes the writer, as it would a {@link
 * java.nio.channels.FileChannel}.
 *
 * <p>The messages are those of TensorFlow's event files, with classes that protoc makes; the frame
 * of a record is that of TFRecord.
 */
public final class SummaryWriter implements AutoCloseable {
  private static final String VERSION = "brain.Event:2";

  /** TensorBoard knows event files by this part of their names, and reads them in order. */
  private static final String KIND = "tfevents";

  private static final int BYTE = 255;
  private static final double MILLI = 1e-3;

  private final RecordFile file;

  /**
   * Begins a file in a folder, beside those that are there.
   *
   * @param folder of one run; it is made if it is not there
   * @throws IOException if no file can be made there
   */
  public SummaryWriter(Path folder) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(folder + ": is not a folder to write event files in", e);
    }
    file = newFile(folder);
    try {
      write(event(0).setFileVersion(VERSION));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static RecordFile newFile(Path folder) throws IOException {
    String name =
        String.format(
            Locale.ROOT, "events.out.%s.%010d.lanewise", KIND, System.currentTimeMillis() / 1000);
    for (int i = 0; ; i++) {
      try {
        return RecordFile.create(folder.resolve(name + "." + i));
      } catch (FileAlreadyExistsException e) {
        // of the same second
      }
    }
  }

  /**
   * Whether a folder has event files.
   *
   * @param folder any folder; one that is not there has none
   * @return whether TensorBoard would see a run in it
   * @throws IOException if it cannot be read
   */
  public static boolean hasEvents(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.getFileName().toString().contains(KIND));
    }
  }

  private static Event.Builder event(long step) {
    return Event.newBuilder().setWallTime(System.currentTimeMillis() * MILLI).setStep(step);
  }

  private void write(Event.Builder event) throws IOException {
    file.append(event.build().toByteArray());
  }

  private void write(String tag, long step, Summary.Value.Builder value) throws IOException {
    write(event(step).setSummary(Summary.newBuilder().addValue(value.setTag(tag))));
  }

  private static void require(String tag, long step) {
    if (tag.isBlank()) {
      throw new IllegalArgumentException("a tag must not be blank");
    }
    if (step < 0) {
      throw new IllegalArgumentException(tag + ": a step must be at least 0, but is " + step);
    }
  }

  /**
   * Says that what earlier files of the folder have from a step on does not count: this training
   * goes on before it.
   *
   * @param step the first one that is void
   * @throws IllegalArgumentException if the step is negative
   * @throws IOException if the file cannot be written
   */
  public void restart(long step) throws IOException {
    require("restart", step);
    SessionLog start = SessionLog.newBuilder().setStatus(SessionLog.Status.START).build();
    write(event(step).setSessionLog(start));
  }

  /**
   * A point of a curve.
   *
   * @param tag such as {@code loss/train}
   * @param step where
   * @param value kept as a float; may be NaN or infinite
   * @throws IllegalArgumentException if the tag is blank or the step negative
   * @throws IOException if the file cannot be written
   */
  public void scalar(String tag, long step, double value) throws IOException {
    require(tag, step);
    write(tag, step, Summary.Value.newBuilder().setSimpleValue((float) value));
  }

  /**
   * How values are distributed. Those that are not finite are left out; where none is, nothing is
   * written.
   *
   * @param tag such as {@code weights/0.weight}
   * @param step when
   * @param values the values
   * @return how many were left out
   * @throws IllegalArgumentException if the tag is blank or the step negative
   * @throws IOException if the file cannot be written
   */
  public int histogram(String tag, long step, Floats values) throws IOException {
    require(tag, step);
    Histogram histogram = Histograms.of(values);
    if (histogram == null) {
      return values.size();
    }
    write(tag, step, Summary.Value.newBuilder().setHisto(histogram));
    return values.size() - (int) histogram.getNum();
  }

  /**
   * One image, or several side by side in one picture.
   *
   * @param tag such as {@code images/train}
   * @param step when
   * @param shape of an image: 1 channel for grey, 3 for red, green and blue, 4 with opacity
   * @param pixels {@code [N, H, W, C]} of at least one image, from 0 to 1; what is outside counts
   *     as the end nearer to it, NaN as 0
   * @throws IllegalArgumentException if the tag is blank, the step negative, or the pixels are not
   *     those of such images, or make a picture of more than 2^26 pixels
   * @throws IOException if the file cannot be written
   */
  public void image(String tag, long step, Shape shape, float[] pixels) throws IOException {
    require(tag, step);
    Summary.Image image =
        Sheet.of(shape, pixels.length, i -> Math.round(Math.clamp(pixels[i], 0f, 1f) * BYTE));
    write(tag, step, Summary.Value.newBuilder().setImage(image));
  }

  /**
   * One image, or several side by side in one picture.
   *
   * @param tag such as {@code images/train}
   * @param step when
   * @param shape of an image: 1 channel for grey, 3 for red, green and blue, 4 with opacity
   * @param pixels {@code [N, H, W, C]} of at least one image, unsigned
   * @throws IllegalArgumentException if the tag is blank, the step negative, or the pixels are not
   *     those of such images, or make a picture of more than 2^26 pixels
   * @throws IOException if the file cannot be written
   */
  public void image(String tag, long step, Shape shape, byte[] pixels) throws IOException {
    require(tag, step);
    Summary.Image image = Sheet.of(shape, pixels.length, i -> pixels[i] & BYTE);
    write(tag, step, Summary.Value.newBuilder().setImage(image));
  }

  /**
   * A text.
   *
   * @param tag such as {@code summary}
   * @param step when
   * @param markdown the text, which TensorBoard shows as Markdown
   * @throws IllegalArgumentException if the tag is blank or the step negative
   * @throws IOException if the file cannot be written
   */
  public void text(String tag, long step, String markdown) throws IOException {
    require(tag, step);
    SummaryMetadata metadata =
        SummaryMetadata.newBuilder()
            .setPluginData(SummaryMetadata.PluginData.newBuilder().setPluginName("text"))
            .setDataClass(SummaryMetadata.DataClass.TENSOR)
            .build();
    Tensor text =
        Tensor.newBuilder()
            .setDtype(DataType.STRING)
            .setTensorShape(
                TensorShape.newBuilder().addDim(TensorShape.Dim.newBuilder().setSize(1)))
            .addStringVal(ByteString.copyFromUtf8(markdown))
            .build();
    write(tag, step, Summary.Value.newBuilder().setMetadata(metadata).setTensor(text));
  }

  /**
   * The layers of a network, with their attributes, shapes and numbers of parameters. A run has one
   * graph: the last one counts.
   *
   * @param network the network
   * @throws IOException if the file cannot be written
   */
  public void graph(Network network) throws IOException {
    write(event(0).setGraphDef(Diagram.of(network.graph()).toByteString()));
  }

  /**
   * Forces what has been written to the disk, so that it outlives the machine.
   *
   * @throws IOException if that fails
   */
  public void flush() throws IOException {
    file.force();
  }

  /**
   * Closes the file.
   *
   * @throws IOException if that fails
   */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
