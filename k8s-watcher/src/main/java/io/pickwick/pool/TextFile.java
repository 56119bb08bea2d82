package io.pickwick.pool;

import io.pickwick.schedule.spec.SpecException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A small file of UTF-8 text, read whole and at once. */
public final class TextFile {
  private static final Logger log = LoggerFactory.getLogger(TextFile.class);

  private TextFile() {}

  /**
   * Reads a file; one that is not there or cannot be read is a {@link SpecException}.
   *
   * @param most the largest file that is read, in bytes
   * @param mend what to do about a larger one
   */
  public static String read(Path file, int most, String mend) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(most + 1);
    } catch (NoSuchFileException e) {
      log.debug("file missing", e);
      throw new SpecException(file.toString(), "the file is not there");
    } catch (IOException e) {
      log.debug("file unreadable", e);
      throw new SpecException(file.toString(), "the file cannot be read: " + e.getMessage());
    }
    if (bytes.length > most) {
      throw new SpecException(
          file.toString(), "the file is larger than " + most + " bytes; " + mend);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      log.debug("file not UTF-8", e);
      throw new SpecException(file.toString(), "the file is not UTF-8 text");
    }
  }
}
