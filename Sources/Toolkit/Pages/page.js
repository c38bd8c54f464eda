
"use strict";
// The theme: as the system says, or light, or dark; kept where the browser lets a local page keep anything.
(() => {
  const button = document.querySelector("[data-theme-switch]");
  const order = ["auto", "light", "dark"];
  let theme = "auto";
  try { theme = localStorage.getItem("dcnconv-theme") || "auto"; } catch { }
  const show = () => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.querySelector("span").textContent = theme;
  };
  if (!order.includes(theme)) theme = "auto";
  button.hidden = false;
  button.addEventListener("click", () => {
    theme = order[(order.indexOf(theme) + 1) % order.length];
    try { localStorage.setItem("dcnconv-theme", theme); } catch { }
    show();
  });
  show();
})();

// The bar says which section is read.
(() => {
  const links = new Map();
  for (const link of document.querySelectorAll(".bar nav a")) links.set(link.hash.slice(1), link);
  const sections = [...document.querySelectorAll("main > section[id]")];
  const mark = () => {
    let current = null;
    for (const section of sections) {
      if (section.getBoundingClientRect().top < innerHeight * 0.35) current = section.id;
    }
    for (const [id, link] of links) {
      if (id === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
})();

// Tables: sorted by the buttons of their heads, filtered by the tools that name them.
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    const number = cell.dataset.v;
    return number === undefined ? cell.textContent.trim() : Number(number);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") {
      // What has no number comes last.
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return a - b;
    }
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };
  for (const table of document.querySelectorAll("table[data-sorts]")) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = head.querySelector("button");
      if (!button) return;
      button.addEventListener("click", () => {
        const first = head.dataset.first || "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        for (const each of heads) each.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [row, value(row, column)]);
        rows.sort((a, b) => {
          const blank = Number.isNaN(a[1]) || Number.isNaN(b[1]);
          return (blank ? 1 : sign) * compare(a[1], b[1]);
        });
        body.append(...rows.map(([row]) => row));
      });
    });
  }
  for (const tools of document.querySelectorAll("[data-filters]")) {
    const table = document.getElementById(tools.dataset.filters);
    const rows = [...table.tBodies[0].rows];
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    const output = tools.querySelector("output");
    const filter = () => {
      const words = tools.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
      const selects = [...tools.querySelectorAll("select")].filter((select) => select.value !== "");
      let shown = 0;
      for (const row of rows) {
        const fits = words.every((word) => texts.get(row).includes(word))
          && selects.every((select) => (row.dataset[select.name] || "").split("|").includes(select.value));
        row.hidden = !fits;
        if (fits) shown += 1;
      }
      output.textContent = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
    };
    tools.hidden = false;
    tools.addEventListener("input", filter);
    tools.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }
  // A link into a table shows its row, whatever is filtered.
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.hash.slice(1));
    if (target && target.hidden) target.hidden = false;
  });
})();
