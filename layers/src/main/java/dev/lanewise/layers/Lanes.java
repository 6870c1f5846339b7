package dev.lanewise.layers;

import dev.lanewise.engine.run.BatchParts;
import dev.lanewise.engine.run.WorkerTeam;
import dev.lanewise.engine.run.Workspace;
import java.util.Arrays;
import java.util.List;

/**
 * Consecutive layers that treat every image by itself ({@link PerImage}), divided among the threads
 * by images. A thread takes a few images, a slice, through all of these layers alone: what a layer
 * writes is still in the caches of that processor when the next one reads it, and threads wait for
 * one another once, not for each layer. No result depends on it.
 *
 * <p>One thread or two also compute the gradients of the parameters on their way back, each of half
 * the batch: so nothing but the parameters and what forward wrote comes from memory again, and the
 * gradients of a slice need no more room than a slice. More threads than the sums have parts leave
 * those gradients to the layers, afterwards.
 */
final class Lanes {
  /** 256 KiB, a part of an L2 cache: for the longest activation of a slice. */
  private static final int SLICE_FLOATS = 64 * 1024;

  /**
   * Slices for each thread, at least, while there are images: so a thread that is late can be
   * helped (but not with half a batch on the way back, whose sums have an order).
   */
  private static final int SLICES = 4;

  /**
   * Some images.
   *
   * @param workspace of the chain in a training, which belongs to the slice since backward needs to
   *     know what forward did; {@code null} for an inference
   * @param chains one for each worker that has rooms of its own, else one for all
   */
  private record Slice(int first, int images, Workspace workspace, Chain[] chains) {}

  private final WorkerTeam team;
  private final PerImage[] whole; // passes for whole batches, which prepare the parameters
  private final boolean byHalves; // whether threads take half the batch each on the way back
  private final Tensor[] activations;
  private final Tensor[] gradients;
  private final Workspace[] workers;
  private final Slice[] slices;
  private final WorkerTeam.Task forward = this::forward;
  private final WorkerTeam.Task backward = this::backward;
  private final WorkerTeam.Task backwardHalf = this::backwardHalf;
  private int batch; // of the running call
  private int middle; // the first slice of its second half

  /**
   * @param whole the passes of the layers for the whole batch, all of them {@link PerImage}
   * @param shapes of the activations
   * @param inPlace which layers write where they read
   * @param rectifiers which of those may be left to their neighbours
   * @param activations the inputs of the layers and the last one's output, for the whole batch;
   *     {@code null} where a worker has room of its own, as it has in an inference
   * @param gradients with respect to those; all {@code null} for an inference; in a training {@code
   *     null} where a worker has room of its own, and at first if nobody needs it
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
    this.activations = activations;
    this.gradients = gradients;
    boolean training = gradients[whole.length] != null;
    byHalves = training && byHalves(team);
    int most = sliceImages(shapes, maxBatch);
    workers = new Workspace[team.threads()];
    Arrays.setAll(workers, worker -> new Workspace(WorkerTeam.single()));
    boolean[] between = new boolean[shapes.size()];
    Arrays.fill(between, 1, between.length, true);
    Layer.Pass[][] passes = new Layer.Pass[workers.length][];
    Tensor[][] rooms = new Tensor[workers.length][];
    for (int w = 0; w < workers.length; w++) {
      passes[w] = training ? null : lanePasses(most, workers[w]);
      rooms[w] = training && !byHalves ? null : new Rooms(shapes, inPlace, most).inTurn(between);
    }
    int perThread = Math.ceilDiv(Math.ceilDiv(maxBatch, most), team.threads());
    slices = new Slice[Math.min(perThread * team.threads(), maxBatch)]; // as many for each
    for (int s = 0; s < slices.length; s++) {
      int first = (int) ((long) maxBatch * s / slices.length);
      int images = (int) ((long) maxBatch * (s + 1) / slices.length) - first;
      Tensor[] x = views(activations, shapes, first, images);
      Tensor[] dx = views(gradients, shapes, first, images);
      Workspace workspace = training ? Workspace.borrower() : null;
      Layer.Pass[] lane = training ? lanePasses(images, workspace) : null;
      Chain[] chains = new Chain[training && !byHalves ? 1 : workers.length];
      for (int c = 0; c < chains.length; c++) {
        chains[c] =
            training
                ? new Chain(lane, rectifiers, x, byHalves ? filled(dx, rooms[c]) : dx)
                : new Chain(passes[c], rectifiers, filled(x, rooms[c]), dx);
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

  /** Adds to the gradients of the parameters, and computes that of the input if it is wanted. */
  void backward(int batch) {
    this.batch = batch;
    for (PerImage pass : whole) {
      if (ofLanes(pass)) {
        pass.beginParameters(batch);
      }
    }
    for (int i = gradients[0] == null ? 1 : 0; i < whole.length; i++) {
      whole[i].prepareBackward();
    }
    if (byHalves) {
      middle = slices.length;
      for (int s = 0; s < slices.length; s++) {
        middle = slices[s].first == BatchParts.first(1, batch) ? s : middle;
      }
      team.run(BatchParts.COUNT, backwardHalf);
    } else {
      team.run(slices.length, backward);
    }
    for (int i = 0; i < whole.length; i++) {
      if (ofLanes(whole[i])) {
        whole[i].endParameters();
      } else {
        whole[i].backwardParameters(batch, activations[i], gradients[i + 1]);
      }
    }
  }

  /** Whether threads take half the batch each on the way back. */
  static boolean byHalves(WorkerTeam team) {
    return BatchParts.occupy(BatchParts.COUNT, team);
  }

  private boolean ofLanes(PerImage pass) {
    return byHalves && pass.parametersByLanes();
  }

  /** Where a slice lies in both halves, as in a last, smaller batch, one task takes all slices. */
  private void backwardHalf(int half, int worker) {
    int end = half == 0 ? middle : slices.length;
    for (int s = half == 0 ? 0 : middle; s < end; s++) {
      backward(s, worker);
    }
  }

  private void backward(int index, int worker) {
    Slice slice = slices[index];
    int images = Math.min(slice.images, batch - slice.first);
    if (images > 0) {
      enter(slice, worker).backwardLane(slice.first, images, byHalves);
    }
  }

  private Chain enter(Slice slice, int worker) {
    if (slice.workspace != null) {
      slice.workspace.borrow(workers[worker]);
    }
    return slice.chains[slice.chains.length == 1 ? 0 : worker];
  }
}
