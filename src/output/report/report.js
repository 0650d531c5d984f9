"use strict";
(() => {
  const table = document.getElementById("hunts");
  const body = table.tBodies[0];
  const filter = document.getElementById("filter");
  const boxes = [...document.querySelectorAll("input[name=status]")];
  const show = () => {
    const wanted = filter.value.toLowerCase();
    const statuses = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    for (const row of body.rows) {
      row.hidden = !statuses.has(row.dataset.status) || !row.textContent.toLowerCase().includes(wanted);
    }
  };
  filter.addEventListener("input", show);
  boxes.forEach((box) => box.addEventListener("change", show));
  const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    let down = "number" in cell.dataset;
    cell.addEventListener("click", () => {
      const order = (one, other) => key(one, column).localeCompare(key(other, column), undefined, { numeric: true });
      const rows = [...body.rows].sort(order);
      body.append(...(down ? rows.reverse() : rows));
      down = !down;
    });
  });
  const open = () => {
    const hunt = location.hash.startsWith("#hunt-") && document.getElementById(location.hash.slice(1));
    if (hunt) hunt.open = true;
  };
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((hunt) => { hunt.open = true; }));
  open();
})();
