package io.pickwick.bench.command;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that is there whole or not at all: it is written beside its place, under a name of its
 * own, and moved there at the end. A link stays one, and what it leads to is replaced.
 *
 * <p>So of two that write to one place each is whole and the later stays, and who is interrupted
 * leaves what was there. What was written until then stays beside it, as {@code NAME.….part}; that
 * file is made with the first words, so that nobody leaves an empty one. What is there and no file,
 * such as a pipe or {@code /dev/stdout}, is added to as it is.
 */
public final class WholeFile implements Closeable {
  private final Path place;
  private final Path part;
  private Optional<OutputStream> out = Optional.empty();
  private boolean written;
  private boolean finished;

  private WholeFile(Path place, Path part) {
    this.place = place;
    this.part = part;
  }

  /**
   * Begins a file, of which nothing is seen before something is appended.
   *
   * @throws IOException if nothing can be written there; the message says why
   */
  public static WholeFile at(Path place) throws IOException {
    if (Files.isDirectory(place)) {
      throw new IOException(place + " is a folder; name a file.");
    }
    boolean there = Files.exists(place);
    if (there && !Files.isWritable(place)) {
      throw new IOException(place + " may not be written.");
    }
    if (!there && Files.isSymbolicLink(place)) {
      throw new IOException(place + " is a link to nothing; name a file.");
    }
    if (there && staysAsItIs(place.toAbsolutePath())) {
      return new WholeFile(place, place);
    }
    // Behind a link, the file is replaced and not the link.
    Path target = there ? place.toRealPath() : place.toAbsolutePath();
    Path name = target.getFileName();
    Path folder = target.getParent();
    if (name == null || folder == null || !Files.isDirectory(folder)) {
      throw new IOException("There is no folder %s for %s; make it.".formatted(folder, name));
    }
    String mark = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    Path part = folder.resolve(name + "." + mark + ".part");
    try {
      Files.delete(Files.createFile(part));
    } catch (IOException e) {
      throw new IOException("%s can't be written: %s.".formatted(place, Faults.words(e)), e);
    }
    return new WholeFile(target, part);
  }

  private static boolean staysAsItIs(Path place) {
    // What leads to an open file, as /dev/stdout does, must lead to that very file.
    return !Files.isRegularFile(place)
        || (Files.isSymbolicLink(place) && (place.startsWith("/dev") || place.startsWith("/proc")));
  }

  /** Writes a whole file. */
  public static void write(Path place, String content) throws IOException {
    try (WholeFile file = at(place)) {
      file.append(content);
      file.finish();
    }
  }

  /**
   * Finds out whether a file can be written, without doing it.
   *
   * @throws IOException if not; the message says why
   */
  public static void check(Path place) throws IOException {
    at(place).close();
  }

  /** Writes some more, at once. */
  public void append(String content) throws IOException {
    try {
      open().write(content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IOException("%s can't be written: %s.".formatted(part, Faults.words(e)), e);
    }
    written = true;
  }

  private OutputStream open() throws IOException {
    if (out.isEmpty()) {
      out =
          Optional.of(
              Files.newOutputStream(
                  part,
                  part.equals(place) ? StandardOpenOption.APPEND : StandardOpenOption.CREATE_NEW));
    }
    return out.get();
  }

  /** Puts it in its place. */
  public void finish() throws IOException {
    try {
      open().close();
      if (!part.equals(place)) {
        Files.move(
            part, place, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new IOException("%s can't be written: %s.".formatted(place, Faults.words(e)), e);
    }
    finished = true;
  }

  /** Where what was written is, as long as it is not finished; empty if there is nothing. */
  public Optional<Path> left() {
    return written && !finished ? Optional.of(part) : Optional.empty();
  }

  /** Ends it; what is not finished stays beside its place, unless it is empty. */
  @Override
  public void close() throws IOException {
    if (out.isPresent()) {
      out.get().close();
    }
    if (!finished && !written && !part.equals(place)) {
      Files.deleteIfExists(part);
    }
  }
}
