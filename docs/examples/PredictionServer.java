import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lanewise.layers.Network;
import dev.lanewise.layers.Predictor;
import dev.lanewise.layers.data.DataException;
import dev.lanewise.layers.data.PictureFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Executors;

/**
 * Classifies pictures that are sent to it, by the JDK's own HTTP server.
 *
 * <pre>
 * curl --data-binary @digit.png http://localhost:8080/classify
 * </pre>
 */
public class PredictionServer {
  private static final int MOST_BYTES = 1 << 20; // of a picture's file
  private static final int MOST_PIXELS = 1 << 20; // which bound the memory of a request

  private final Predictor predictor; // for all threads: at most one call per processor runs

  private PredictionServer(Predictor predictor) {
    this.predictor = predictor;
  }

  public static void main(String[] args) throws IOException {
    Network network = Network.load(Path.of(args[0]));
    HttpServer server = start(new Predictor(network), Integer.parseInt(args[1]));
    System.out.println("listening on " + server.getAddress());
  }

  static HttpServer start(Predictor predictor, int port) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    HttpServer server = HttpServer.create(address, 0);
    server.createContext("/classify", new PredictionServer(predictor)::handle);
    server.setExecutor(Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors()));
    server.start();
    return server;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange;
        InputStream body = exchange.getRequestBody()) {
      byte[] content = body.readNBytes(MOST_BYTES + 1);
      if (!exchange.getRequestMethod().equals("POST")) {
        answer(exchange, 405, "send a picture by POST");
      } else if (content.length > MOST_BYTES) {
        answer(exchange, 413, "a picture may have " + MOST_BYTES + " bytes");
      } else {
        classify(exchange, content);
      }
    }
  }

  private void classify(HttpExchange exchange, byte[] content) throws IOException {
    float[] image;
    try {
      PictureFile file = PictureFile.of(content);
      if ((long) file.height() * file.width() > MOST_PIXELS) {
        answer(exchange, 413, "a picture may have " + MOST_PIXELS + " pixels");
        return;
      }
      image = predictor.image(file.decode());
    } catch (DataException | IllegalArgumentException e) { // no picture, or of another size
      answer(exchange, 400, e.getMessage());
      return;
    }
    int[] best = new int[1];
    float[] probability = new float[1];
    predictor.top(1, image, 1, best, probability);
    answer(exchange, 200, String.format(Locale.ROOT, "class %d, %.4f", best[0], probability[0]));
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
