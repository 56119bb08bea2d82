package io.pickwick.pool;

import io.pickwick.pool.Series.CacheInfo;
import io.pickwick.pool.Series.LoraInfo;
import io.pickwick.pool.Series.Sample;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A scanner of Prometheus' text format that takes a page in pieces and reads of it only what an
 * {@link Engine} tells about its load.
 *
 * <p>Use: {@link #reset}, {@link #feed} for each piece as it arrives, {@link #finish}; then again.
 * A sample that is malformed, not finite or negative is left out alone and counted; values beyond
 * what a server can mean are clamped. Lines over {@value #MAX_LINE} bytes are skipped. Not safe for
 * concurrent use.
 */
public final class MetricsPage {
  // Nearly every line of a page is of no interest, so the two things that must be cheap are finding
  // the end of a line (eight bytes at a time) and seeing that its start is none of the few wanted
  // names (one look-up by the byte after their common beginning, then a comparison). A wanted line
  // that lies whole in a piece is read where it lies; only one that a piece's end cuts is carried.

  /** The longest line that is read. */
  public static final int MAX_LINE = 1 << 16;

  /** The most requests that one endpoint is believed to hold. */
  public static final int MAX_REQUESTS = 1_000_000;

  private static final int MAX_LABELS = 256;
  private static final int MAX_BLOCK_SIZE = 1 << 20;
  private static final int MAX_ALGORITHM = 64;
  private static final String NOT_TOLD = "None";

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NEWLINES = 0x0a0a0a0a0a0a0a0aL;
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private final Engine engine;
  private final Series[] series;
  private final byte[][] names;
  private final int telling;
  private final boolean[] tells = new boolean[256];

  private byte[] carry = new byte[256];
  private int carried;
  private boolean skipping;

  private final SampleLine line = new SampleLine(MAX_LABELS);

  private double waiting;
  private boolean waitingTold;
  private double running;
  private boolean runningTold;
  private double kvUsage;
  private int kvUsages;
  private double oldKvUsage;
  private int oldKvUsages;
  private int blockSize;
  private double blocks;
  private boolean algorithmTold;
  private String algorithm = "";
  private int refused;

  private double loraTime;
  private int loraMax;
  private byte[] loraRunning = {};
  private byte[] loraWaiting = {};
  private LoraState lora = LoraState.NONE;
  private int builtMax;
  private byte[] builtRunning = {};
  private byte[] builtWaiting = {};

  /** Makes a scanner for the pages of one engine. */
  public MetricsPage(Engine engine) {
    this.engine = engine;
    this.series = engine.series().toArray(new Series[0]);
    this.names = new byte[series.length][];
    for (int i = 0; i < series.length; i++) {
      names[i] = series[i].name().getBytes(StandardCharsets.UTF_8);
    }
    this.telling = commonBeginning(names);
    for (byte[] name : names) {
      tells[name[telling] & 0xff] = true;
    }
    reset();
  }

  /** Forgets the page so far. */
  public void reset() {
    carried = 0;
    skipping = false;
    waiting = 0;
    waitingTold = false;
    running = 0;
    runningTold = false;
    kvUsage = 0;
    kvUsages = 0;
    oldKvUsage = 0;
    oldKvUsages = 0;
    blockSize = 0;
    blocks = 0;
    algorithmTold = false;
    refused = 0;
    loraTime = -1;
  }

  /** Takes the next piece of the page. */
  public void feed(byte[] bytes, int offset, int length) {
    int limit = offset + length;
    int start = offset;
    if (skipping || carried > 0) {
      int newline = newline(bytes, offset, limit);
      carry(bytes, offset, newline);
      if (newline == limit) {
        return;
      }
      if (carried > 0) {
        read(carry, 0, carried);
      }
      carried = 0;
      skipping = false;
      start = newline + 1;
    }
    while (start < limit) {
      int newline = newline(bytes, start, limit);
      if (newline == limit) {
        carry(bytes, start, limit);
        return;
      }
      if (newline - start <= MAX_LINE) {
        read(bytes, start, newline);
      }
      start = newline + 1;
    }
  }

  /** Whether the page so far ends in the middle of a line. */
  public boolean insideLine() {
    return skipping || carried > 0;
  }

  /**
   * Ends the page.
   *
   * @param nanos when its last byte came
   * @return what it told; empty when it did not tell the queue, see {@link #missing}
   */
  public Optional<Gauges> finish(long nanos) {
    if (carried > 0) {
      read(carry, 0, carried);
    }
    carried = 0;
    skipping = false;
    if (!missing().isEmpty()) {
      return Optional.empty();
    }
    double usage =
        kvUsages > 0 ? kvUsage / kvUsages : oldKvUsages > 0 ? oldKvUsage / oldKvUsages : 0;
    return Optional.of(
        new Gauges(
            nanos,
            (int) Math.min(waiting, MAX_REQUESTS),
            (int) Math.min(running, MAX_REQUESTS),
            usage,
            blockSize,
            (int) Math.min(blocks, Integer.MAX_VALUE),
            lora(),
            algorithmTold ? algorithm : ""));
  }

  /** The metric without which a page says nothing and that this one did not have; or empty. */
  public String missing() {
    for (Series one : series) {
      if (one instanceof Sample sample) {
        boolean absent =
            switch (sample.quantity()) {
              case WAITING -> !waitingTold;
              case RUNNING -> !runningTold;
              case KV_USAGE, OLD_KV_USAGE, BLOCK_SIZE, BLOCKS -> false;
            };
        if (absent) {
          return sample.name();
        }
      }
    }
    return "";
  }

  /** Samples of this page that were wanted but could not be believed. */
  public int refusedSamples() {
    return refused;
  }

  /** The engine whose pages this reads. */
  public Engine engine() {
    return engine;
  }

  static int newline(byte[] bytes, int from, int limit) {
    int i = from;
    for (; i <= limit - Long.BYTES; i += Long.BYTES) {
      long word = (long) LONGS.get(bytes, i) ^ NEWLINES;
      long zeros = (word - ONES) & ~word & HIGHS;
      if (zeros != 0) {
        return i + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    while (i < limit && bytes[i] != '\n') {
      i++;
    }
    return i;
  }

  private static int commonBeginning(byte[][] names) {
    int common = names[0].length - 1;
    for (byte[] name : names) {
      int mismatch = Arrays.mismatch(name, 0, name.length - 1, names[0], 0, common);
      common = mismatch < 0 ? common : mismatch;
    }
    return common;
  }

  private void carry(byte[] bytes, int from, int to) {
    if (skipping) {
      return;
    }
    int length = carried + to - from;
    if (length > MAX_LINE || (carried == 0 && !mayBeWanted(bytes, from, to))) {
      carried = 0;
      skipping = true;
      return;
    }
    if (length > carry.length) {
      carry = Arrays.copyOf(carry, Math.max(length, Math.min(2 * carry.length, MAX_LINE)));
    }
    System.arraycopy(bytes, from, carry, carried, to - from);
    carried = length;
  }

  private boolean mayBeWanted(byte[] bytes, int from, int to) {
    int start = SampleLine.skipBlanks(bytes, from, to);
    for (byte[] name : names) {
      int length = Math.min(name.length, to - start);
      if (Arrays.equals(bytes, start, start + length, name, 0, length)) {
        return true;
      }
    }
    return false;
  }

  private void read(byte[] bytes, int from, int to) {
    int start = from;
    if (start < to && bytes[start] <= ' ') {
      start = SampleLine.skipBlanks(bytes, start, to);
    }
    if (to - start <= telling || !tells[bytes[start + telling] & 0xff]) {
      return;
    }
    boolean parsed = false;
    for (int i = 0; i < names.length; i++) {
      byte[] name = names[i];
      int nameEnd = start + name.length;
      if (nameEnd < to
          && (bytes[nameEnd] == '{' || SampleLine.isBlank(bytes[nameEnd]))
          && Arrays.equals(bytes, start, nameEnd, name, 0, name.length)) {
        if (!parsed && !line.parse(bytes, nameEnd, to)) {
          refused++;
          return;
        }
        parsed = true;
        take(series[i]);
      }
    }
  }

  private void take(Series one) {
    switch (one) {
      case Sample sample -> {
        if (sample.label().isEmpty() || line.labelIs(sample.label(), sample.value())) {
          take(sample.quantity(), line.value());
        }
      }
      case CacheInfo info -> {
        line.number(info.blockSizeLabel())
            .ifPresent(value -> take(Series.Quantity.BLOCK_SIZE, value));
        line.number(info.blocksLabel()).ifPresent(value -> take(Series.Quantity.BLOCKS, value));
        takeAlgorithm(info.hashLabel());
      }
      case LoraInfo info -> takeLora();
    }
  }

  private void take(Series.Quantity quantity, double value) {
    switch (quantity) {
      case WAITING -> {
        waiting += value;
        waitingTold = true;
      }
      case RUNNING -> {
        running += value;
        runningTold = true;
      }
      case KV_USAGE -> {
        kvUsage += Math.min(value, 1);
        kvUsages++;
      }
      case OLD_KV_USAGE -> {
        oldKvUsage += Math.min(value, 1);
        oldKvUsages++;
      }
      case BLOCK_SIZE -> {
        if (blockSize == 0) {
          blockSize = (int) Math.min(value, MAX_BLOCK_SIZE);
        }
      }
      case BLOCKS -> blocks += value;
    }
  }

  private void takeAlgorithm(String label) {
    if (algorithmTold || label.isEmpty()) {
      return;
    }
    if (algorithm.isEmpty() || !line.labelIs(label, algorithm)) {
      byte[] told = line.label(label);
      if (told.length == 0 || told.length > MAX_ALGORITHM) {
        return;
      }
      String name = new String(told, StandardCharsets.UTF_8);
      if (name.equals(NOT_TOLD)) {
        return;
      }
      algorithm = name;
    }
    algorithmTold = true;
  }

  private void takeLora() {
    if (line.value() <= loraTime) {
      return;
    }
    double max = line.number("max_lora").orElse(-1);
    if (max < 0) {
      refused++;
      return;
    }
    loraTime = line.value();
    loraMax = (int) Math.min(max, Integer.MAX_VALUE);
    loraRunning = line.label("running_lora_adapters");
    loraWaiting = line.label("waiting_lora_adapters");
  }

  private LoraState lora() {
    if (loraTime < 0) {
      return LoraState.NONE;
    }
    boolean same =
        loraMax == builtMax
            && Arrays.equals(loraRunning, builtRunning)
            && Arrays.equals(loraWaiting, builtWaiting);
    if (!same) {
      lora = new LoraState(loraMax, adapters(loraRunning), adapters(loraWaiting));
      builtMax = loraMax;
      builtRunning = loraRunning;
      builtWaiting = loraWaiting;
    }
    return lora;
  }

  private static Set<String> adapters(byte[] list) {
    if (list.length == 0) {
      return Set.of();
    }
    Set<String> adapters = new HashSet<>();
    for (String adapter : List.of(new String(list, StandardCharsets.UTF_8).split(",", -1))) {
      if (!adapter.isBlank()) {
        adapters.add(adapter.strip());
      }
    }
    return adapters;
  }
}
