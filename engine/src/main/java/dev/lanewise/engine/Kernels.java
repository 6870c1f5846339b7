package dev.lanewise.engine;

/**
 * What a back end must offer: the arithmetic of the engine, on one thread.
 *
 * <p>Two back ends exist, {@code dev.lanewise.engine.simd} on the Vector API and {@code
 * dev.lanewise.engine.reference} in plain loops, and they agree bit for bit: NaN, infinities, -0.0
 * and denormals included (one NaN counts as equal to another). Each output element is a fixed chain
 * of operations, written down below, in which every product is a fused multiply-add; neither the
 * number of lanes nor the size of a tile changes it.
 *
 * <p>Kernels trust their callers. The facades in this package have checked shapes, offsets and
 * overlap: unless said otherwise an output shares no element with an input. Kernels allocate
 * nothing and may run in several threads at once on different outputs.
 *
 * <p>Library users call the facades; this interface is public only because the back ends live in
 * packages of their own.
 */
public interface Kernels {
  /**
   * Says which back end this is.
   *
   * @return a short description for people, such as {@code Vector API, 512 bits}
   */
  String description();

  /**
   * How many floats the back end's vectors hold.
   *
   * @return the lanes; 1 for plain Java. Results never depend on it
   */
  int lanes();

  /**
   * The strided matrix product that everything rests on.
   *
   * <pre>C[i][j] = D[i][j] + sum over p of A[i][p] * B[p][j],   i &lt; m, j &lt; n, p &lt; k</pre>
   *
   * <p>The chain of an element starts from D and takes p in ascending order: {@code c = d[i][j]},
   * then {@code c = fma(A[i][p], B[p][j], c)}. A long sum may therefore be cut anywhere and
   * continued by a second call with D = C, without changing a bit.
   *
   * <p>Layouts: {@code A[i][p] = a[aOff + i * rsA + p * csA]} with any two strides, so that A may
   * be a transposed matrix or an image seen as overlapping rows; {@code B[p][j] = b[bOff + p * ldb
   * + j]}; {@code C[i][j] = c[cOff + i * ldc + j]}; {@code D[i][j] = d[dOff + i * ldd + j]}. With
   * {@code d == null} D is zero; with {@code ldd == 0} it is a row (a bias) for every i. D may be C
   * itself, with the same offset and stride. C shares no element with A or B.
   *
   * @param m rows of C
   * @param n columns of C
   * @param k terms of each sum; 0 copies D to C
   * @param a holds A
   * @param aOff index of A[0][0]
   * @param rsA distance between rows of A
   * @param csA distance between columns of A
   * @param b holds B
   * @param bOff index of B[0][0]
   * @param ldb distance between rows of B
   * @param d holds D, or {@code null} for zeros
   * @param dOff index of D[0][0]
   * @param ldd distance between rows of D
   * @param c receives C
   * @param cOff index of C[0][0]
   * @param ldc distance between rows of C
   */
  void gemm(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int rsA,
      int csA,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      int ldd,
      float[] c,
      int cOff,
      int ldc);

  /**
   * The product of a matrix whose columns begin anywhere, such as the planes that the taps of a
   * kernel see of an image.
   *
   * <pre>C[i][j] = D[j] + sum over t of T[t][i] * B[t][j],   i &lt; m, j &lt; n, t &lt; k
   * T[t][i] = a[aOff + taps[t] + i]</pre>
   *
   * <p>The chain of an element is that of {@link #gemm} with T transposed as A. B and C are
   * contiguous.
   *
   * @param m rows of C: pixels
   * @param n columns of C
   * @param k terms of each sum: taps
   * @param a holds T
   * @param aOff where its offsets count from
   * @param taps where the run of each tap begins, k or more
   * @param b {@code [k, n]}
   * @param bOff its first element
   * @param d D[j], a row for every i, or {@code null} for zeros
   * @param dOff its first element
   * @param c {@code [m, n]}
   * @param cOff its first element
   */
  void tapProduct(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      float[] b,
      int bOff,
      float[] d,
      int dOff,
      float[] c,
      int cOff);

  /** Columns of a {@link #planeProduct} come in multiples of this. */
  int PLANE_LANES = 32;

  /**
   * The product with a matrix whose rows begin anywhere, such as what the taps of a kernel see of
   * planes.
   *
   * <pre>
   * C[i][j] = D[i] + sum over t of A[i][t] * b[bOff + taps[t] + j],   i &lt; m, j &lt; n, t &lt; k
   * </pre>
   *
   * <p>The chain of an element is that of {@link #gemm}. A is contiguous.
   *
   * @param m rows of C
   * @param n columns of C, a multiple of {@link #PLANE_LANES}
   * @param k terms of each sum: taps
   * @param a {@code [m, k]}
   * @param aOff its first element
   * @param b holds B
   * @param bOff where its offsets count from
   * @param taps where each row of B begins, k or more
   * @param d {@code [m]}, for every column of C, or {@code null} for zeros
   * @param dOff its first element
   * @param c C[i][j] is {@code c[cOff + i * ldc + j]}
   * @param cOff index of C[0][0]
   * @param ldc distance between rows of C
   */
  void planeProduct(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int[] taps,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      int ldc);

  /**
   * The product of a matrix whose rows begin anywhere, such as the planes that the taps of a kernel
   * see of an image, added to C.
   *
   * <pre>C[t][j] = C[t][j] + sum over i of T[t][i] * B[i][j],   t &lt; m, j &lt; n, i &lt; k
   * T[t][i] = a[aOff + taps[first + t] + i]</pre>
   *
   * <p>The chain of an element is that of {@link #gemm} with T as A and D = C.
   *
   * @param m rows of C: taps
   * @param n columns of C
   * @param k terms of each sum: pixels
   * @param a holds T
   * @param aOff where its offsets count from
   * @param taps where the run of each tap begins
   * @param first the tap of the first row
   * @param b {@code [k, n]}
   * @param bOff its first element
   * @param c {@code [m, n]}
   * @param cOff its first element
   */
  void tapGradient(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int[] taps,
      int first,
      float[] b,
      int bOff,
      float[] c,
      int cOff);

  /**
   * How many columns of B are best copied to lie together for a {@link #gemm} of a transposed A, so
   * that its rows are no longer than a tile is wide.
   *
   * @param n columns of B
   * @return a divisor of n; n itself where a copy gains nothing. Results never depend on it
   */
  int panel(int n);

  /**
   * Copies a matrix transposed: {@code y[yOff + j * ldy + i] = x[xOff + i * ldx + j]}.
   *
   * @param m rows of x
   * @param n columns of x
   * @param x holds the matrix
   * @param xOff its first element
   * @param ldx distance between rows of x
   * @param y receives the transposed one
   * @param yOff its first element
   * @param ldy distance between rows of y
   */
  void transpose(int m, int n, float[] x, int xOff, int ldx, float[] y, int yOff, int ldy);

  /** Partial sums of an inner product: element p goes to partial sum p mod 16. */
  int DOT_LANES = 16;

  /** Floats of work space for {@link #dot}: the partial sums of 5 rows with 8. */
  int DOT_WORK = 40 * DOT_LANES;

  /**
   * Inner products of the rows of A with the rows of B, for results too narrow for {@link #gemm}.
   *
   * <pre>C[i][j] = D[j] + sum over p of A[i][p] * B[j][p],   i &lt; m, j &lt; n, p &lt; k</pre>
   *
   * <p>The order is fixed, whatever the width of the vectors: {@link #DOT_LANES} chains {@code s[l]
   * = fma(A[i][p], B[j][p], s[l])} from 0 over p = l, l + 16, ...; then halves are added, {@code
   * s[l] + s[l + 8]}, {@code + 4}, {@code + 2}, {@code + 1}; then D is added to the sum.
   *
   * @param m rows of C
   * @param n columns of C
   * @param k terms of each sum
   * @param a A[i][p] is {@code a[aOff + i * lda + p]}
   * @param aOff index of A[0][0]
   * @param lda distance between rows of A
   * @param b B[j][p] is {@code b[bOff + j * ldb + p]}
   * @param bOff index of B[0][0]
   * @param ldb distance between rows of B
   * @param d D[j], a row for every i
   * @param dOff its first element
   * @param c C[i][j] is {@code c[cOff + i * ldc + j]}
   * @param cOff index of C[0][0]
   * @param ldc distance between rows of C
   * @param work {@link #DOT_WORK} floats, of any content, to be overwritten
   */
  void dot(
      int m,
      int n,
      int k,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      float[] d,
      int dOff,
      float[] c,
      int cOff,
      int ldc,
      float[] work);

  /**
   * Adds up columns: {@code sums[j] = sums[j] + x[0][j] + x[1][j] + ...}, from left to right.
   *
   * @param m rows
   * @param n columns
   * @param x the matrix, {@code [m, n]}, contiguous
   * @param xOff its first element
   * @param sums {@code [n]}, added to
   * @param sumsOff its first element
   */
  void addColumnSums(int m, int n, float[] x, int xOff, float[] sums, int sumsOff);

  /**
   * {@code y[i] = max(x[i], 0)}; NaN stays NaN, and -0.0 becomes 0.0. {@code y} may be {@code x}.
   *
   * @param n elements
   * @param x input
   * @param xOff its first element
   * @param y output
   * @param yOff its first element
   */
  void relu(int n, float[] x, int xOff, float[] y, int yOff);

  /**
   * {@code dx[i] = y[i] <= 0 ? 0 : dy[i]}, so the gradient passes where y is NaN. {@code dx} may be
   * {@code dy}, and both may be {@code y}.
   *
   * @param n elements
   * @param y what {@link #relu} gave
   * @param yOff its first element
   * @param dy gradient with respect to y
   * @param dyOff its first element
   * @param dx output
   * @param dxOff its first element
   */
  void reluBackward(int n, float[] y, int yOff, float[] dy, int dyOff, float[] dx, int dxOff);

  /**
   * Max-pools one image. The window takes its pixels in row-major order, padding left out, and
   * keeps the first of equal values; a NaN wins, the last one of several.
   *
   * @param grid where the windows lie; every window holds at least one pixel of the image
   * @param channels C
   * @param x {@code [H, W, C]}
   * @param xOff its first element
   * @param y {@code [OH, OW, C]}
   * @param yOff its first element
   * @param argmax {@code [OH, OW, C]}: the pixel {@code iy * W + ix} that y was taken from
   * @param argmaxOff its first element
   */
  void maxPool(
      WindowGrid grid,
      int channels,
      float[] x,
      int xOff,
      float[] y,
      int yOff,
      int[] argmax,
      int argmaxOff);

  /**
   * The rectifier behind a pooling: where {@code y[i] <= 0}, {@code y[i] = 0} and {@code argmax[i]
   * =} {@link MaxPooling#NOBODY}.
   *
   * @param n elements
   * @param y what {@link #maxPool} gave
   * @param yOff its first element
   * @param argmax likewise
   * @param argmaxOff its first element
   */
  void reluPooled(int n, float[] y, int yOff, int[] argmax, int argmaxOff);

  /**
   * The gradient of {@link #maxPool} for one image: zeros, to which each dy is added at its argmax,
   * outputs in row-major order; where that is {@link MaxPooling#NOBODY}, it is added nowhere.
   *
   * @param grid where the windows lie
   * @param channels C
   * @param dy {@code [OH, OW, C]}
   * @param dyOff its first element
   * @param argmax {@code [OH, OW, C]}
   * @param argmaxOff its first element
   * @param dx {@code [H, W, C]}, overwritten
   * @param dxOff its first element
   */
  void maxPoolBackward(
      WindowGrid grid,
      int channels,
      float[] dy,
      int dyOff,
      int[] argmax,
      int argmaxOff,
      float[] dx,
      int dxOff);

  /**
   * {@code y[i] = exp(x[i] - shift)}, by {@link Exp}'s polynomial. {@code y} may be {@code x}.
   *
   * @param n elements
   * @param x input
   * @param xOff its first element
   * @param shift subtracted from each element
   * @param y output
   * @param yOff its first element
   */
  void exp(int n, float[] x, int xOff, float shift, float[] y, int yOff);

  /**
   * {@code y[i] = fma(a, x[i], y[i])}.
   *
   * @param n elements
   * @param a factor
   * @param x added, times a
   * @param xOff its first element
   * @param y updated
   * @param yOff its first element
   */
  void axpy(int n, float a, float[] x, int xOff, float[] y, int yOff);

  /**
   * One of Winograd's transforms of neighbouring tiles of an image, INPUT or OUTPUT_GRADIENT, for
   * every channel: {@code Y = L X R^T}, L for the rows of the tile and R for its columns. First L
   * is applied down the columns, then R along the rows, each time by the chain of operations that
   * {@link Winograd#apply} writes down.
   *
   * <p>Layouts: {@code X[i][j][c] = x[xOff + i * xRow + j * channels + c]}; each tile begins {@code
   * columns} columns after the one before. {@code Y[i][j][c] = y[yOff + i * yRow + j * yCol + c]};
   * each tile follows the one before at once.
   *
   * @param transform which one
   * @param rows of the output tile: 4 or 2
   * @param columns of the output tile, likewise
   * @param tiles how many, from left to right
   * @param channels a multiple of 16
   * @param x the image
   * @param xOff index of X[0][0][0], which may lie outside the image and the array
   * @param xRow distance between rows of X
   * @param firstRow the first row of X that lies in the image; those before it are zero
   * @param endRow the first row behind, or a larger number; that one and the following are zero
   * @param firstColumn likewise, counted from the first tile
   * @param endColumn likewise
   * @param y output
   * @param yOff index of Y[0][0][0]
   * @param yRow distance between rows of Y
   * @param yCol distance between columns of Y
   * @param work holds {@link Winograd#WORK} floats of work space, overwritten
   * @param workOff its first element
   */
  void winogradOfImage(
      Winograd transform,
      int rows,
      int columns,
      int tiles,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int firstRow,
      int endRow,
      int firstColumn,
      int endColumn,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff);

  /**
   * OUTPUT, of neighbouring tiles, in the same way.
   *
   * <p>Layouts: {@code X[i][j][c] = x[xOff + i * xRow + j * xCol + c]}, each tile follows the one
   * before at once. Y likewise, but each tile begins {@code columns} columns after the one before.
   *
   * @param rows of the output tile: 4 or 2
   * @param columns of the output tile, likewise
   * @param tiles how many, from left to right
   * @param channels a multiple of 16
   * @param x input
   * @param xOff index of X[0][0][0]
   * @param xRow distance between rows of X
   * @param xCol distance between columns of X
   * @param y output
   * @param yOff index of Y[0][0][0]
   * @param yRow distance between rows of Y
   * @param yCol distance between columns of Y; {@code channels} where there are several tiles
   * @param work holds {@link Winograd#WORK} floats of work space, overwritten
   * @param workOff its first element
   */
  void winogradOutput(
      int rows,
      int columns,
      int tiles,
      int channels,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff);

  /**
   * WEIGHT or WEIGHT_GRADIENT, for every pair of an input and an output channel, in the same way.
   *
   * <p>Layouts: {@code X[i][j][p] = x[xOff + i * xRow + j * xCol + p]}, Y likewise.
   *
   * @param transform which one
   * @param pairs a multiple of 16
   * @param x input
   * @param xOff index of X[0][0][0]
   * @param xRow distance between rows of X
   * @param xCol distance between columns of X
   * @param y output
   * @param yOff index of Y[0][0][0]
   * @param yRow distance between rows of Y
   * @param yCol distance between columns of Y
   * @param work holds {@link Winograd#WORK} floats of work space, overwritten
   * @param workOff its first element
   */
  void winogradOfWeights(
      Winograd transform,
      int pairs,
      float[] x,
      int xOff,
      int xRow,
      int xCol,
      float[] y,
      int yOff,
      int yRow,
      int yCol,
      float[] work,
      int workOff);
}
