// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/**
 * Draws the line of a training's progress: the share that is done, a bar, and beside it as many
 * figures as leave room for a bar that can be read. Figures are set by one thread and drawn by
 * another.
 */
final class BarLine implements ProgressBarRenderer {
  private static final int LEAST_BAR = 10;

  /** So that a terminal does not wrap the {@code ^C} that it shows for Ctrl-C. */
  private static final int MARGIN = 2;

  /** In their order on the line. */
  private enum Field {
    IMAGES,
    TIME,
    LEFT,
    LOSS,
    SPEED
  }

  /** What is worth most comes first. */
  private static final List<Field> BY_WORTH =
      List.of(Field.LEFT, Field.LOSS, Field.IMAGES, Field.SPEED, Field.TIME);

  private record Figures(double loss, double speed, Optional<Duration> left) {}

  private volatile Figures figures;

  /**
   * Sets what is shown beside the bar.
   *
   * @param loss the mean loss of the epoch so far
   * @param speed images per second
   * @param left how long it will go on, if that can be said
   */
  void show(double loss, double speed, Optional<Duration> left) {
    figures = new Figures(loss, speed, left);
  }

  @Override
  public String render(ProgressState state, int columns) {
    return line(state.getCurrent(), state.getMax(), state.getTotalElapsed(), columns - MARGIN);
  }

  /** The line; it fills the columns, so that nothing of the former one stays visible. */
  String line(long images, long all, Duration elapsed, int columns) {
    Figures shown = figures;
    String share = String.format(Locale.ROOT, " %3d%%", 100 * images / Math.max(1, all));
    int room = columns - share.length() - " []".length();
    List<Field> fields = new ArrayList<>();
    for (Field field : BY_WORTH) {
      int length = text(field, shown, images, all, elapsed).length();
      if (room - length < LEAST_BAR) {
        break;
      }
      room -= length;
      fields.add(field);
    }
    if (room < 1) {
      return share;
    }
    int full = (int) (room * images / Math.max(1, all));
    StringBuilder line = new StringBuilder(share).append(" [").append("=".repeat(full));
    line.append(full < room ? ">" : "").append(" ".repeat(Math.max(0, room - full - 1)));
    line.append(']');
    for (Field field : Field.values()) {
      line.append(fields.contains(field) ? text(field, shown, images, all, elapsed) : "");
    }
    return line.toString();
  }

  private static String text(
      Field field, Figures figures, long images, long all, Duration elapsed) {
    boolean known = figures != null && figures.left.isPresent();
    return switch (field) {
      case IMAGES -> // as wide at the beginning as at the end
          String.format(Locale.ROOT, "  %" + Long.toString(all).length() + "d/%d", images, all);
      case TIME -> known ? "  after " + clock(elapsed.toSeconds()) : "";
      case LEFT ->
          known
              ? "  " + clock(Math.ceilDiv(figures.left.get().toMillis(), 1000)) + " left"
              : "  after " + clock(elapsed.toSeconds());
      case LOSS -> figures == null ? "" : String.format(Locale.ROOT, "  loss %.4f", figures.loss);
      case SPEED ->
          figures == null ? "" : String.format(Locale.ROOT, "  %,.0f images/s", figures.speed);
    };
  }

  /** Such as {@code 0:07}, {@code 12:34} or {@code 1:02:03}. */
  static String clock(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
