package dev.lanewise.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.WorkerTeam;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Parameter;
import dev.lanewise.layers.Tensor;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The bits of trained weights, fixed. The build runs this with either back end and with narrower
 * vectors: one hash for all of them, for any number of threads and every machine.
 */
final class TrainedBitsTest {
  private static final String SIMPLE =
      "237e98b1ae9635162d01549af9a3f08f95e60d27f9a329b5f54289b623bda801";
  private static final String COMPLEX =
      "97488bda23c71dda3d4f2092f01deee17b3c27935b6a70bfc0a2bf80ab832360";
  private static final Trainer.Listener SILENT = new Trainer.Listener() {};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theTrainedBitsDependOnNothingElse(int threads) throws Exception {
    try (WorkerTeam team = new WorkerTeam(threads)) {
      Network simple = TrainerTest.simple(9);
      TrainerTest.trainer(simple, team, 7, 0.05f)
          .fit(2, new Stripes(90, 9, 2), new Stripes(10, 9, 3), SILENT);
      Network complex = TrainerTest.complex(9);
      TrainerTest.trainer(complex, team, 6, 0.05f)
          .fit(1, new Stripes(32, 9, 2), new Stripes(0, 9, 3), SILENT);
      assertEquals(SIMPLE + " " + COMPLEX, hash(simple) + " " + hash(complex));
    }
  }

  private static String hash(Network network) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (Parameter parameter : network.parameters().values()) {
      Tensor value = parameter.value();
      ByteBuffer bytes = ByteBuffer.allocate(4 * value.size());
      for (int i = 0; i < value.size(); i++) {
        bytes.putFloat(value.data[value.offset + i]);
      }
      digest.update(bytes.flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
