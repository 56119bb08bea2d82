package io.pickwick.epp.extproc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code grpc.health.v1.Health}: {@code Check}, not {@code Watch}.
 *
 * <p>The request is {@code {string service = 1}}, the answer {@code {ServingStatus status = 1}}
 * with 1 for SERVING and 2 for NOT_SERVING. An unknown service gets {@code NOT_FOUND}.
 */
final class HealthService {
  private static final byte[] SERVING = {0x08, 1};
  private static final byte[] NOT_SERVING = {0x08, 2};

  private HealthService() {}

  static ServerServiceDefinition of(Health health) {
    MethodDescriptor<byte[], byte[]> check =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    return ServerServiceDefinition.builder("grpc.health.v1.Health")
        .addMethod(check, new CheckHandler(health))
        .build();
  }

  private static final class CheckHandler implements ServerCallHandler<byte[], byte[]> {
    private final Health health;

    CheckHandler(Health health) {
      this.health = health;
    }

    @Override
    public ServerCall.Listener<byte[]> startCall(
        ServerCall<byte[], byte[]> call, Metadata headers) {
      call.request(2);
      return new ServerCall.Listener<>() {
        private byte @Nullable [] request;

        @Override
        public void onMessage(byte[] message) {
          request = message;
        }

        @Override
        public void onHalfClose() {
          byte[] asked = request;
          Optional<String> service = asked == null ? Optional.empty() : service(asked);
          Optional<Boolean> serving = service.flatMap(health::serving);
          if (service.isEmpty()) {
            call.close(
                Status.INVALID_ARGUMENT.withDescription("no health request"), new Metadata());
          } else if (serving.isEmpty()) {
            call.close(
                Status.NOT_FOUND.withDescription("unknown service: " + service.get()),
                new Metadata());
          } else {
            call.sendHeaders(new Metadata());
            call.sendMessage(serving.get() ? SERVING : NOT_SERVING);
            call.close(Status.OK, new Metadata());
          }
        }
      };
    }
  }

  /** The asked service: the request's only field, or nothing at all for the whole server. */
  private static Optional<String> service(byte[] request) {
    if (request.length == 0) {
      return Optional.of("");
    }
    if (request.length < 2
        || request[0] != 0x0a
        || request[1] < 0
        || request[1] != request.length - 2) {
      return Optional.empty();
    }
    return Optional.of(new String(request, 2, request.length - 2, StandardCharsets.UTF_8));
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try (stream) {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
