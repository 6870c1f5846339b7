// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.mnist.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;

/**
 * What a request gets.
 *
 * @param status of HTTP
 * @param type of the content
 * @param content the bytes; not copied
 */
record Answer(int status, String type, byte[] content) {
  static final String JSON = "application/json";
  private static final String BINARY = "application/octet-stream";

  static Answer of(JsonNode json) {
    return of(200, json);
  }

  static Answer of(int status, JsonNode json) {
    return new Answer(status, JSON, json.toString().getBytes(StandardCharsets.UTF_8));
  }

  static Answer of(Message message) {
    return new Answer(200, BINARY, message.bytes());
  }
}
