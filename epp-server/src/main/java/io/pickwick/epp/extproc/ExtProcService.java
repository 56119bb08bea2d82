package io.pickwick.epp.extproc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.pickwick.epp.extproc.wire.Answer;
import io.pickwick.epp.extproc.wire.ProcessingRequest;
import java.util.List;

/** {@code envoy.service.ext_proc.v3.ExternalProcessor} with its one method. */
final class ExtProcService implements ServerCallHandler<ProcessingRequest, Answer> {
  private final Services services;
  private final List<Lane> lanes;

  private ExtProcService(Services services, List<Lane> lanes) {
    this.services = services;
    this.lanes = lanes;
  }

  static ServerServiceDefinition of(Services services, List<Lane> lanes) {
    MethodDescriptor<ProcessingRequest, Answer> process =
        MethodDescriptor.<ProcessingRequest, Answer>newBuilder()
            .setType(MethodType.BIDI_STREAMING)
            .setFullMethodName(Health.EXT_PROC + "/Process")
            .setRequestMarshaller(new ProcessingRequest.Marshaller())
            .setResponseMarshaller(new Answer.Marshaller())
            .build();
    return ServerServiceDefinition.builder(Health.EXT_PROC)
        .addMethod(process, new ExtProcService(services, lanes))
        .build();
  }

  @Override
  public ServerCall.Listener<ProcessingRequest> startCall(
      ServerCall<ProcessingRequest, Answer> call, Metadata headers) {
    ProcessStream stream = new ProcessStream(call, services, lane());
    stream.start();
    return stream;
  }

  private Lane lane() {
    for (Lane lane : lanes) {
      if (lane.isCurrent()) {
        return lane;
      }
    }
    throw new IllegalStateException("not on an event loop");
  }
}
