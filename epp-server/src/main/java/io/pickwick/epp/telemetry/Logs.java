package io.pickwick.epp.telemetry;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go and in which form: standard error, for people or as JSON, from a thread of
 * their own so that no event loop ever waits for a terminal or a pipe.
 *
 * <p>When a line a request comes faster than standard error takes them, lines are dropped rather
 * than requests held up.
 */
public final class Logs {
  /** The logger of the line per request. */
  public static final String REQUESTS = "pickwick.requests";

  private static final int QUEUED_LINES = 8192;

  private static final String ELECTION = "io.fabric8.kubernetes.client.extended.leaderelection";

  /**
   * gRPC's transport warns, with a stack trace, of every stream that is cancelled while an answer
   * is on its way; that is how Envoy normally ends its streams. Held here because java.util.logging
   * forgets the level of a logger that nobody holds.
   */
  private static final java.util.logging.Logger TRANSPORT =
      java.util.logging.Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler");

  private Logs() {}

  /**
   * Sets form and level for the process.
   *
   * @param verbosity 0 warnings, 1 information, 2 also a line per request, 4 debug, 5 trace
   */
  public static void configure(boolean json, int verbosity) {
    TRANSPORT.setLevel(java.util.logging.Level.SEVERE);
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(encoder(context, json));
    console.start();
    AsyncAppender async = new AsyncAppender();
    async.setContext(context);
    async.setQueueSize(QUEUED_LINES);
    async.setDiscardingThreshold(0);
    async.setNeverBlock(true);
    async.addAppender(console);
    async.start();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.addAppender(async);
    root.setLevel(verbosity >= 4 ? Level.INFO : Level.WARN);
    context.getLogger("io.pickwick").setLevel(level(verbosity));
    // It tells of an API server that is away by a stack trace each time; we say it once ourselves.
    context.getLogger(ELECTION).setLevel(verbosity >= 4 ? Level.INFO : Level.OFF);
    context.getLogger(REQUESTS).setLevel(verbosity >= 2 ? Level.INFO : Level.WARN);
  }

  /** Writes out what is still queued; the last thing a process does. */
  public static void flush() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  private static Level level(int verbosity) {
    if (verbosity <= 0) {
      return Level.WARN;
    }
    return verbosity < 4 ? Level.INFO : verbosity == 4 ? Level.DEBUG : Level.TRACE;
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, boolean json) {
    if (json) {
      JsonEncoder encoder = new JsonEncoder();
      encoder.setContext(context);
      encoder.setWithSequenceNumber(false);
      encoder.setWithNanoseconds(false);
      encoder.setWithContext(false);
      encoder.setWithFormattedMessage(true);
      encoder.setWithMessage(false);
      encoder.setWithArguments(false);
      encoder.setWithMDC(false);
      encoder.start();
      return encoder;
    }
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(
        "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\", UTC} %-5level %logger{0} - %msg %kvp%n");
    encoder.start();
    return encoder;
  }

  /** Keeps logback from searching for configuration files while the process starts. */
  public static final class Quiet extends ContextAwareBase implements Configurator {
    @Override
    public ExecutionStatus configure(LoggerContext context) {
      return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
  }
}
