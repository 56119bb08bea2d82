"use strict";
(() => {
  const root = document.documentElement;
  const all = (where, what) => Array.from(where.querySelectorAll(what));
  root.classList.add("scripted");

  document.getElementById("theme").addEventListener("click", () => {
    const given = root.dataset.theme;
    const dark = given ? given === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  // A name is hidden or shown by its button, and brought forward while it is pointed at.
  const light = (k) => {
    all(document, ".lit").forEach((one) => one.classList.remove("lit"));
    root.classList.toggle("lit-one", k !== undefined);
    if (k !== undefined) all(document, ".k" + k).forEach((one) => one.classList.add("lit"));
  };
  const names = new Map();
  for (const button of all(document, ".names button")) {
    const k = button.dataset.k;
    names.set(k, button.textContent);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", on);
      all(document, ".k" + k).forEach((one) => one.classList.toggle("off", !on));
    });
  }
  for (const one of all(document, ".names button, tr[data-k]")) {
    one.addEventListener("pointerenter", () => light(one.dataset.k));
    one.addEventListener("pointerleave", () => light());
  }

  // The values where the pointer is.
  const reading = document.getElementById("reading");
  const scale = (text) => {
    const [from, to, least, most, kind] = text.split(" ");
    const [a, b, c, d] = [from, to, least, most].map(Number);
    return (at) => {
      const share = (at - a) / (b - a);
      return kind === "log" ? c * Math.pow(d / c, share) : c + share * (d - c);
    };
  };
  const brief = (value) => {
    const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
    return value.toLocaleString("en", { maximumFractionDigits: digits });
  };
  const heightAt = (line, x, steps) => {
    const points = line.points;
    const last = points[points.numberOfItems - 1];
    // A distribution stays as high as it has come.
    if (steps && x > last.x) return last.y;
    for (let i = 1; i < points.numberOfItems; i++) {
      const [p, q] = [points[i - 1], points[i]];
      if (p.x <= x && x <= q.x) {
        return q.x === p.x ? q.y : p.y + ((q.y - p.y) * (x - p.x)) / (q.x - p.x);
      }
    }
    return undefined;
  };
  for (const chart of all(document, ".chart")) {
    const [left, right] = chart.dataset.x.split(" ").map(Number);
    const [bottom, top] = chart.dataset.y.split(" ").map(Number);
    const [x, y] = [scale(chart.dataset.x), scale(chart.dataset.y)];
    const cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
    cursor.setAttribute("class", "cursor off");
    cursor.setAttribute("y1", top);
    cursor.setAttribute("y2", bottom);
    chart.append(cursor);
    const hide = () => {
      cursor.classList.add("off");
      reading.classList.remove("shown");
    };
    chart.addEventListener("pointerleave", hide);
    chart.addEventListener("pointermove", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY)
        .matrixTransform(chart.getScreenCTM().inverse());
      const found = new Map();
      for (const line of all(chart, "polyline:not(.thin)")) {
        const height = line.closest(".off") ? undefined : heightAt(line, at.x, chart.dataset.mark === "steps");
        if (height !== undefined) found.set(line.dataset.k, height);
      }
      if (at.x < left || at.x > right || found.size === 0) return hide();
      cursor.setAttribute("x1", at.x);
      cursor.setAttribute("x2", at.x);
      cursor.classList.remove("off");
      const head = document.createElement("b");
      head.textContent = chart.dataset.xText.replace("{}", brief(x(at.x)));
      reading.replaceChildren(head);
      for (const [k, height] of Array.from(found).sort((one, two) => one[1] - two[1])) {
        const row = document.createElement("div");
        row.className = "k" + k;
        const [name, value] = [document.createElement("span"), document.createElement("span")];
        name.textContent = names.get(k);
        value.textContent = chart.dataset.yText.replace("{}", brief(y(height)));
        row.append(name, value);
        reading.append(row);
      }
      reading.classList.add("shown");
      const box = reading.getBoundingClientRect();
      const before = event.clientX + 18 + box.width > innerWidth;
      reading.style.left = Math.max(4, before ? event.clientX - box.width - 18 : event.clientX + 18) + "px";
      reading.style.top = Math.max(4, Math.min(event.clientY - 20, innerHeight - box.height - 4)) + "px";
    });
  }
})();
