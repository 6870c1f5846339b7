// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.bench;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;

/**
 * Simulates an exchange of gradients between machines, message by message: each machine owns a
 * range of the elements, gets that range of all others in pieces, adds, and sends the sums to all,
 * as {@code SocketExchange} of Lanewise on Spark does. On each machine one thread writes and reads
 * everything; what it writes goes through its network card, the switch, which delays but never
 * holds up, and the card of the receiver, each at the rate of the network and one message at a
 * time.
 *
 * @param machines how many
 * @param bytes of all gradients
 * @param network what lies between them
 */
record ClusterExchange(int machines, long bytes, Network network) {
  private static final long PIECE = 65_536; // bytes

  /**
   * A network and what it costs to use it. Times are in seconds.
   *
   * @param bytesPerSecond of a card, in each direction
   * @param latency of a message
   * @param perMessage time of a processor to write or to read one
   * @param perByte of it
   */
  record Network(double bytesPerSecond, double latency, double perMessage, double perByte) {}

  /** A piece of a range of elements on its way. */
  private record Message(int from, int to, int piece, boolean sum, long bytes) {}

  /** What a machine has come to at a time: its thread is free, or a message is there. */
  private record Event(double time, long number, int machine, Message arrived)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int order = Double.compare(time, other.time);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  /** A machine in the middle of an exchange. */
  private static final class Machine {
    private final Queue<Message> in = new ArrayDeque<>();
    private final Queue<Message> out = new ArrayDeque<>();
    private final int[] received; // [piece]: from how many others it has come
    private boolean busy;
    private double sending; // when its card is free
    private double receiving;
    private int missing; // sums
    private double done;

    Machine(int pieces, int missing) {
      received = new int[pieces];
      this.missing = missing;
    }
  }

  /**
   * Simulates an exchange.
   *
   * @param ready [machine]: when its gradients are there
   * @return [machine]: when it has the sums
   */
  double[] run(double[] ready) {
    return new Run().run(ready);
  }

  private long range(int machine) {
    return (machine + 1) * bytes / machines - machine * bytes / machines;
  }

  private int pieces(int machine) {
    return (int) Math.max(1, Math.ceilDiv(range(machine), PIECE));
  }

  private long length(int machine, int piece) {
    return Math.min(PIECE, range(machine) - piece * PIECE);
  }

  /** A running exchange. */
  private final class Run {
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Machine[] all = new Machine[machines];
    private long number;

    double[] run(double[] ready) {
      int pieces = 0;
      for (int i = 0; i < machines; i++) {
        pieces += pieces(i);
      }
      for (int i = 0; i < machines; i++) {
        all[i] = new Machine(pieces(i), pieces - pieces(i));
        all[i].done = ready[i];
        for (int k = 1; k < machines; k++) { // each begins with another one
          int to = (i + k) % machines;
          for (int piece = 0; piece < pieces(to); piece++) {
            all[i].out.add(new Message(i, to, piece, false, length(to, piece)));
          }
        }
        all[i].busy = true; // with its gradients
        add(ready[i], i, null);
      }
      while (!events.isEmpty()) {
        Event event = events.remove();
        Machine machine = all[event.machine];
        if (event.arrived == null) {
          machine.busy = false;
        } else {
          machine.in.add(event.arrived);
        }
        if (!machine.busy) {
          work(machine, event.machine, event.time);
        }
      }
      double[] done = new double[machines];
      for (int i = 0; i < machines; i++) {
        done[i] = all[i].done;
      }
      return done;
    }

    private void add(double time, int machine, Message arrived) {
      events.add(new Event(time, number++, machine, arrived));
    }

    private void work(Machine machine, int self, double now) {
      Message message = machine.in.isEmpty() ? machine.out.poll() : machine.in.remove();
      if (message == null) {
        return;
      }
      double end = now + network.perMessage + network.perByte * message.bytes;
      if (message.from == self) {
        transmit(machine, message, end);
      } else if (message.sum) {
        machine.missing--;
      } else if (++machine.received[message.piece] == machines - 1) {
        for (int k = 1; k < machines; k++) {
          int to = (self + k) % machines;
          machine.out.add(new Message(self, to, message.piece, true, message.bytes));
        }
      }
      machine.busy = true;
      machine.done = Math.max(machine.done, end);
      add(end, self, null);
    }

    private void transmit(Machine machine, Message message, double now) {
      double time = message.bytes / network.bytesPerSecond;
      double from = Math.max(now, machine.sending);
      machine.sending = from + time;
      Machine receiver = all[message.to];
      receiver.receiving = Math.max(from + network.latency, receiver.receiving) + time;
      add(receiver.receiving, message.to, message);
    }
  }
}
