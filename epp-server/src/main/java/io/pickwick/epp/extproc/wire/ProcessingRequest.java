package io.pickwick.epp.extproc.wire;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One message from Envoy: {@code envoy.service.ext_proc.v3.ProcessingRequest}.
 *
 * <p>All of it lies in one array; a body is a place in that array. Fields that are not read here
 * are skipped.
 */
public final class ProcessingRequest {
  /** What a message is about. */
  public enum Kind {
    /** The request's headers. */
    REQUEST_HEADERS,
    /** The response's headers. */
    RESPONSE_HEADERS,
    /** A piece of the request's body. */
    REQUEST_BODY,
    /** A piece of the response's body. */
    RESPONSE_BODY,
    /** The request's trailers, which end it. */
    REQUEST_TRAILERS,
    /** The response's trailers, which end it. */
    RESPONSE_TRAILERS,
    /** Something that is not known here. */
    OTHER,
    /** Not a protobuf message. */
    MALFORMED
  }

  private static final int REQUEST_HEADERS = 2 << 3 | 2;
  private static final int RESPONSE_HEADERS = 3 << 3 | 2;
  private static final int REQUEST_BODY = 4 << 3 | 2;
  private static final int RESPONSE_BODY = 5 << 3 | 2;
  private static final int REQUEST_TRAILERS = 6 << 3 | 2;
  private static final int RESPONSE_TRAILERS = 7 << 3 | 2;
  private static final int METADATA_CONTEXT = 8 << 3 | 2;
  private static final int OBSERVABILITY_MODE = 10 << 3;
  private static final int PROTOCOL_CONFIG = 11 << 3 | 2;

  private static final int HEADERS_MAP = 1 << 3 | 2;
  private static final int HEADERS_END = 3 << 3;
  private static final int BODY_BYTES = 1 << 3 | 2;
  private static final int BODY_END = 2 << 3;
  private static final int CONFIG_REQUEST_MODE = 1 << 3;
  private static final int CONFIG_RESPONSE_MODE = 2 << 3;
  private static final int FILTER_METADATA = 1 << 3 | 2;
  private static final int ENTRY_KEY = 1 << 3 | 2;
  private static final int ENTRY_VALUE = 2 << 3 | 2;
  private static final int STRUCT_FIELDS = 1 << 3 | 2;
  private static final int VALUE_NULL = 1 << 3;
  private static final int VALUE_STRING = 3 << 3 | 2;
  private static final int VALUE_LIST = 6 << 3 | 2;
  private static final int LIST_VALUES = 1 << 3 | 2;

  private final byte[] bytes;
  private Kind kind = Kind.OTHER;
  private Headers headers = Headers.NONE;
  private int bodyOffset;
  private int bodyLength;
  private boolean endOfStream;
  private boolean observability;
  private boolean configured;
  private BodyMode requestMode = BodyMode.UNKNOWN;
  private BodyMode responseMode = BodyMode.UNKNOWN;
  private Optional<List<String>> subset = Optional.empty();
  private String served = "";

  private ProcessingRequest(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Reads a message; what cannot be read is of {@link Kind#MALFORMED}. */
  public static ProcessingRequest read(byte[] bytes) {
    ProcessingRequest request = new ProcessingRequest(bytes);
    try {
      request.readFields(new Cursor(bytes, 0, bytes.length));
      return request;
    } catch (Cursor.Malformed e) {
      ProcessingRequest malformed = new ProcessingRequest(bytes);
      malformed.kind = Kind.MALFORMED;
      return malformed;
    }
  }

  private void readFields(Cursor in) throws Cursor.Malformed {
    while (in.next()) {
      switch (in.tag()) {
        case REQUEST_HEADERS -> readHeaders(Kind.REQUEST_HEADERS, in.message());
        case RESPONSE_HEADERS -> readHeaders(Kind.RESPONSE_HEADERS, in.message());
        case REQUEST_BODY -> readBody(Kind.REQUEST_BODY, in.message());
        case RESPONSE_BODY -> readBody(Kind.RESPONSE_BODY, in.message());
        case REQUEST_TRAILERS -> readTrailers(Kind.REQUEST_TRAILERS, in.message());
        case RESPONSE_TRAILERS -> readTrailers(Kind.RESPONSE_TRAILERS, in.message());
        case METADATA_CONTEXT -> readMetadata(in.message());
        case OBSERVABILITY_MODE -> observability = in.varint() != 0;
        case PROTOCOL_CONFIG -> readConfig(in.message());
        default -> in.skip();
      }
    }
  }

  private void readHeaders(Kind which, Cursor in) throws Cursor.Malformed {
    kind = which;
    headers = Headers.NONE;
    endOfStream = false;
    while (in.next()) {
      switch (in.tag()) {
        case HEADERS_MAP -> headers = Headers.read(bytes, in.message());
        case HEADERS_END -> endOfStream = in.varint() != 0;
        default -> in.skip();
      }
    }
  }

  private void readBody(Kind which, Cursor in) throws Cursor.Malformed {
    kind = which;
    bodyLength = 0;
    endOfStream = false;
    while (in.next()) {
      switch (in.tag()) {
        case BODY_BYTES -> {
          in.take();
          bodyOffset = in.offset();
          bodyLength = in.length();
        }
        case BODY_END -> endOfStream = in.varint() != 0;
        default -> in.skip();
      }
    }
  }

  private void readTrailers(Kind which, Cursor in) throws Cursor.Malformed {
    kind = which;
    while (in.next()) {
      in.skip();
    }
  }

  private void readConfig(Cursor in) throws Cursor.Malformed {
    configured = true;
    requestMode = BodyMode.NONE;
    responseMode = BodyMode.NONE;
    while (in.next()) {
      switch (in.tag()) {
        case CONFIG_REQUEST_MODE -> requestMode = BodyMode.of(in.varint());
        case CONFIG_RESPONSE_MODE -> responseMode = BodyMode.of(in.varint());
        default -> in.skip();
      }
    }
  }

  private void readMetadata(Cursor in) throws Cursor.Malformed {
    while (in.next()) {
      if (in.tag() == FILTER_METADATA) {
        readNamespace(in.message());
      } else {
        in.skip();
      }
    }
  }

  private void readNamespace(Cursor entry) throws Cursor.Malformed {
    int keyOffset = 0;
    int keyLength = 0;
    int valueOffset = 0;
    int valueLength = 0;
    while (entry.next()) {
      switch (entry.tag()) {
        case ENTRY_KEY -> {
          entry.take();
          keyOffset = entry.offset();
          keyLength = entry.length();
        }
        case ENTRY_VALUE -> {
          entry.take();
          valueOffset = entry.offset();
          valueLength = entry.length();
        }
        default -> entry.skip();
      }
    }
    if (is(Protocol.SUBSET_NAMESPACE_BYTES, keyOffset, keyLength)) {
      readStruct(valueOffset, valueLength, /* ofSubset= */ true);
    } else if (is(Protocol.LB_NAMESPACE_BYTES, keyOffset, keyLength)) {
      readStruct(valueOffset, valueLength, /* ofSubset= */ false);
    }
  }

  private void readStruct(int offset, int length, boolean ofSubset) throws Cursor.Malformed {
    Cursor struct = new Cursor(bytes, offset, offset + length);
    while (struct.next()) {
      if (struct.tag() == STRUCT_FIELDS) {
        readField(struct.message(), ofSubset);
      } else {
        struct.skip();
      }
    }
  }

  private void readField(Cursor entry, boolean ofSubset) throws Cursor.Malformed {
    byte[] wanted = ofSubset ? Protocol.SUBSET_KEY_BYTES : Protocol.SERVED_KEY_BYTES;
    boolean found = false;
    int valueOffset = 0;
    int valueLength = 0;
    while (entry.next()) {
      switch (entry.tag()) {
        case ENTRY_KEY -> {
          entry.take();
          found = is(wanted, entry.offset(), entry.length());
        }
        case ENTRY_VALUE -> {
          entry.take();
          valueOffset = entry.offset();
          valueLength = entry.length();
        }
        default -> entry.skip();
      }
    }
    if (found) {
      Cursor value = new Cursor(bytes, valueOffset, valueOffset + valueLength);
      if (ofSubset) {
        readSubset(value);
      } else {
        readServed(value);
      }
    }
  }

  /** A list of strings or one string with commas; null is no subset, anything else an empty one. */
  private void readSubset(Cursor value) throws Cursor.Malformed {
    List<String> members = new ArrayList<>();
    boolean absent = false;
    while (value.next()) {
      absent = value.tag() == VALUE_NULL;
      switch (value.tag()) {
        case VALUE_STRING -> {
          value.take();
          for (String member : text(value.offset(), value.length()).split(",", -1)) {
            addMember(members, member);
          }
        }
        case VALUE_LIST -> readList(value.message(), members);
        default -> value.skip();
      }
    }
    subset = absent ? Optional.empty() : Optional.of(List.copyOf(members));
  }

  private void readList(Cursor list, List<String> members) throws Cursor.Malformed {
    while (list.next()) {
      if (list.tag() != LIST_VALUES) {
        list.skip();
        continue;
      }
      Cursor value = list.message();
      while (value.next()) {
        if (value.tag() == VALUE_STRING) {
          value.take();
          addMember(members, text(value.offset(), value.length()));
        } else {
          value.skip();
        }
      }
    }
  }

  private static void addMember(List<String> members, String member) {
    String trimmed = member.strip();
    if (!trimmed.isEmpty()) {
      members.add(trimmed);
    }
  }

  private void readServed(Cursor value) throws Cursor.Malformed {
    while (value.next()) {
      if (value.tag() == VALUE_STRING) {
        value.take();
        served = text(value.offset(), value.length());
      } else {
        value.skip();
      }
    }
  }

  private boolean is(byte[] wanted, int offset, int length) {
    if (length != wanted.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[offset + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private String text(int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.UTF_8);
  }

  /** What it is about. */
  public Kind kind() {
    return kind;
  }

  /** The array that holds the whole message; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  /** The headers; none unless it is a headers message. */
  public Headers headers() {
    return headers;
  }

  /** Where the body begins in {@link #bytes()}. */
  public int bodyOffset() {
    return bodyOffset;
  }

  /** The body's length; zero unless it is a body message. */
  public int bodyLength() {
    return bodyLength;
  }

  /** Whether nothing follows in this direction. */
  public boolean endOfStream() {
    return endOfStream;
  }

  /** Whether Envoy only shows us its traffic and wants no answers. */
  public boolean observability() {
    return observability;
  }

  /** Whether it says the body modes, as only the first message does. */
  public boolean configured() {
    return configured;
  }

  /** How the request's body will come. */
  public BodyMode requestMode() {
    return requestMode;
  }

  /** How the response's body will come. */
  public BodyMode responseMode() {
    return responseMode;
  }

  /** The only endpoints that may serve; absent when this message does not say. */
  public Optional<List<String>> subset() {
    return subset;
  }

  /** The endpoint that answered; empty when this message does not say. */
  public String served() {
    return served;
  }

  /** Reads messages for grpc: one copy, into one array. */
  public static final class Marshaller implements MethodDescriptor.Marshaller<ProcessingRequest> {
    @Override
    public ProcessingRequest parse(InputStream stream) {
      try (stream) {
        if (!(stream instanceof KnownLength)) {
          return read(stream.readAllBytes());
        }
        byte[] bytes = new byte[stream.available()];
        if (stream.readNBytes(bytes, 0, bytes.length) != bytes.length) {
          throw new IOException("message ends early");
        }
        return read(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public InputStream stream(ProcessingRequest value) {
      return new ByteArrayInputStream(value.bytes);
    }
  }
}
