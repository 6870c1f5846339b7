// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageTest {
  /** None of these may get as far as the data: there is none in this folder. */
  @TempDir Path noData;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --epochs 0                     | --epochs must be at least 1, but is 0
          --epochs -3                    | --epochs must be at least 1, but is -3
          --epochs many                  | 'many' is not an int
          --epochs                       | Missing required parameter for option '--epochs'
          --epochs 1 --epochs 2          | '--epochs' (<count>) should be specified only once
          --batch-size 0                 | --batch-size must be at least 1, but is 0
          --learning-rate 0              | --learning-rate must be a finite number above 0, but is 0
          --learning-rate -0.1           | above 0, but is -0.1
          --learning-rate NaN            | above 0, but is NaN
          --learning-rate 1e39           | above 0, but is Infinity
          --validation -1                | --validation must be at least 0, but is -1
          --limit 0                      | --limit must be at least 1, but is 0
          --threads 0                    | --threads must be from 1 to 1024, but is 0
          --threads 1025                 | --threads must be from 1 to 1024, but is 1025
          --seed 1.5                     | '1.5' is not a long
          --white 0                      | --white must be a finite number above 0, but is 0
          --white NaN                    | --white must be a finite number above 0, but is NaN
          --white=-1                     | --white must be a finite number above 0, but is -1
          --image-shape 28               | such as 28x28 or 32x32x3, but is '28'
          --image-shape 0x28             | such as 28x28 or 32x32x3, but is '0x28'
          --image-shape 99999x99999x9    | such as 28x28 or 32x32x3, but is '99999x99999x9'
          --model large                  | --model must be one of simple, complex, lenet5,
          --model relu,,dense            | at character 6 of the list of layers there is none
          --recipe slow                  | expected one of [article-simple, article-complex, fast, best, resnet20, cifar], but is 'slow'
          --recipe best --model resnet20 | --recipe best does not train --model resnet20: omit it
          --save same --metrics ./same   | --save and --metrics are the same file
          --save same --tensorboard ./same | --save and --tensorboard are in the same place: same
          --checkpoint-every 5           | --checkpoint-every needs --checkpoint or --resume
          --checkpoint c --checkpoint-every 0 | --checkpoint-every must be at least 1, but is 0
          --checkpoint c --epochs 20001  | --epochs must be at most 20000 with checkpoints, but is 20001
          --checkpoint a --resume b      | --checkpoint and --resume are different folders
          --frobnicate                   | '--frobnicate'
          --epochs 1 surplus             | 'surplus'
          --epoch 3                      | unknown option '--epoch'; did you mean '--epochs'?
          --epoch=3                      | unknown option '--epoch'; did you mean '--epochs'?
          --EPOCHS 3                     | unknown option '--EPOCHS'; did you mean '--epochs'?
          --learnign-rate 1              | did you mean '--learning-rate'?
          --learning_rate 1              | did you mean '--learning-rate'?
          --batch 5                      | did you mean '--batch-size'?
          --check c                      | did you mean '--checkpoint'?
          -epochs 3                      | did you mean '--epochs'?
          --weights w                    | unknown option '--weights'; it belongs to evaluate, predict, serve, summary, profile and export
          epochs 3                       | unexpected argument 'epochs'; did you mean '--epochs'?
          evaluate                       | unexpected argument 'evaluate'; a command comes first
          --lr 0                         | --learning-rate must be a finite number above 0, but is 0
          --lr 1 --learning-rate 1       | '--learning-rate' (<rate>) should be specified only once
          --split half                   | expected one of [last, stratified], but is 'half'
          """)
  void trainRejects(String args, String message) {
    assertRejected("mnist-app train", message, ("--data " + noData + " " + args).split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          evaluate --weights                | Missing required parameter for option '--weights'
          evaluate --weights w --threads 0  | --threads must be from 1 to 1024
          evaluate --weights w --transpose  | are for a folder in --data
          evaluate --weights w --white 1 --data mnist | are for a folder in --data
          evaluate --weights w --epochs 3   | unknown option '--epochs'; it belongs to train
          evaluate --weight w               | unknown option '--weight'; did you mean '--weights'?
          """)
  void evaluateRejects(String args, String message) {
    assertRejected("mnist-app evaluate", message, args.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          predict                                | Missing required parameter: '<image>'
          predict --weights w                    | Missing required parameter: '<image>'
          predict --weights w --threads 0 p.png  | --threads must be from 1 to 1024
          predict --weights w --data d p.png     | '--data'
          """)
  void predictRejects(String args, String message) {
    assertRejected("mnist-app predict", message, args.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          serve --port 65536    | --port must be from 0 to 65535, but is 65536
          serve --port -1       | --port must be from 0 to 65535, but is -1
          serve --port high     | 'high' is not an int
          serve --threads 0     | --threads must be from 1 to 1024
          serve --white 1       | are for a folder in --data
          serve --wide          | '--wide'
          """)
  void serveRejects(String args, String message) {
    assertRejected("mnist-app serve", message, args.split(" "));
  }

  @Test
  void aPortThatIsTakenIsSaidInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Run run = Run.of("serve", "--port", taken.getLocalPort());

      assertEquals(4, run.code(), run.err());
      assertEquals(1, run.errLines().size(), run.err());
      assertTrue(run.err().contains("another program does; --port chooses another"), run.err());
    }
  }

  @Test
  void rejectsUnknownCommands() {
    assertRejected("mnist-app", "'trian'", "trian", "--epochs", "1");
    assertRejected("mnist-app", "unknown command 'trian'; did you mean 'train'?", "trian");
    assertRejected("mnist-app", "did you mean 'evaluate'?", "eval", "--weights", "w");
    assertRejected("mnist-app", "did you mean 'predict'?", "Predict");
    String all =
        "unknown command 'digit.png'; expected one of train, evaluate, predict, serve, summary,"
            + " profile, export, import, data, completion, demo, help";
    assertRejected("mnist-app", all, "digit.png");
  }

  @Test
  void lineBreaksInArgumentsDoNotBreakTheLine() {
    assertRejected("mnist-app train", "'1 2 [31m3'", "--epochs", "1\r\n2\u001b[31m3");
  }

  private static void assertRejected(String command, String message, String... args) {
    Run run = Run.of((Object[]) args);

    assertEquals(2, run.code(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.errLines().size(), run.err());
    String line = run.errLines().get(0);
    assertTrue(line.startsWith(command + ": "), line);
    assertTrue(line.contains(message), line);
    assertTrue(line.endsWith(" (see '" + command + " --help')"), line);
  }
}
