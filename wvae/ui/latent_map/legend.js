// What the colours mean, and how many points of each there are in view and in the selection.

// toggle(entry, alone) is called when a line is clicked (hide or show it) or double clicked (show it alone).
function makeLegend(element, toggle) {
  element.addEventListener("click", (event) => {
    const entry = event.target.closest("tr[data-entry]")?.dataset.entry;
    // A double click comes as a first and a second click: what the first did, the second undoes.
    if (entry !== undefined) toggle(Number(entry), event.detail === 2);
  });

  // counts: {view, selection}, numbers by entry; the last entry of a scale is all there is.
  return (colour, counts, hidden) => {
    const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
    const numbers = (view, selection) => `<td>${view.toLocaleString("en")}</td><td>${selection.toLocaleString("en")}</td>`;
    const head = `<tr><th></th><th>in view</th><th>selected</th></tr>`;
    const total = `<tr class="total"><td>all</td>${numbers(sum(counts.view), sum(counts.selection))}</tr>`;
    if (colour.ramp) {
      element.innerHTML =
        `<div>${colour.title}</div><div class="ramp" style="background: linear-gradient(90deg, ${colour.ramp})"></div>` +
        `<div class="ends"><span>${colour.low}</span><span>${colour.high}</span></div>` +
        `<table>${head}${total}</table>`;
      return;
    }
    const lines = colour.entries.map(
      (entry, i) =>
        `<tr data-entry="${i}" class="${hidden.has(i) ? "off" : ""}">` +
        `<td><i style="background: ${entry.colour}"></i>${entry.name}</td>` +
        `${numbers(counts.view[i], counts.selection[i])}</tr>`,
    );
    element.innerHTML =
      `<table>${head}${lines.join("")}${total}</table><p>Click a line to hide it, twice to see it alone.</p>`;
  };
}
