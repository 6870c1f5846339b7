package dev.lanewise.layers;

import dev.lanewise.engine.WorkerTeam;
import dev.lanewise.engine.Workspace;
import java.util.Arrays;
import java.util.List;

/**
 * Consecutive layers that treat every image by itself ({@link PerImage}), divided among the threads
 * by images. A thread takes a few images, a slice, through all of these layers alone: what a layer
 * writes is still in the caches of that processor when the next one reads it, and threads wait for
 * one another once, not for each layer. No result depends on it.
 */
final class Lanes {
  /** 256 KiB, a part of an L2 cache: for the longest activation of a slice. */
  private static final int SLICE_FLOATS = 64 * 1024;

  /** Slices for each thread, at least, while there are images: a thread that is late has less. */
  private static final int SLICES = 4;

  /**
   * Some images.
   *
   * @param workspace of the chain in a training, which belongs to the slice since backward needs to
   *     know what forward did; {@code null} for an inference
   * @param chains one in a training; one for each worker in an inference
   */
  private record Slice(int first, int images, Workspace workspace, Chain[] chains) {}

  private final WorkerTeam team;
  private final PerImage[] whole; // passes for whole batches, which prepare the parameters
  private final Tensor[] gradients;
  private final Workspace[] workers;
  private final Slice[] slices;
  private final WorkerTeam.Task forward = this::forward;
  private final WorkerTeam.Task backwardData = this::backwardData;
  private int batch; // of the running call

  /**
   * @param whole the passes of the layers for the whole batch, all of them {@link PerImage}
   * @param shapes of the activations
   * @param inPlace which layers write where they read
   * @param rectifiers which of those may be left to their neighbours
   * @param activations the inputs of the layers and the last one's output, for the whole batch;
   *     {@code null} where a worker has room of its own, as it has in an inference
   * @param gradients with respect to those; all {@code null} for an inference
   */
  Lanes(
      Layer.Pass[] whole,
      List<Shape> shapes,
      boolean[] inPlace,
      boolean[] rectifiers,
      Tensor[] activations,
      Tensor[] gradients,
      int maxBatch,
      WorkerTeam team) {
    this.team = team;
    this.whole = Arrays.copyOf(whole, whole.length, PerImage[].class);
    this.gradients = gradients;
    boolean training = gradients[whole.length] != null;
    int most = sliceImages(shapes, maxBatch);
    workers = new Workspace[team.threads()];
    Arrays.setAll(workers, worker -> new Workspace(WorkerTeam.single()));
    Layer.Pass[][] passes = new Layer.Pass[workers.length][];
    boolean[] all = new boolean[shapes.size()];
    Arrays.fill(all, true);
    Tensor[][] rooms = new Tensor[workers.length][];
    for (int worker = 0; worker < workers.length && !training; worker++) {
      passes[worker] = lanePasses(most, workers[worker]);
      rooms[worker] = new Rooms(shapes, inPlace, most).inTurn(all);
    }
    int perThread = Math.ceilDiv(Math.ceilDiv(maxBatch, most), team.threads());
    slices = new Slice[Math.min(perThread * team.threads(), maxBatch)]; // as many for each
    for (int s = 0; s < slices.length; s++) {
      int first = (int) ((long) maxBatch * s / slices.length);
      int images = (int) ((long) maxBatch * (s + 1) / slices.length) - first;
      Tensor[] x = views(activations, shapes, first, images);
      Tensor[] dx = views(gradients, shapes, first, images);
      Workspace workspace = training ? Workspace.borrower() : null;
      Chain[] chains = new Chain[training ? 1 : workers.length];
      for (int c = 0; c < chains.length; c++) {
        Layer.Pass[] own = training ? lanePasses(images, workspace) : passes[c];
        chains[c] = new Chain(own, rectifiers, training ? x : filled(x, rooms[c]), dx);
      }
      slices[s] = new Slice(first, images, workspace, chains);
    }
  }

  private int sliceImages(List<Shape> shapes, int maxBatch) {
    int longest = shapes.stream().mapToInt(Shape::size).max().orElse(1);
    return Math.clamp(
        Math.min(SLICE_FLOATS / longest, maxBatch / (SLICES * team.threads())), 1, maxBatch);
  }

  private Layer.Pass[] lanePasses(int images, Workspace workspace) {
    return Arrays.stream(whole).map(p -> p.lane(images, workspace)).toArray(Layer.Pass[]::new);
  }

  /** Some images of tensors; {@code null} where there is none. */
  private static Tensor[] views(Tensor[] all, List<Shape> shapes, int first, int images) {
    Tensor[] views = new Tensor[all.length];
    for (int i = 0; i < all.length; i++) {
      if (all[i] != null) {
        Shape s = shapes.get(i);
        int at = all[i].offset + first * s.size();
        views[i] = new Tensor(all[i].data, at, images, s.height(), s.width(), s.channels());
      }
    }
    return views;
  }

  private static Tensor[] filled(Tensor[] tensors, Tensor[] rooms) {
    Tensor[] filled = tensors.clone();
    Arrays.setAll(filled, i -> tensors[i] == null ? rooms[i] : tensors[i]);
    return filled;
  }

  void forward(int batch) {
    this.batch = batch;
    for (PerImage pass : whole) {
      pass.prepareForward();
    }
    team.run(slices.length, forward);
  }

  private void forward(int index, int worker) {
    Slice slice = slices[index];
    int images = Math.min(slice.images, batch - slice.first);
    if (images > 0) {
      enter(slice, worker).forward(images);
    }
  }

  void backwardData(int batch) {
    this.batch = batch;
    for (int i = 0; i < whole.length; i++) {
      if (gradients[i] != null) {
        whole[i].prepareBackward();
      }
    }
    team.run(slices.length, backwardData);
  }

  private void backwardData(int index, int worker) {
    Slice slice = slices[index];
    int images = Math.min(slice.images, batch - slice.first);
    if (images > 0) {
      enter(slice, worker).backwardData(images);
    }
  }

  private Chain enter(Slice slice, int worker) {
    if (slice.workspace == null) {
      return slice.chains[worker];
    }
    slice.workspace.borrow(workers[worker]);
    return slice.chains[0];
  }
}
