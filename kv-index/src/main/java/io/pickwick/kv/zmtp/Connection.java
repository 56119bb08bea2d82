package io.pickwick.kv.zmtp;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection to another socket; it belongs to its {@link Loop}'s thread. */
public final class Connection {
  /*
   * What is held for the other end is bounded: a frame grows as its bytes come and is charged to a
   * budget that all connections share, until its message is whole; of a message with too many
   * frames none is kept; a message that is not whole for long ends the connection; so does a queue
   * of answers that the other end does not read. Until the handshake is over, frames are small.
   *
   * A stranger is read only a little at a time, and in a part of each pass that all of them share,
   * so that what they say, or what their handshakes cost, keeps nobody else waiting.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final int GREETING_BYTES = 64;
  private static final int SIGNATURE_END = 9;
  private static final int VERSION = 10;
  private static final int MECHANISM = 12;
  private static final int MECHANISM_BYTES = 20;
  private static final int AS_SERVER = 32;
  private static final byte MAJOR = 3;
  private static final int HANDSHAKE_FRAME_BYTES = 4096;
  private static final int COMMAND_BYTES = 4096;
  private static final int CURVE_BYTES = 64;

  /** Frames of a message that are kept. */
  private static final int MOST_FRAMES = 8;

  private static final int MOST_COUNTED_FRAMES = 1024;
  private static final int MOST_QUEUED_BYTES = 1 << 16;
  private static final int READS_AT_A_TIME = 4;
  private static final int STRANGERS_READ_BYTES = 1 << 14;
  private static final int PING_CONTEXT_BYTES = 16;
  private static final int PING_HEAD = 7;
  private static final byte[] NO_BYTES = {};

  /** How many timeouts a message may take until it is whole. */
  private static final int TIMEOUTS_OF_A_MESSAGE = 5;

  /** What happens to a connection; called on the loop's thread. */
  public interface Listener {
    /** It was made to us; the handshake has not begun. */
    default void opened(Connection it) {}

    /** The handshake is over. */
    void ready(Connection it);

    /** A message came; the arrays are the listener's. None are told of one with too many frames. */
    void message(Connection it, byte[][] frames);

    /** It is closed, and not by us. */
    void lost(Connection it, String why);
  }

  private enum Stage {
    CONNECTING,
    GREETING,
    HANDSHAKE,
    READY,
    CLOSED
  }

  private final Loop loop;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final Settings settings;
  private final Listener listener;
  private final Mechanism mechanism;
  private final FrameReader reader;
  private final InetSocketAddress remote;
  private final ByteBuffer greeting = ByteBuffer.allocate(GREETING_BYTES);
  private final ArrayDeque<ByteBuffer> out = new ArrayDeque<>();

  private Stage stage;
  private Budget budget;
  private final boolean accepted;
  private boolean stranger;
  private boolean paused;
  private byte[] pong = NO_BYTES;
  private int outBytes;
  private long openedNanos;
  private long heardNanos;
  private long pingedNanos;
  private long wholeNanos;

  private byte[][] frames = new byte[4][];
  private int frameCount;
  private long heldBytes;
  private int discards;

  Connection(
      Loop loop,
      SocketChannel channel,
      SelectionKey key,
      InetSocketAddress remote,
      Settings settings,
      Listener listener,
      boolean connected,
      boolean stranger) {
    this.loop = loop;
    this.channel = channel;
    this.key = key;
    this.remote = remote;
    this.settings = settings;
    this.listener = listener;
    this.accepted = stranger;
    this.stranger = stranger;
    this.mechanism = Mechanism.of(settings);
    this.budget = settings.budget();
    this.reader = new FrameReader(HANDSHAKE_FRAME_BYTES, budget);
    this.openedNanos = loop.now();
    this.heardNanos = openedNanos;
    this.pingedNanos = openedNanos;
    this.wholeNanos = openedNanos;
    this.stage = connected ? Stage.GREETING : Stage.CONNECTING;
    if (connected) {
      greet();
    }
  }

  /** Whose address and port is at the other end. */
  public InetSocketAddress remote() {
    return remote;
  }

  /** Whether it was made to us. */
  boolean wasAccepted() {
    return accepted;
  }

  boolean isStranger() {
    return stranger;
  }

  /** Whether it was closed, by whomever. */
  public boolean isClosed() {
    return stage == Stage.CLOSED;
  }

  /** Whose it is is known: what is half received is charged to that budget from now on. */
  public void trust(Budget to) {
    charge(to, false);
  }

  /** Whose it is is not known any more: as {@link #trust}, with the budget of strangers. */
  public void distrust(Budget to) {
    charge(to, true);
  }

  private void charge(Budget to, boolean nowStranger) {
    if (stage == Stage.CLOSED) {
      return;
    }
    if (stranger != nowStranger) {
      stranger = nowStranger;
      loop.strangers(stranger ? 1 : -1);
    }
    if (to == budget) {
      return;
    }
    try {
      if (!to.take(heldBytes)) {
        throw FrameReader.overBudget();
      }
      budget.give(heldBytes);
      budget = to;
      reader.charge(to);
    } catch (ProtocolException e) {
      lose(why(e));
    }
  }

  /** Stops reading; what has been read already may still come. */
  public void pause() {
    if (stage != Stage.CLOSED && !paused) {
      paused = true;
      interest();
    }
  }

  /** Goes on reading. */
  public void resume() {
    if (stage != Stage.CLOSED && paused) {
      paused = false;
      excuse(loop.now());
      interest();
    }
  }

  /** Counts all silence until now as ours. */
  void excuse(long now) {
    openedNanos = now;
    heardNanos = now;
    pingedNanos = now;
    wholeNanos = now;
  }

  /** Sends a message, once the connection is ready. */
  public void send(byte[]... message) {
    for (int i = 0; i < message.length; i++) {
      write(mechanism.seal(new Frame(i < message.length - 1 ? FrameReader.MORE : 0, message[i])));
    }
    flushOrLose();
  }

  /** Closes it; the listener is not told. */
  public void close() {
    if (stage == Stage.CLOSED) {
      return;
    }
    stage = Stage.CLOSED;
    key.cancel();
    reader.end();
    budget.give(heldBytes);
    heldBytes = 0;
    frames = new byte[0][];
    out.clear();
    loop.closed(this);
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("{} does not close", remote, e);
    }
  }

  private void lose(String why) {
    if (stage == Stage.CLOSED) {
      return;
    }
    LOG.debug("Connection with {} ends: {}", remote, why);
    close();
    listener.lost(this, why);
  }

  private static String why(IOException e) {
    return Optional.ofNullable(e.getMessage()).orElse("the connection broke");
  }

  /** The channel can do something. */
  void selected() {
    if (!stranger) {
      work();
    } else if (loop.hasTimeForStrangers()) {
      loop.timed(this::work);
    }
  }

  private void work() {
    try {
      if (key.isValid() && key.isConnectable()) {
        channel.finishConnect();
        stage = Stage.GREETING;
        greet();
      }
      if (key.isValid() && key.isWritable()) {
        flush();
      }
      if (key.isValid() && key.isReadable()) {
        read();
      }
    } catch (IOException e) {
      lose(why(e));
    } catch (RuntimeException | Error e) {
      // Whatever it is, it must not be the end of the others.
      LOG.error("Connection with {} failed", remote, e);
      loop.failed();
      lose("it failed: " + e);
    }
  }

  /** Looks what is overdue. */
  void tick(long now) {
    long timeout = settings.timeout().toNanos();
    if (stage != Stage.READY) {
      if (now - openedNanos > timeout) {
        lose(stage == Stage.CONNECTING ? "no answer" : "no handshake in time");
      }
      return;
    }
    if (paused) {
      return;
    }
    if ((reader.midway() || frameCount > 0) && now - wholeNanos > TIMEOUTS_OF_A_MESSAGE * timeout) {
      lose("a message was not whole in time");
    } else if (now - heardNanos > timeout + settings.heartbeat().toNanos()) {
      lose("no sign of life");
    } else if (now - Math.max(heardNanos, pingedNanos) > settings.heartbeat().toNanos()) {
      // What comes is a sign of life by itself.
      pingedNanos = now;
      command(new byte[] {4, 'P', 'I', 'N', 'G', 0, 0});
    }
  }

  private void read() throws IOException {
    ByteBuffer in = loop.buffer();
    for (int i = 0; i < (stranger ? 1 : READS_AT_A_TIME); i++) {
      in.clear();
      if (stranger) {
        in.limit(STRANGERS_READ_BYTES);
      }
      int room = in.remaining();
      int count = channel.read(in);
      if (count < 0) {
        throw new EOFException("closed by the other end");
      }
      if (count == 0) {
        return;
      }
      heardNanos = loop.now();
      if (!reader.midway() && frameCount == 0) {
        wholeNanos = heardNanos;
      }
      in.flip();
      heard(in);
      answer();
      if (count < room || paused || stage == Stage.CLOSED) {
        return;
      }
    }
  }

  private void heard(ByteBuffer in) throws IOException {
    if (stage == Stage.GREETING) {
      while (greeting.hasRemaining() && in.hasRemaining()) {
        greeting.put(in.get());
      }
      checkGreeting();
      if (greeting.hasRemaining()) {
        return;
      }
      stage = Stage.HANDSHAKE;
      byte[] first = mechanism.begin();
      if (first.length > 0) {
        write(new Frame(FrameReader.COMMAND, first));
      }
      flush();
    }
    reader.read(in, this::frame);
  }

  private void greet() {
    ByteBuffer ours = ByteBuffer.allocate(GREETING_BYTES);
    ours.put((byte) 0xff).putLong(1).put((byte) 0x7f).put(MAJOR).put((byte) 0);
    ours.put(mechanism.name().getBytes(StandardCharsets.US_ASCII));
    ours.put(AS_SERVER, (byte) (mechanism.isServer() ? 1 : 0));
    ours.clear();
    queue(ours);
    interest();
  }

  private void checkGreeting() throws ProtocolException {
    int came = greeting.position();
    byte[] told = greeting.array();
    if ((came > 0 && told[0] != (byte) 0xff)
        || (came > SIGNATURE_END && (told[SIGNATURE_END] & 1) == 0)
        || (came > VERSION && told[VERSION] < MAJOR)) {
      throw new ProtocolException("no ZMTP 3");
    }
    if (came == GREETING_BYTES) {
      byte[] name = Arrays.copyOfRange(told, MECHANISM, MECHANISM + MECHANISM_BYTES);
      byte[] must =
          Arrays.copyOf(mechanism.name().getBytes(StandardCharsets.US_ASCII), MECHANISM_BYTES);
      if (!Arrays.equals(name, must)) {
        throw new ProtocolException("another mechanism than " + mechanism.name());
      }
    }
  }

  private void frame(int flags, byte[] body) throws ProtocolException {
    switch (stage) {
      case HANDSHAKE -> handshake(flags, body);
      case READY -> {
        Frame open = mechanism.open(new Frame(flags, body));
        if (open.isCommand() && open.more()) {
          throw new ProtocolException("a command that goes on");
        } else if (open.isCommand()) {
          obey(open.body());
        } else {
          part(open);
        }
      }
      default -> {
        // What was read with the bytes that ended it.
      }
    }
  }

  private void handshake(int flags, byte[] body) throws ProtocolException {
    if ((flags & FrameReader.COMMAND) == 0) {
      throw new ProtocolException("a message before the end of the handshake");
    }
    if ((flags & FrameReader.MORE) != 0) {
      throw new ProtocolException("a command that goes on");
    }
    byte[] answer = mechanism.next(body);
    if (answer.length > 0) {
      write(new Frame(FrameReader.COMMAND, answer));
    }
    if (mechanism.done()) {
      stage = Stage.READY;
      reader.limit(settings.maxFrameBytes() + CURVE_BYTES);
      listener.ready(this);
    }
    flushOrLose();
  }

  private void obey(byte[] command) throws ProtocolException {
    if (command.length > COMMAND_BYTES) {
      throw new ProtocolException("a command of %d bytes".formatted(command.length));
    }
    if (Mechanism.named(command, "PING") && command.length >= PING_HEAD) {
      int context = Math.min(PING_CONTEXT_BYTES, command.length - PING_HEAD);
      pong = Arrays.copyOf(new byte[] {4, 'P', 'O', 'N', 'G'}, 5 + context);
      System.arraycopy(command, PING_HEAD, pong, 5, context);
    }
  }

  /** Answers the last of the signs of life that were asked for; it stands for all of them. */
  private void answer() {
    if (pong.length > 0) {
      byte[] told = pong;
      pong = NO_BYTES;
      command(told);
    }
  }

  private void part(Frame frame) throws ProtocolException {
    boolean more = frame.more();
    byte[] body = frame.body();
    if (frameCount == MOST_FRAMES) {
      if (++discards > MOST_COUNTED_FRAMES) {
        throw new ProtocolException("a message of too many frames");
      }
    } else {
      if (frameCount == frames.length) {
        frames = Arrays.copyOf(frames, MOST_FRAMES);
      }
      if (more) {
        if (heldBytes + body.length > settings.maxFrameBytes()) {
          throw new ProtocolException("a message that is too large");
        }
        if (!budget.take(body.length)) {
          throw FrameReader.overBudget();
        }
        heldBytes += body.length;
      }
      frames[frameCount++] = body;
    }
    if (more) {
      return;
    }
    byte[][] whole = discards > 0 ? new byte[0][] : Arrays.copyOf(frames, frameCount);
    Arrays.fill(frames, 0, frameCount, NO_BYTES);
    frameCount = 0;
    discards = 0;
    budget.give(heldBytes);
    heldBytes = 0;
    wholeNanos = heardNanos;
    listener.message(this, whole);
  }

  private void command(byte[] body) {
    write(mechanism.seal(new Frame(FrameReader.COMMAND, body)));
    flushOrLose();
  }

  private void write(Frame frame) {
    byte[] body = frame.body();
    boolean large = body.length > 255;
    ByteBuffer bytes = ByteBuffer.allocate((large ? 9 : 2) + body.length);
    bytes.put((byte) (frame.flags() | (large ? FrameReader.LARGE : 0)));
    if (large) {
      bytes.putLong(body.length);
    } else {
      bytes.put((byte) body.length);
    }
    queue(bytes.put(body).flip());
  }

  private void queue(ByteBuffer bytes) {
    if (stage != Stage.CLOSED) {
      out.addLast(bytes);
      outBytes += bytes.remaining();
    }
  }

  private void flushOrLose() {
    try {
      flush();
    } catch (IOException e) {
      lose(why(e));
    }
  }

  private void flush() throws IOException {
    if (stage == Stage.CLOSED || stage == Stage.CONNECTING) {
      return;
    }
    for (ByteBuffer first = out.peekFirst(); first != null; first = out.peekFirst()) {
      outBytes -= channel.write(first);
      if (first.hasRemaining()) {
        break;
      }
      out.removeFirst();
    }
    if (outBytes > MOST_QUEUED_BYTES) {
      throw new ProtocolException("it does not read what it is told");
    }
    interest();
  }

  private void interest() {
    if (key.isValid() && stage != Stage.CONNECTING) {
      int ops = (paused ? 0 : SelectionKey.OP_READ) | (out.isEmpty() ? 0 : SelectionKey.OP_WRITE);
      if (ops != key.interestOps()) {
        key.interestOps(ops);
      }
    }
  }
}
