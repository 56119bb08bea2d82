package io.pickwick.bench.workload;

import io.pickwick.bench.command.Faults;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** A trace as a file, plain or compressed with gzip or xz, which its first bytes tell. */
final class TraceFile {
  private static final int MOST_XZ_KIB = 256 << 10;
  private static final long MOST_NANOS = 86_400_000_000_000L * WorkloadException.MOST_DAYS;

  private TraceFile() {}

  static InputStream open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new WorkloadException(path + " is a folder; give the path of a trace.");
    }
    InputStream file;
    try {
      file = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
    } catch (NoSuchFileException e) {
      throw new WorkloadException("There is no trace at " + path + "; give the path of one.", e);
    } catch (FileSystemException e) {
      throw new WorkloadException("The trace can't be read: " + Faults.words(e) + ".", e);
    }
    try {
      return expanded(path, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static InputStream expanded(Path path, InputStream file) throws IOException {
    file.mark(16);
    byte[] bytes = file.readNBytes(8);
    file.reset();
    String start = new String(bytes, StandardCharsets.ISO_8859_1);
    if (start.startsWith("\u001f\u008b")) {
      return new GZIPInputStream(file, 1 << 16);
    }
    if (start.startsWith("\u00fd7zXZ\0")) {
      return new XZInputStream(file, MOST_XZ_KIB);
    }
    if (start.startsWith("(\u00b5/\u00fd") || start.startsWith("PK") || start.startsWith("BZh")) {
      throw new WorkloadException(
          path + " is compressed in a way that is not read; expand it, or use gzip or xz.");
    }
    if (start.equals("version ")) {
      throw new WorkloadException(
          path + " is a pointer of Git LFS and not the trace; fetch it with git lfs pull.");
    }
    return file;
  }

  /** The answer to a file that ends early or can't be read. */
  static WorkloadException unreadable(Path path, IOException cause) {
    return new WorkloadException(
        "%s can't be read to its end: %s; is it whole?".formatted(path, Faults.words(cause)),
        cause);
  }

  /**
   * Holds the time of a line to those of the first and of the line before.
   *
   * @throws WorkloadException if it goes back, or too far ahead
   */
  static void follow(Path path, long line, List<TraceRow> before, TraceRow row) {
    if (before.isEmpty()) {
      return;
    }
    if (row.nanos < before.getLast().nanos) {
      throw wrong(
          path,
          line,
          "this came %s s before the line above; sort the lines by their times."
              .formatted((before.getLast().nanos - row.nanos) / 1e9));
    }
    if (row.nanos - before.getFirst().nanos > MOST_NANOS) {
      throw wrong(
          path,
          line,
          "this came %.0f days after the first; a trace has at most %d. Take as many lines as have that, as in requests=%d."
              .formatted(
                  (row.nanos - before.getFirst().nanos) / 86_400e9,
                  WorkloadException.MOST_DAYS,
                  before.size()));
    }
  }

  /** The answer to a line that is not as it should be. */
  static WorkloadException wrong(Path path, long line, String what) {
    return new WorkloadException("%s:%d: %s".formatted(path, line, what));
  }
}
