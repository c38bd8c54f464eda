
// The plot of errors: a pointer or the arrow keys pick a layer, whose row says what is shown.
(() => {
  const figure = document.querySelector("[data-plot]");
  if (!figure) return;
  const stage = figure.querySelector(".stage");
  const svg = figure.querySelector("svg");
  const cursor = figure.querySelector(".cursor");
  const readout = figure.querySelector(".readout");
  const marks = [...figure.querySelectorAll("[data-row]")].map((element) => ({
    x: Number(element.dataset.x), y: Number(element.dataset.y), row: element.dataset.row,
    fails: ["suspect", "mismatch"].includes(element.dataset.verdict),
  }));
  if (marks.length === 0) return;
  let current = -1;

  const line = (tag, text) => {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  };
  const show = (index) => {
    current = index;
    const mark = marks[index];
    const cells = document.getElementById(mark.row).cells;
    const text = (column) => (cells[column].querySelector(".name") || cells[column]).textContent;
    cursor.setAttribute("cx", mark.x);
    cursor.setAttribute("cy", mark.y);
    cursor.setAttribute("visibility", "visible");
    readout.replaceChildren(
      line("b", text(1)), line("span", `${text(2)}, ${text(3)}`),
      line("span", `${text(5)} σ, ${text(7)} beyond 6 σ`));
    readout.hidden = false;
    const scale = svg.clientWidth / svg.viewBox.baseVal.width;
    const x = mark.x * scale;
    const y = mark.y * scale;
    const left = stage.scrollLeft;
    if (x < left + 20) stage.scrollLeft = Math.max(0, x - 60);
    if (x > left + stage.clientWidth - 20) stage.scrollLeft = x - stage.clientWidth + 60;
    const width = readout.offsetWidth;
    const room = stage.scrollLeft + stage.clientWidth;
    readout.style.left = `${Math.max(0, x + 16 + width > room ? x - 16 - width : x + 16)}px`;
    readout.style.top = `${Math.max(0, Math.min(y - 20, svg.clientHeight - readout.offsetHeight))}px`;
  };
  const hide = () => {
    cursor.setAttribute("visibility", "hidden");
    readout.hidden = true;
  };
  const open = () => {
    const row = document.getElementById(marks[current].row);
    row.hidden = false;
    location.hash = marks[current].row;
  };
  const nearest = (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale;
    const y = (event.clientY - box.top) * scale;
    let best = 0;
    let least = Infinity;
    marks.forEach((mark, index) => {
      // Sideways counts more: marks stand close together there.
      const distance = 4 * (mark.x - x) ** 2 + (mark.y - y) ** 2;
      if (distance < least) [best, least] = [index, distance];
    });
    return best;
  };
  const find = (from, step) => {
    for (let index = from + step; index >= 0 && index < marks.length; index += step) {
      if (marks[index].fails) return index;
    }
    return from;
  };
  svg.addEventListener("pointermove", (event) => show(nearest(event)));
  svg.addEventListener("pointerleave", () => { if (document.activeElement !== stage) hide(); });
  svg.addEventListener("click", (event) => { show(nearest(event)); open(); });
  stage.addEventListener("focus", () => { if (stage.matches(":focus-visible")) show(Math.max(0, current)); });
  stage.addEventListener("blur", hide);
  stage.addEventListener("keydown", (event) => {
    const last = marks.length - 1;
    const at = Math.max(0, current);
    const moves = {
      ArrowRight: () => Math.min(last, at + 1), ArrowLeft: () => Math.max(0, at - 1), Home: () => 0,
      End: () => last, PageDown: () => Math.min(last, at + 10), PageUp: () => Math.max(0, at - 10),
      ArrowDown: () => find(at, 1), ArrowUp: () => find(at, -1),
    };
    if (event.key === "Enter" && current >= 0) open();
    else if (event.key === "Escape") hide();
    else if (moves[event.key]) show(moves[event.key]());
    else return;
    event.preventDefault();
  });
})();
