package io.pickwick.epp.live;

import io.pickwick.resource.ResourceFile;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.config.PluginCatalog;
import io.pickwick.schedule.spec.Spec;
import io.pickwick.schedule.spec.SpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The configuration file: an EndpointPickerConfig, and after it, in the same file, the resources
 * that steer a pool where there is no Kubernetes to keep them.
 *
 * @param config how requests are scheduled; the standard where the file has only resources
 * @param resources what else it says
 */
public record ConfigFile(EndpointPickerConfig config, Resources resources) {
  /**
   * Reads it.
   *
   * @param namespace what a resource that names none belongs to
   * @throws SpecException when something is wrong, with its place
   * @throws IOException when it can't be read
   */
  public static ConfigFile read(Path file, String namespace) throws IOException {
    return parse(file.toString(), Files.readString(file), namespace);
  }

  /**
   * Reads its text.
   *
   * @param source what to call the text in messages
   */
  public static ConfigFile parse(String source, String text, String namespace) {
    List<Spec> documents = Spec.documents(source, text);
    if (documents.isEmpty()) {
      throw new SpecException(source, "the document is empty");
    }
    // A single document is the field's: whatever it is, it is told what it should have been.
    List<Spec> configs =
        documents.size() == 1 && !isResource(documents.getFirst())
            ? documents
            : documents.stream().filter(ConfigFile::isConfig).toList();
    if (configs.size() > 1) {
      throw configs.get(1).mistake("a second EndpointPickerConfig; keep one");
    }
    return new ConfigFile(
        configs.isEmpty()
            ? EndpointPickerConfig.standard()
            : EndpointPickerConfig.read(configs.getFirst(), PluginCatalog.load()),
        configs.equals(documents) ? Resources.NONE : ResourceFile.of(documents, namespace));
  }

  private static boolean isConfig(Spec document) {
    return document
        .get("kind")
        .filter(kind -> kind.text().equals(EndpointPickerConfig.KIND))
        .isPresent();
  }

  private static boolean isResource(Spec document) {
    return document.get("metadata").isPresent() && !isConfig(document);
  }
}
