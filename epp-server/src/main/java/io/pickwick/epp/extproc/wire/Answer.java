package io.pickwick.epp.extproc.wire;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.pickwick.epp.request.RequestHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One answer to Envoy: {@code envoy.service.ext_proc.v3.ProcessingResponse}, written in place and
 * reused; grpc copies it while it is being sent.
 *
 * <p>Start one with {@link #headers}, {@link #pick}, {@link #chunk}, {@link #body}, {@link
 * #trailers} or {@link #immediate}; each forgets the one before. {@link #usage} adds to it.
 */
public final class Answer extends InputStream implements Drainable, KnownLength {
  /*
   * A message is written from its end to its start: when an inner message is complete its length is
   * known, so the length and tag are simply put before it. A body is not copied: it is a slice that
   * lies behind everything written so far, with at most a short tail behind it, so `size` already
   * counts it when the messages around it are closed.
   *
   *   head[at .. head.length) | slice[offset .. offset + length) | tail
   */
  /** What the Gateway API Inference Extension allows a model's name. */
  private static final int LONGEST_MODEL = 256;

  private static final byte[] EMPTY = {};
  private static final byte[] END_OF_STREAM = {2 << 3, 1};

  // CommonResponse
  private static final int HEADER_MUTATION = 2 << 3 | 2;
  private static final int BODY_MUTATION = 3 << 3 | 2;
  private static final int CLEAR_ROUTE_CACHE = 5 << 3;
  // HeadersResponse, BodyResponse
  private static final int RESPONSE = 1 << 3 | 2;
  // HeaderMutation
  private static final int SET_HEADERS = 1 << 3 | 2;
  private static final int REMOVE_HEADERS = 2 << 3 | 2;
  // HeaderValueOption, HeaderValue
  private static final int HEADER = 1 << 3 | 2;
  private static final int APPEND_ACTION = 3 << 3;
  private static final int OVERWRITE_IF_EXISTS_OR_ADD = 2;
  private static final int KEY = 1 << 3 | 2;
  private static final int RAW_VALUE = 3 << 3 | 2;
  // BodyMutation, StreamedBodyResponse
  private static final int WHOLE_BODY = 1 << 3 | 2;
  private static final int STREAMED_RESPONSE = 3 << 3 | 2;
  private static final int CHUNK = 1 << 3 | 2;
  // ProcessingResponse
  private static final int IMMEDIATE_RESPONSE = 7 << 3 | 2;
  private static final int DYNAMIC_METADATA = 8 << 3 | 2;
  // ImmediateResponse, HttpStatus
  private static final int STATUS = 1 << 3 | 2;
  private static final int HEADERS = 2 << 3 | 2;
  private static final int TEXT = 3 << 3 | 2;
  private static final int DETAILS = 5 << 3 | 2;
  private static final int CODE = 1 << 3;
  // Struct, Value and map entries
  private static final int FIELDS = 1 << 3 | 2;
  private static final int ENTRY_KEY = 1 << 3 | 2;
  private static final int ENTRY_VALUE = 2 << 3 | 2;
  private static final int NUMBER_VALUE = 2 << 3 | 1;
  private static final int STRING_VALUE = 3 << 3 | 2;
  private static final int STRUCT_VALUE = 5 << 3 | 2;

  private static final byte[] REMOVE_CONTROL_HEADERS = removeControlHeaders();

  private byte[] head = new byte[1024];
  private int at = head.length;
  private byte[] slice = EMPTY;
  private int sliceOffset;
  private int sliceLength;
  private byte[] tail = EMPTY;

  private static byte[] removeControlHeaders() {
    Answer answer = new Answer();
    for (String name : Protocol.CONTROL_HEADERS.reversed()) {
      answer.string(REMOVE_HEADERS, name);
    }
    byte[] bytes = new byte[answer.available()];
    System.arraycopy(answer.head, answer.at, bytes, 0, bytes.length);
    return bytes;
  }

  private void clear() {
    at = head.length;
    slice = EMPTY;
    sliceOffset = 0;
    sliceLength = 0;
    tail = EMPTY;
  }

  /** Headers go on as they are. */
  public Answer headers(Direction direction) {
    clear();
    varint(0);
    varint(direction.headersTag);
    return this;
  }

  /** The request's headers go on without those that steer us; where to comes with the body. */
  public Answer strippedHeaders() {
    clear();
    // The route is chosen anew here too: with a partial body Envoy may let the headers go on with
    // the answer to the body before it clears the route that the client's headers chose.
    varint(1);
    varint(CLEAR_ROUTE_CACHE);
    int mark = size();
    raw(REMOVE_CONTROL_HEADERS);
    close(HEADER_MUTATION, mark);
    close(RESPONSE, 0);
    close(Direction.REQUEST.headersTag, 0);
    return this;
  }

  /** The response's headers go on with these set. */
  public Answer responseHeaders(Map<String, String> set) {
    clear();
    if (!set.isEmpty()) {
      set.forEach(this::setHeader);
      close(HEADER_MUTATION, 0);
      close(RESPONSE, 0);
    }
    close(Direction.RESPONSE.headersTag, 0);
    return this;
  }

  /**
   * The request's headers go on to the destination.
   *
   * @param destination one or several {@code ip:port} by commas
   * @param rank the data-parallel rank to ask for; empty when any will do
   * @param requestId the {@code x-request-id} to set; empty when the client sent one
   * @param model the model that the body asks for, told to the gateway's routes if it fits a header
   */
  public Answer pick(String destination, String rank, String requestId, String model) {
    clear();
    route(destination, rank, requestId, model, "");
    close(Direction.REQUEST.headersTag, 0);
    steer(destination);
    return this;
  }

  /** The request's whole body is unchanged and goes, with its headers, on to the destination. */
  public Answer pickWithBody(String destination, String rank, String requestId, String model) {
    clear();
    route(destination, rank, requestId, model, "");
    close(Direction.REQUEST.bodyTag, 0);
    steer(destination);
    return this;
  }

  /**
   * The request's whole body is replaced and goes, with its headers, on to the destination.
   *
   * @param contentLength whether the request must keep an exact content-length
   */
  public Answer pickWithBody(
      String destination,
      String rank,
      String requestId,
      String model,
      byte[] body,
      boolean contentLength) {
    clear();
    slice(body, 0, body.length);
    close(WHOLE_BODY, 0);
    close(BODY_MUTATION, 0);
    route(destination, rank, requestId, model, contentLength ? Integer.toString(body.length) : "");
    close(Direction.REQUEST.bodyTag, 0);
    steer(destination);
    return this;
  }

  private void route(
      String destination, String rank, String requestId, String model, String contentLength) {
    varint(1);
    varint(CLEAR_ROUTE_CACHE);
    int mark = size();
    raw(REMOVE_CONTROL_HEADERS);
    if (!contentLength.isEmpty()) {
      setHeader("content-length", contentLength);
    }
    if (!requestId.isEmpty()) {
      setHeader("x-request-id", requestId);
    }
    if (!rank.isEmpty()) {
      setHeader(RequestHeaders.RANK, rank);
    }
    if (fitsHeader(model)) {
      setHeader(RequestHeaders.MODEL, model);
    }
    setHeader(Protocol.DESTINATION, destination);
    close(HEADER_MUTATION, mark);
    close(RESPONSE, 0);
  }

  /** Printable ASCII, not too long, and no blank at an end, where a proxy may drop it. */
  private static boolean fitsHeader(String model) {
    int length = model.length();
    if (length == 0
        || length > LONGEST_MODEL
        || model.charAt(0) == ' '
        || model.charAt(length - 1) == ' ') {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = model.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }

  private void steer(String destination) {
    int mark = size();
    int entry = size();
    stringField(Protocol.DESTINATION, destination);
    namespace(Protocol.LB_NAMESPACE, entry);
    close(DYNAMIC_METADATA, mark);
  }

  /** A piece of a full duplex body, not copied until it is sent. */
  public Answer chunk(Direction direction, byte[] bytes, int offset, int length, boolean end) {
    clear();
    tail = end ? END_OF_STREAM : EMPTY;
    if (length > 0) {
      slice(bytes, offset, length);
      varint(length);
      varint(CHUNK);
    }
    close(STREAMED_RESPONSE, 0);
    close(BODY_MUTATION, 0);
    close(RESPONSE, 0);
    close(direction.bodyTag, 0);
    return this;
  }

  /** A piece of a body, or a whole one, goes on as it is; not for full duplex. */
  public Answer body(Direction direction) {
    clear();
    close(RESPONSE, 0);
    close(direction.bodyTag, 0);
    return this;
  }

  /**
   * A piece of a body, or a whole one, is replaced; not for full duplex.
   *
   * @param contentLength whether the message must keep an exact content-length
   */
  public Answer body(
      Direction direction, byte[] bytes, int offset, int length, boolean contentLength) {
    clear();
    slice(bytes, offset, length);
    close(WHOLE_BODY, 0);
    close(BODY_MUTATION, 0);
    if (contentLength) {
      int mark = size();
      setHeader("content-length", Integer.toString(length));
      close(HEADER_MUTATION, mark);
    }
    close(RESPONSE, 0);
    close(direction.bodyTag, 0);
    return this;
  }

  /** Trailers go on as they are. */
  public Answer trailers(Direction direction) {
    clear();
    close(direction.trailersTag, 0);
    return this;
  }

  /**
   * The client gets this instead of all else.
   *
   * @param status the HTTP status
   * @param body plain text
   * @param retryAfter seconds for {@code retry-after}; zero for no such header
   * @param details for the access log
   */
  public Answer immediate(int status, String body, int retryAfter, String details) {
    clear();
    string(DETAILS, details);
    string(TEXT, body);
    int mark = size();
    if (retryAfter > 0) {
      setHeader("retry-after", Integer.toString(retryAfter));
    }
    setHeader("content-type", "text/plain");
    close(HEADERS, mark);
    int code = size();
    varint(status);
    varint(CODE);
    close(STATUS, code);
    close(IMMEDIATE_RESPONSE, 0);
    return this;
  }

  /**
   * Adds usage for the access log to the answer.
   *
   * @param cachedTokens -1 when not told
   */
  public Answer usage(
      long inputTokens, long outputTokens, long cachedTokens, String model, String endpoint) {
    int mark = size();
    int entry = size();
    stringField("endpoint", endpoint);
    stringField("model", model);
    numberField("total_tokens", inputTokens + outputTokens);
    if (cachedTokens >= 0) {
      numberField("cached_tokens", cachedTokens);
    }
    numberField("output_tokens", outputTokens);
    numberField("input_tokens", inputTokens);
    namespace(Protocol.USAGE_NAMESPACE, entry);
    close(DYNAMIC_METADATA, mark);
    return this;
  }

  private void namespace(String name, int mark) {
    close(STRUCT_VALUE, mark);
    close(ENTRY_VALUE, mark);
    string(ENTRY_KEY, name);
    close(FIELDS, mark);
  }

  private void stringField(String key, String value) {
    int mark = size();
    string(STRING_VALUE, value);
    close(ENTRY_VALUE, mark);
    string(ENTRY_KEY, key);
    close(FIELDS, mark);
  }

  private void numberField(String key, long value) {
    int mark = size();
    long bits = Double.doubleToRawLongBits((double) value);
    reserve(8);
    for (int i = 7; i >= 0; i--) {
      head[--at] = (byte) (bits >>> (8 * i));
    }
    varint(NUMBER_VALUE);
    close(ENTRY_VALUE, mark);
    string(ENTRY_KEY, key);
    close(FIELDS, mark);
  }

  private void setHeader(String name, String value) {
    int mark = size();
    varint(OVERWRITE_IF_EXISTS_OR_ADD);
    varint(APPEND_ACTION);
    int header = size();
    string(RAW_VALUE, value);
    string(KEY, name);
    close(HEADER, header);
    close(SET_HEADERS, mark);
  }

  private void slice(byte[] bytes, int offset, int length) {
    slice = bytes;
    sliceOffset = offset;
    sliceLength = length;
  }

  /** Makes all that was written since {@code mark} the content of a field. */
  private void close(int tag, int mark) {
    varint(size() - mark);
    varint(tag);
  }

  private void string(int tag, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    raw(bytes);
    varint(bytes.length);
    varint(tag);
  }

  private void raw(byte[] bytes) {
    reserve(bytes.length);
    at -= bytes.length;
    System.arraycopy(bytes, 0, head, at, bytes.length);
  }

  private void varint(int value) {
    int length = value == 0 ? 1 : (38 - Integer.numberOfLeadingZeros(value)) / 7;
    reserve(length);
    at -= length;
    int rest = value;
    for (int i = at; i < at + length - 1; i++) {
      head[i] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    head[at + length - 1] = (byte) rest;
  }

  private void reserve(int count) {
    if (count <= at) {
      return;
    }
    int used = head.length - at;
    byte[] larger = new byte[Math.max(2 * head.length, used + count)];
    System.arraycopy(head, at, larger, larger.length - used, used);
    at = larger.length - used;
    head = larger;
  }

  private int size() {
    return head.length - at + sliceLength + tail.length;
  }

  /** The message's exact length. */
  @Override
  public int available() {
    return size();
  }

  @Override
  public int drainTo(OutputStream target) throws IOException {
    target.write(head, at, head.length - at);
    if (sliceLength > 0) {
      target.write(slice, sliceOffset, sliceLength);
    }
    if (tail.length > 0) {
      target.write(tail, 0, tail.length);
    }
    int size = size();
    slice = EMPTY;
    return size;
  }

  /** Never called: grpc drains. */
  @Override
  public int read() {
    throw new UnsupportedOperationException("drained, not read");
  }

  /** Never called: grpc drains. */
  @Override
  public int read(byte[] target, int offset, int length) {
    throw new UnsupportedOperationException("drained, not read");
  }

  /** Sends answers for grpc; they are never read back. */
  public static final class Marshaller implements MethodDescriptor.Marshaller<Answer> {
    @Override
    public InputStream stream(Answer value) {
      return value;
    }

    @Override
    public Answer parse(InputStream stream) {
      throw new UnsupportedOperationException("answers are only written");
    }
  }
}
