package io.pickwick.bench.report;

import io.pickwick.bench.command.WholeFile;
import io.pickwick.bench.report.Palette.Look;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A report as one page of HTML that needs nothing else: no network, no fonts, no library.
 *
 * <p>All is there without scripts; with them, policies can be hidden or brought forward and values
 * be read off the lines. The same report gives the same bytes.
 */
public final class ReportPage {
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

  private final Report report;
  private final Palette palette;
  private final Markup to = new Markup();

  private ReportPage(Report report) {
    this.report = report;
    palette = Palette.of(report);
  }

  /**
   * Writes the page.
   *
   * @throws IOException if the file can't be written
   */
  public static void write(Report report, Path file) throws IOException {
    WholeFile.write(file, html(report));
  }

  /** The page. */
  public static String html(Report report) {
    return new ReportPage(report).page();
  }

  private String page() {
    to.open("html", "lang", "en");
    head();
    to.newline();
    to.open("body");
    to.newline();
    to.open("header").element("h1", report.title());
    to.element("button", "light / dark", "type", "button", "id", "theme", "class", "script");
    to.close();
    howItWasMade();
    names();
    contents();
    to.open("main");
    for (int i = 0; i < report.sections().size(); i++) {
      section(report.sections().get(i), i);
    }
    if (report.sections().isEmpty()) {
      to.element("p", "There were no runs.", "class", "note");
    }
    to.close();
    to.element("div", "", "id", "reading", "role", "status");
    to.newline();
    to.raw("script", resource("page.js"));
    to.close().close();
    return "<!DOCTYPE html>\n" + to + "\n";
  }

  private void head() {
    to.newline();
    to.open("head");
    to.empty("meta", "charset", "utf-8");
    to.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    to.empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY);
    to.element("title", report.title());
    to.newline();
    to.raw("style", resource("page.css") + colours());
    to.close();
  }

  private String colours() {
    StringBuilder rules = new StringBuilder();
    for (Look look : palette.looks().values()) {
      rules.append(
          ".k%d{--c:light-dark(%s,%s)}\n".formatted(look.index(), look.light(), look.dark()));
    }
    return rules.toString();
  }

  private void howItWasMade() {
    if (report.command().isBlank() && report.parameters().isEmpty()) {
      return;
    }
    to.newline();
    to.open("section", "class", "made");
    if (!report.command().isBlank()) {
      to.open("pre").element("code", report.command()).close();
    }
    parameters(report.parameters());
    to.close();
  }

  private void parameters(List<Parameter> parameters) {
    if (parameters.isEmpty()) {
      return;
    }
    to.open("dl");
    for (Parameter parameter : parameters) {
      to.open("div").element("dt", parameter.name()).element("dd", parameter.value()).close();
    }
    to.close();
  }

  private void names() {
    if (palette.looks().values().stream().noneMatch(Look::drawn)) {
      return;
    }
    to.newline();
    to.open("nav", "class", "names", "aria-label", "Policies");
    palette
        .looks()
        .forEach((name, look) -> {
          if (!look.drawn()) {
            return;
          }
          to.open(
              "button",
              "type",
              "button",
              "class",
              "name " + look.classes() + (look.ours() ? " ours" : ""),
              "data-k",
              Integer.toString(look.index()),
              "aria-pressed",
              "true");
          TableMarkup.swatch(to, look);
          to.element("span", name).close();
        });
    to.close();
  }

  private void contents() {
    if (report.sections().size() < 2) {
      return;
    }
    to.newline();
    to.open("nav", "class", "contents", "aria-label", "Contents").open("ol");
    for (int i = 0; i < report.sections().size(); i++) {
      to.open("li").element("a", report.sections().get(i).title(), "href", "#s" + (i + 1)).close();
    }
    to.close().close();
  }

  private void section(Section section, int index) {
    to.newline();
    to.open("section", "id", "s" + (index + 1)).element("h2", section.title());
    section.notes().forEach(note -> to.element("p", note));
    parameters(section.parameters());
    section.tables().forEach(table -> new TableMarkup(table, palette).write(to));
    section.figures().forEach(this::figure);
    to.close();
  }

  private void figure(Figure figure) {
    to.newline();
    to.open("figure").element("h3", figure.title());
    if (!figure.caption().isBlank()) {
      to.element("p", figure.caption(), "class", "note");
    }
    switch (figure) {
      case Bars bars -> BarsDrawing.draw(to, bars, palette);
      case Chart chart -> ChartDrawing.draw(to, chart, palette);
      case Panels panels -> new PanelsDrawing(panels, palette).draw(to);
    }
    to.close();
  }

  private static String resource(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing in the jar.");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
