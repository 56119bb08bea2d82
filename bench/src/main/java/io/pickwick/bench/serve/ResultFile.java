package io.pickwick.bench.serve;

import io.pickwick.bench.command.Faults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.UUID;

/**
 * Where a result is to be written once it is known: tried before the run, and replaced at its end
 * in one step.
 *
 * <p>Until then a file beside it holds the place, which is removed when this is closed, or when the
 * program is ended by a signal.
 */
final class ResultFile implements AutoCloseable {
  private final Optional<Path> path;
  // What can't be replaced, as a device or a pipe, is added to as it is.
  private final Optional<Path> beside;

  private ResultFile(Optional<Path> path, Optional<Path> beside) {
    this.path = path;
    this.beside = beside;
  }

  /** Nowhere: what is written is not kept. */
  static ResultFile none() {
    return new ResultFile(Optional.empty(), Optional.empty());
  }

  /**
   * Takes the place.
   *
   * @param option by which the file was named
   * @throws ServeException if nothing can be written there
   */
  static ResultFile at(String option, Path file) throws ServeException {
    Path path = file.toAbsolutePath();
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      if (now.isDirectory()) {
        throw new ServeException("%s %s is a directory; name a file.".formatted(option, file));
      }
      if (!Files.isWritable(path)) {
        throw new ServeException(
            "%s %s is there and must not be written; name another file.".formatted(option, file));
      }
      // What leads to an open file must stay that very file.
      if (!now.isRegularFile() || path.startsWith("/dev") || path.startsWith("/proc")) {
        return new ResultFile(Optional.of(path), Optional.empty());
      }
      // A link stays one.
      path = path.toRealPath();
    } catch (NoSuchFileException e) {
      // It is to be made.
    } catch (IOException e) {
      throw refused(option, file, e);
    }
    Path beside = path.resolveSibling(".pickwick-" + UUID.randomUUID() + ".tmp");
    try {
      Files.createFile(beside);
    } catch (IOException e) {
      throw refused(option, file, e);
    }
    beside.toFile().deleteOnExit();
    return new ResultFile(Optional.of(path), Optional.of(beside));
  }

  private static ServeException refused(String option, Path file, IOException e) {
    return new ServeException(
        "%s %s can't be written: %s. Nothing was sent.".formatted(option, file, Faults.words(e)), e);
  }

  /** Writes the whole result; what was there before stays if that fails. */
  void write(CharSequence text) throws IOException {
    if (beside.isPresent() && path.isPresent()) {
      Files.writeString(beside.get(), text);
      Files.move(
          beside.get(),
          path.get(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } else if (path.isPresent()) {
      Files.writeString(path.get(), text, StandardOpenOption.APPEND);
    }
  }

  @Override
  public void close() {
    try {
      if (beside.isPresent()) {
        Files.deleteIfExists(beside.get());
      }
    } catch (IOException e) {
      // An empty file more is left.
    }
  }
}
