
// The graph: what values go from row to row is drawn beside the rows that are to be seen.
(() => {
  const graph = document.querySelector("[data-graph]");
  if (!graph) return;
  const svg = graph.querySelector(".wires");
  const nodes = [...graph.querySelectorAll("[data-place]")];
  const byPlace = new Map(nodes.map((node) => [Number(node.dataset.place), node]));
  const inputs = new Map();
  for (const row of graph.querySelectorAll("[data-value]")) inputs.set(row.dataset.value, row);
  // Each node with the rows that its values come from; parents come from the page once, not at each drawing.
  const edges = nodes.map((node) => {
    const from = node.dataset.from.split(" ").filter(Boolean).map((place) => byPlace.get(Number(place)));
    for (const taken of node.querySelectorAll("[data-taken]")) {
      if (inputs.has(taken.dataset.taken)) from.push(inputs.get(taken.dataset.taken));
    }
    return { node, from };
  });
  const parents = new Map();
  const blocksOf = (row) => {
    if (!parents.has(row)) {
      const blocks = [];
      for (let at = row.parentElement; at && at !== graph; at = at.parentElement) {
        if (at.classList.contains("block")) blocks.unshift(at);
      }
      parents.set(row, blocks);
    }
    return parents.get(row);
  };
  // The row that stands for a node: its own, or that of the outermost folded block.
  const shown = (row) => blocksOf(row).find((block) => !block.firstElementChild.open) || row;
  const lineOf = (row) => (row.firstElementChild.matches(".line") ? row.firstElementChild : row.querySelector(".line"));

  const main = 12;
  const pitch = 7;
  const lanes = 8;
  const make = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  let wires = [];
  const draw = () => {
    const top = graph.getBoundingClientRect().top;
    const rows = [];
    const placeOf = new Map();
    const add = (row) => {
      if (placeOf.has(row)) return;
      placeOf.set(row, rows.length);
      rows.push(row);
    };
    for (const row of inputs.values()) add(row);
    for (const node of nodes) add(shown(node));
    const y = rows.map((row) => {
      const box = lineOf(row).getBoundingClientRect();
      return box.top - top + Math.min(box.height, 31) / 2;
    });
    // Of each row, the later ones that take its values.
    const takers = rows.map(() => new Set());
    for (const { node, from } of edges) {
      const to = placeOf.get(shown(node));
      for (const source of from) {
        const at = placeOf.get(shown(source));
        if (at < to) takers[at].add(to);
      }
    }
    const free = new Array(lanes).fill(-1);
    const parts = [];
    wires = [];
    takers.forEach((set, at) => {
      const far = [...set].filter((to) => to > at + 1).sort((a, b) => a - b);
      if (set.has(at + 1)) {
        const path = make("path", { d: `M${main} ${y[at]}V${y[at + 1]}` });
        wires.push({ path, ends: [at, at + 1] });
      }
      if (far.length === 0) return;
      const last = far[far.length - 1];
      let lane = free.findIndex((until) => until <= at);
      if (lane < 0) lane = lanes - 1;
      free[lane] = last;
      const x = main + 10 + pitch * lane;
      let d = `M${main} ${y[at]}C${x} ${y[at]} ${x} ${y[at]} ${x} ${y[at] + 12}`;
      d += `V${y[last] - 12}`;
      for (const to of far) d += `M${x} ${y[to] - 12}C${x} ${y[to]} ${x} ${y[to]} ${main} ${y[to]}`;
      wires.push({ path: make("path", { d }), ends: [at, ...far] });
    });
    for (const wire of wires) parts.push(wire.path);
    rows.forEach((row, at) => {
      const isBlock = row.classList.contains("block");
      const kind = row.classList.contains("deformable") || (isBlock && row.querySelector(":scope > details > summary .mark"))
        ? "deformable" : isBlock ? "block" : "plain";
      parts.push(make("circle", { cx: main, cy: y[at], r: isBlock ? 4.5 : 3.4, class: kind }));
      lineOf(row).dataset.at = at;
    });
    svg.setAttribute("width", main + 10 + pitch * lanes);
    svg.setAttribute("height", graph.clientHeight);
    svg.replaceChildren(...parts);
  };
  const used = main + 10 + pitch * lanes;
  graph.style.setProperty("--gutter", `${used}px`);

  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  graph.addEventListener("toggle", redraw, true);
  new ResizeObserver(redraw).observe(graph);
  draw();

  // A row under the pointer or the focus shows its ways.
  const light = (event) => {
    const line = event.target.closest && event.target.closest(".line");
    const at = line && line.dataset.at !== undefined ? Number(line.dataset.at) : -1;
    for (const wire of wires) wire.path.classList.toggle("lit", wire.ends.includes(at));
  };
  graph.addEventListener("pointerover", light);
  graph.addEventListener("focusin", light);
  graph.addEventListener("pointerleave", () => { for (const wire of wires) wire.path.classList.remove("lit"); });

  const reveal = (row) => {
    for (const block of blocksOf(row)) block.firstElementChild.open = true;
  };
  const goTo = () => {
    const row = location.hash && document.getElementById(location.hash.slice(1));
    if (!row || row.dataset.place === undefined) return;
    reveal(row);
    row.firstElementChild.open = true;
    row.scrollIntoView({ block: "center" });
    row.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", goTo);
  goTo();

  const tools = document.querySelector("[data-graph-tools]");
  tools.hidden = false;
  const search = tools.querySelector("input");
  const output = tools.querySelector("output");
  const blocks = [...graph.querySelectorAll(".block > details")];
  for (const button of tools.querySelectorAll("[data-fold]")) {
    button.addEventListener("click", () => {
      const how = button.dataset.fold;
      for (const block of blocks) block.open = how === "open";
      if (how === "deformable") for (const row of graph.querySelectorAll(".row.deformable")) reveal(row);
    });
  }
  const texts = nodes.map((node) => node.querySelector("summary").textContent.toLowerCase());
  let hits = [];
  let next = 0;
  tools.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits = words.length ? nodes.filter((_, at) => words.every((word) => texts[at].includes(word))) : [];
    next = 0;
    const hit = new Set(hits);
    for (const node of nodes) {
      node.classList.toggle("dim", words.length > 0 && !hit.has(node));
      node.classList.toggle("hit", hit.has(node));
    }
    for (const row of hits) reveal(row);
    output.textContent = words.length ? `${hits.length} of ${nodes.length} operators, Enter goes to the next` : "";
  });
  tools.addEventListener("submit", (event) => {
    event.preventDefault();
    if (hits.length === 0) return;
    hits[next].scrollIntoView({ block: "center" });
    hits[next].querySelector("summary").focus({ preventScroll: true });
    next = (next + 1) % hits.length;
  });
})();
